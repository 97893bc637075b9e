# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, by its DevTools protocol: for ci/pages.

Nothing it is shown can reach a network: every name resolves to nothing. What it
would have liked to ask for, and whatever it says to its console, is kept.
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request

import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_S = 30


def find():
    """The browser's path, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page of a browser of its own, with a folder of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="plunge-pages.")
        self.events = []
        self.number = 0
        self.scripts = True
        command = [
            find(), "--headless=new", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--hide-scrollbars", "--mute-audio",
            "--force-device-scale-factor=1", "--force-color-profile=srgb",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-port=0",
            "--remote-allow-origins=*", f"--user-data-dir={self.folder}/profile",
        ]
        if os.geteuid() == 0:
            command.append("--no-sandbox")  # which root cannot have
        self.process = subprocess.Popen(
            [*command, "about:blank"], text=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "TMPDIR": self.folder})  # it leaves some there
        self.socket = websocket.create_connection(
            self._page_address(), timeout=PATIENCE_S, suppress_origin=True)
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(f"{domain}.enable")

    def _page_address(self):
        for line in self.process.stderr:
            if "DevTools listening on" in line:
                port = line.split("127.0.0.1:")[1].split("/")[0]
                break
        else:
            raise RuntimeError("the browser did not start")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            pages = json.load(answer)
        return next(page["webSocketDebuggerUrl"] for page in pages
                    if page["type"] == "page")

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()
        # What it leaves running for a moment may still write there.
        for _ in range(50):
            shutil.rmtree(self.folder, ignore_errors=True)
            if not os.path.exists(self.folder):
                break
            time.sleep(0.1)

    # ---- Calls and events ---------------------------------------------------

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps(
            {"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if "method" in message:
                self.events.append(message)
            elif message["id"] == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]

    def wait_for(self, method):
        while not any(event["method"] == method for event in self.events):
            message = json.loads(self.socket.recv())
            if "method" in message:
                self.events.append(message)

    def named(self, *methods):
        return [event["params"] for event in self.events
                if event["method"] in methods]

    # ---- What one does with a page ------------------------------------------

    def open(self, path):
        """Forgets what was, and returns when all of the page is there."""
        self.events = []
        self.call("Page.navigate", url=f"file://{os.path.abspath(path)}")
        self.wait_for("Page.loadEventFired")

    def ask(self, expression):
        """The value of an expression of JavaScript, or of its promise."""
        answer = self.call("Runtime.evaluate", expression=expression,
                           returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def be(self, width, scheme="light", scripts=True, medium="screen"):
        self.scripts = scripts
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Emulation.setEmulatedMedia", media=medium, features=[
            {"name": "prefers-color-scheme", "value": scheme}])
        self.resize(width, 900)

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width,
                  height=height, deviceScaleFactor=1, mobile=False)
        if not self.scripts:
            return
        # Charts follow in the next frames.
        self.ask("new Promise((done) => requestAnimationFrame(() =>"
                 " requestAnimationFrame(() => setTimeout(done, 50))))")

    def press(self, key, code):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                      windowsVirtualKeyCode=code)

    def picture(self, path, width):
        height = self.ask("document.documentElement.scrollHeight")
        image = self.call(
            "Page.captureScreenshot", format="png", captureBeyondViewport=True,
            clip={"x": 0, "y": 0, "width": width, "height": min(height, 16000),
                  "scale": 1})
        with open(path, "wb") as file:
            file.write(base64.b64decode(image["data"]))

    def paper(self, path):
        self.call("Emulation.setEmulatedMedia", media="", features=[])
        printed = self.call("Page.printToPDF", printBackground=True)
        data = base64.b64decode(printed["data"])
        with open(path, "wb") as file:
            file.write(data)
        return data

    def save(self, selector):
        """Clicks on a link that saves a file, and returns what was saved."""
        folder = os.path.join(self.folder, "saved")
        os.makedirs(folder, exist_ok=True)
        self.call("Browser.setDownloadBehavior", behavior="allow",
                  downloadPath=folder, eventsEnabled=True)
        self.ask(f"document.querySelector({json.dumps(selector)}).click()")
        while not any(event["state"] == "completed" for event in
                      self.named("Browser.downloadProgress")):
            self.wait_again()
        (name,) = os.listdir(folder)
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        shutil.rmtree(folder)
        return name, data

    def wait_again(self):
        message = json.loads(self.socket.recv())
        if "method" in message:
            self.events.append(message)
