# SPDX-License-Identifier: Apache-2.0
"""What ci/pages asks a page, in JavaScript."""

# Of each canvas: its size, how many colours are on it, and how many pixels have
# the colour of one of the series, whose colours are the page's own.
INKS = """
[...document.querySelectorAll("canvas")].map((canvas) => {
    const spec = JSON.parse(document.getElementById("charts").textContent)
        .find((one) => one.id === canvas.id);
    const data = canvas.getContext("2d")
        .getImageData(0, 0, canvas.width, canvas.height).data;
    const style = getComputedStyle(document.documentElement);
    const wanted = spec.series.map((series, i) => {
        const n = series.aside ? 7 :
            spec.kind === "heat" ? [8, 2, 4][i % 3] : i % 8 + 1;
        const color = style.getPropertyValue("--s" + n).trim();
        return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
    });
    const drawn = wanted.map(() => 0);
    const colors = new Set();
    for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] === 255) {
            colors.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
        }
        wanted.forEach((color, at) => {
            if (data[i + 3] === 255 && color.every((channel, j) =>
                Math.abs(channel - data[i + j]) < 3)) {
                drawn[at]++;
            }
        });
    }
    const area = Chart.getChart(canvas).chartArea;
    return {id: canvas.id, kind: spec.kind, title: spec.title, drawn: drawn,
        width: area.right - area.left, height: area.bottom - area.top,
        known: spec.series.map((series) =>
            series.points.filter((point) => point[1] > 0).length),
        colors: colors.size};
})
"""

AXES = """
[...document.querySelectorAll("canvas")].flatMap((canvas) =>
    Object.values(Chart.getChart(canvas).scales).map((scale) => ({
        chart: canvas.id, axis: scale.axis, title: scale.options.title.text,
        shown: scale.options.title.display, type: scale.type,
        ticks: scale.ticks.map((tick) => String(tick.label)),
    })))
"""

# What sticks out to the right of the window, but for what scrolls by itself.
OVERFLOWS = """
(() => {
    const root = document.scrollingElement;
    const found = [...document.querySelectorAll("body *")].filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width > 0 && box.right > root.clientWidth + 1 &&
            element.closest(".scroll, svg") === null &&
            !element.matches(".skip");
    }).map((element) => element.outerHTML.slice(0, 120));
    return root.scrollWidth > root.clientWidth ?
        ["the page is " + root.scrollWidth + " wide", ...found] : found;
})()
"""

# What would have to be scrolled to be read, which paper cannot be.
CLIPPED = """
[...document.querySelectorAll(".scroll")].filter((element) =>
    element.scrollWidth > element.clientWidth + 1 &&
    getComputedStyle(element).overflowX !== "visible" &&
    element.checkVisibility()).map((element) => element.innerText.slice(0, 60))
"""

# Boxes of text that lie on each other: in no layout of ours do they.
OVERLAPS = """
(() => {
    const boxes = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement;
        if (node.textContent.trim() === "" ||
            element.closest("script, style, .skip, noscript, .scroll")) {
            continue;
        }
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) {
            if (box.width > 0 && box.height > 0) {
                boxes.push({box: box, text: node.textContent.slice(0, 60)});
            }
        }
    }
    const found = [];
    boxes.sort((one, other) => one.box.top - other.box.top);
    for (let i = 0; i < boxes.length; i++) {
        for (let j = i + 1; j < boxes.length &&
            boxes[j].box.top < boxes[i].box.bottom - 4; j++) {
            const [a, b] = [boxes[i].box, boxes[j].box];
            if (a.left < b.right - 1 && b.left < a.right - 1) {
                found.push(boxes[i].text + " / " + boxes[j].text);
            }
        }
    }
    return found;
})()
"""

# The contrast of each pair of colours that text is in, by WCAG 2.
CONTRASTS = """
(() => {
    const read = (color) => {
        const numbers = color.match(/[0-9.]+/g).map(Number);
        return numbers.length === 4 && numbers[3] === 0 ? null : numbers;
    };
    const light = (color) => color.slice(0, 3).map((channel) => channel / 255)
        .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const found = {};
    for (const element of document.querySelectorAll("body *")) {
        if (element.getClientRects().length === 0 ||
            ![...element.childNodes].some((node) => node.nodeType === 3 &&
                node.textContent.trim() !== "")) {
            continue;
        }
        let ground = null;
        for (let at = element; at && ground === null; at = at.parentElement) {
            ground = read(getComputedStyle(at).backgroundColor);
        }
        const ink = read(getComputedStyle(element).color);
        const [low, high] = [light(ink), light(ground)].sort((a, b) => a - b);
        const contrast = (high + 0.05) / (low + 0.05);
        if (contrast < 4.5) {
            found[ink + " on " + ground] = contrast.toFixed(2) + ": " +
                element.textContent.slice(0, 40);
        }
    }
    return found;
})()
"""

# What somebody without JavaScript can read.
PLAIN = """
({
    tables: [...document.querySelectorAll("table")].filter((table) =>
        !table.checkVisibility() ||
        table.closest("details:not([open])") !== null).length,
    canvases: [...document.querySelectorAll("canvas")].filter((canvas) =>
        canvas.getClientRects().length !== 0).length,
    rows: document.querySelectorAll("tbody tr").length,
    verdict: document.querySelector(".verdict").textContent.trim(),
})
"""

STRUCTURE = """
({
    h1: document.querySelectorAll("h1").length,
    first: document.querySelector("body > .skip + *").innerText.trim()
        .split("\\n")[0],
    captions: [...document.querySelectorAll("table")]
        .filter((table) => table.caption === null).length,
    scopes: document.querySelectorAll("th:not([scope])").length,
    ids: [...document.querySelectorAll("[id]")].map((one) => one.id),
    links: [...document.querySelectorAll("a[href^='#']")]
        .map((link) => link.getAttribute("href").slice(1)),
    alternatives: [...document.querySelectorAll("canvas")]
        .filter((canvas) => !(canvas.getAttribute("aria-label") || "").trim())
        .length,
    unreachable: [...document.querySelectorAll("canvas, .scroll")]
        .filter((element) => element.tabIndex !== 0).length,
})
"""
