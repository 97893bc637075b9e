# SPDX-License-Identifier: Apache-2.0
"""What runs the library with one of its releases skipped, and what each says of
it. Of ci/mutate-the-pool.

- ledger: plunge runs a scenario, or a test reads plunge's ledger; what is left
  is named by its kind and by the line that it was made for.
- fixture: the proof of emptiness at the end of each test of dbpool.
- memcheck: valgrind, of a program that has been found to lose memory, for the
  line that allocated it.
- test: a test's own assertion, for what breaks a promise and leaves nothing.
"""

import collections
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import threading
import time

SCENARIO = "scenarios/clean-shutdown.yaml"
LEDGER_TESTS = ["tests/unit/plunge/test_releases.c"]
# They repeat what others do, at length.
LEFT_OUT = {"test_cycles", "test_stress"}

LEFT = re.compile(r"^left (behind|after the test): (\w+) (.*?)(?:; (.*))?$",
                  re.M)
# Where a test of dbpool that fails first here has closed what it opened.
EMPTINESS = "tests/support/dbpool/left.c:"
FAILURE = re.compile(r"\[   LINE   \] --- (\S+)|failed with exception")
# What the library or the ledger says by itself, and whose kind that is.
SAYINGS = [
    (re.compile(r"a connection is closed that is still in use: opened for "
                r"(?P<site>\S+), left open is (?P<what>.*)"), "statement"),
    (re.compile(r"the census names a (?P<what>(?P<kind>connection|handle|thread) "
                r".*)"),
     None),
]
SITE = re.compile(r"\.(?:yaml|c):\d+")


class Outcome:
    def __init__(self, failed, left, words, seconds, reached):
        self.failed = failed
        self.left = left      # [(kind, what, site)]
        self.words = words    # the first that a test or plunge complains of
        self.seconds = seconds
        self.reached = reached  # by number of the call

    def names(self, kind):
        """The leftover of this kind that says where it is from, or None."""
        found = [left for left in self.left
                 if left[0] == kind and SITE.search(left[2] or "")]
        # One that lives may be listed beside it.
        return max(found, key=lambda left: "never joined" in left[1],
                   default=None)


class Detector:
    def __init__(self, name, kind, target, command):
        self.name = name
        self.kind = kind        # ledger, fixture, memcheck
        self.target = target    # what make builds
        self.command = command  # of a folder of its own
        self.seconds = 60       # more than any takes, until one was run
        self.memcheck = None

    @property
    def program(self):
        return self.name

    def is_right_site(self, found):
        """Plunge names the scenario's line, a test one of its own; who only
        knows the call that made it, one of the library's."""
        place = "scenarios/" if self.target.endswith("plunge") else "tests/"
        if found[2].startswith(("made at", "allocated at")):
            place = "lib/"
        return re.search(rf"\b{place}\S+:\d+", found[2]) is not None

    def under_memcheck(self):
        if self.memcheck is None:
            self.memcheck = Memcheck(self)
        return self.memcheck

    def run(self, tree, number, counters_size):
        """With release @number skipped; 0: none."""
        with tempfile.TemporaryDirectory() as folder:
            counters = os.path.join(folder, "counters")
            with open(counters, "wb") as file:
                file.truncate(counters_size)
            os.mkdir(os.path.join(folder, "tmp"))
            environment = {**os.environ, "TMPDIR": os.path.join(folder, "tmp"),
                           "DBPOOL_MUTATION": f"{number}:{counters}",
                           "PLUNGE_CACHE": os.path.join(tree, "build/data")}
            began = time.monotonic()
            status, text = run_for(self.seconds, self.command(folder), tree,
                                   environment)
            seconds = time.monotonic() - began
            with open(counters, "rb") as file:
                reached = struct.unpack(f"{counters_size // 4}I", file.read())
            left, words = self.read(folder, text)
        left = [(kind, tidy(what), tidy(located(tree, self.target, site)))
                for kind, what, site in left]
        words = tidy(words)
        if status is None:
            words = f"hangs; {words}" if words else "hangs"
        elif status != 0 and not words:
            words = f"ends with {status}"
        return Outcome(status != 0, left, words, seconds, reached)

    def read(self, folder, text):
        path = os.path.join(folder, "result.json")
        left = said(text)
        if os.path.exists(path):
            return left + left_in(path), complaint_in(path, text)
        for test in re.split(r"^\[ RUN      \]", text, flags=re.M):
            left += left_by(test)
            if FAILURE.search(test):
                break  # what it left, the next ones have, too
        return left, complaint(text)


def run_for(seconds, command, tree, environment):
    """Status (None: it hung) and all that was said."""
    child = subprocess.Popen(command, cwd=tree, env=environment,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, start_new_session=True)
    try:
        text, _ = child.communicate(timeout=seconds)
        status = child.returncode
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        text, _ = child.communicate()
        status = None
    return status, text.decode(errors="replace")


# ---- Reading ----------------------------------------------------------------


def tidy(words):
    """Without what differs from run to run, or is no text at all: a skipped
    release may leave a name that points to what has gone."""
    words = re.sub(r"\S*/tmp/(ledger|dbpool-test|plunge)-\w+/?", "", words)
    words = re.sub(r"\(thread \d+, ", "(thread ", words)
    return re.sub(r"\S*[^\x20-\x7e]\S*", "?", words)


def located(tree, target, site):
    """With the line in the place of "program+0x1234", behind a call there."""
    found = re.search(r"program\+(0x[0-9a-f]+)", site)
    if not found:
        return site
    line = subprocess.run(
        ["addr2line", "-f", "-e", os.path.join(tree, target),
         hex(int(found.group(1), 16) - 1)],
        text=True, stdout=subprocess.PIPE).stdout.split()
    return site.replace(found.group(0), f"{within(tree, line[1])} ({line[0]})")


def within(tree, path):
    return re.sub(r"\(discriminator.*", "", path).replace(f"{tree}/", "")


def said(text):
    for pattern, kind in SAYINGS:
        found = pattern.search(text)
        if found:
            groups = found.groupdict()
            return [(kind or groups["kind"], groups["what"],
                     groups.get("site") or "")]
    return []


def left_by(test):
    """What one test says of itself, and of what was left after it, unless it
    has failed before and could not close anything."""
    failed = FAILURE.search(test)
    whole = failed is None or (failed[1] or "").startswith(EMPTINESS)
    return [found[1:] for found in LEFT.findall(test)
            if whole or found[0] == "behind"]


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def left_in(path):
    result = load(path)
    left = [(entry["kind"], entry["identity"], entry["site"] or "")
            for cell in result["cells"] for entry in cell["left_behind"]]
    for line in result["audit"]:
        left += said(line.get("detail") or "")
    return left


def complaint_in(path, text):
    """The state of a cell that did not complete; what did not hold."""
    result = load(path)
    for cell in result["cells"]:
        if cell["outcome"]["state"] != "completed":
            return f"{cell['outcome']['state']}: {cell['outcome']['detail']}"
    for line in result["expectations"]:
        if line["held"] is not True:
            return f"{line['text']}: {line['why']}"
    return complaint(text)


def complaint(text):
    """The test that fails, and how; of one that dies, the one that ran."""
    lines = text.splitlines()
    test, words = "", ""
    for line in lines:
        found = re.match(r"\[ RUN      \] (\w+)", line)
        if found:
            test = found.group(1)
            words = ""
        elif (re.match(r"\[  ERROR   \] --- ", line) and
              not line.endswith("--- ")):
            words = words or line.split("--- ", 1)[1]
        elif "assertion" in line or line.startswith("dbpool: "):
            words = words or line
        elif re.match(r"\[  FAILED  \] \w+$|\[  ERROR   \] \w+$", line):
            return f"{test}: {words}".rstrip(": ")
    if test and not re.search(r"^\[==========\] \d+ test\(s\) run", text, re.M):
        return f"{test}: {words}".rstrip(": ")
    return words


# ---- Memcheck ---------------------------------------------------------------

LOST = re.compile(r" bytes in ([\d,]+) blocks are (?:definitely|indirectly) "
                  r"lost ")
FRAME = re.compile(r"==    (?:at|by) 0x\w+: (\w+) \(\S*?/(lib/\w+\.[ch]:\d+)\)")


class Memcheck(Detector):
    """The same program under valgrind: what it lost by way of a call in lib/."""

    def __init__(self, detector):
        super().__init__(f"{detector.name} under valgrind", "memcheck",
                         detector.target,
                         lambda folder: [
                             "valgrind", "-q", "--leak-check=full",
                             "--show-leak-kinds=definite,indirect", "--num-callers=20",
                             "--fullpath-after=", f"--log-file={folder}/log.%p",
                             *detector.command(folder)])
        self.seconds = 60 + 60 * detector.seconds
        self.of = detector.name
        self.lock = threading.Lock()
        self.lost = self.usual = None  # Counter of sites

    @property
    def program(self):
        return self.of

    def read(self, folder, text):
        lost = collections.Counter()
        for name in sorted(os.listdir(folder)):
            if name.startswith("log."):
                with open(os.path.join(folder, name), errors="replace") as log:
                    count_lost(log.read(), lost)
        self.lost = lost
        return [], complaint(text)

    def run(self, tree, number, counters_size):
        """What is lost with nothing skipped, too, does not count."""
        with self.lock:
            if self.usual is None:
                super().run(tree, 0, counters_size)
                self.usual = self.lost
            outcome = super().run(tree, number, counters_size)
            more = self.lost - self.usual
        outcome.left = [("heap", f"{count} blocks are lost", site)
                        for site, count in more.most_common()]
        return outcome


def count_lost(log, lost):
    """Of each record the innermost call in lib/."""
    for record in re.split(r"\n==\d+== \n", log):
        blocks, frame = LOST.search(record), FRAME.search(record)
        if blocks and frame:
            site = f"allocated at {frame[2]} ({frame[1]})"
            lost[site] += int(blocks[1].replace(",", ""))


# ---- All of them ------------------------------------------------------------


def scenario():
    def command(folder):
        return ["build/debug/plunge", "run", "-q", "-o", folder, "-s",
                "cycles=10", "-s", "limits.stall=3s", SCENARIO]
    return Detector(f"plunge run {SCENARIO}", "ledger", "build/debug/plunge",
                    command)


def program(source, kind):
    target = source.removesuffix(".c").replace("tests/unit/", "build/debug/")
    target = target.replace("debug/plunge/", "debug/unit/")
    return Detector(os.path.basename(source).removesuffix(".c"), kind, target,
                    lambda folder: [target])


def all_of(root):
    """Plunge's ledger first, as far as they are there."""
    found = [scenario()]
    found += [program(source, "ledger") for source in LEDGER_TESTS]
    folder = "tests/unit/dbpool"
    for name in sorted(os.listdir(os.path.join(root, folder))):
        if (name.startswith("test_") and name.endswith(".c") and
                name.removesuffix(".c") not in LEFT_OUT):
            found.append(program(f"{folder}/{name}", "fixture"))
    return found


# ---- The copy ---------------------------------------------------------------

PARTS = ["Makefile", "mk", "lib", "bench", "tests", "ci", "scenarios",
         "examples"]


def copy_tree(root, tree, texts):
    """The sources into @tree, with @texts in the place of those they are of:
    what is the same stays as it is, so that little is built anew."""
    there = set()
    for part in PARTS:
        for path in files_of(os.path.join(root, part)):
            name = os.path.relpath(path, root)
            there.add(name)
            if name not in texts:
                copy_file(path, os.path.join(tree, name))
    for name, text in texts.items():
        there.add(name)
        write_changed(os.path.join(tree, name), text)
    for part in PARTS:
        for path in files_of(os.path.join(tree, part)):
            if os.path.relpath(path, tree) not in there:
                os.remove(path)


def files_of(path):
    if os.path.isfile(path):
        yield path
    for folder, _, names in os.walk(path):
        for name in names:
            yield os.path.join(folder, name)


def copy_file(path, copy):
    try:
        before, after = os.stat(path), os.stat(copy)
        if (before.st_size, before.st_mtime_ns) == (after.st_size,
                                                    after.st_mtime_ns):
            return
    except FileNotFoundError:
        os.makedirs(os.path.dirname(copy), exist_ok=True)
    shutil.copy2(path, copy)


def write_changed(path, text):
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def lend_objects(build, tree):
    """What was built of the same sources need not be built again."""
    for part in ("bench", "tests"):
        source = os.path.join(build, "debug", part)
        copy = os.path.join(tree, "build/debug", part)
        if os.path.isdir(source) and not os.path.exists(copy):
            shutil.copytree(source, copy, symlinks=True)
            shutil.copy2(os.path.join(build, "debug/flags"),
                         os.path.join(tree, "build/debug/flags"))


def make(tree, targets, jobs):
    """None, or what went wrong."""
    ended = subprocess.run(["make", "-s", f"-j{jobs}", "-C", tree,
                            "VARIANT=debug", *targets], text=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
    return None if ended.returncode == 0 else ended.stdout
