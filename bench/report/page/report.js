/* SPDX-License-Identifier: Apache-2.0 */
/* Draws the charts of a report, whose figures stand in its tables as well, and
 * offers its data to be saved. What is to be drawn is the JSON in #charts, as
 * bench/report/html_chart.c writes it. */
(function () {
    "use strict";

    const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 2], [12, 4], [1, 2],
        [6, 2, 2, 2, 2, 2]];
    const MARKERS = ["circle", "triangle", "rect", "rectRot", "cross", "star",
        "crossRot", "line"];
    const UNITS = {
        duration: [["ns", 1], ["us", 1e3], ["ms", 1e6], ["s", 1e9]],
        size: [["B", 1], ["KiB", 1024], ["MiB", 1048576], ["GiB", 1073741824]],
    };
    const FEW_POINTS = 40;

    /* ---- Words, as base/quantity.c has them ------------------------------ */

    function withCommas(number) {
        return number.toLocaleString("en-US", {maximumFractionDigits: 0});
    }

    /* Three digits say enough. */
    function short(number) {
        const size = Math.abs(number);
        if (size >= 99.95 || number === Math.round(number)) {
            return withCommas(number);
        }
        let digits = size >= 9.995 ? 1 : 2;
        for (let rest = size * 100; rest < 0.5 && digits < 6; rest *= 10) {
            digits++;
        }
        return number.toFixed(digits);
    }

    function unitOf(quantity, size) {
        const units = UNITS[quantity] || [["", 1]];
        return units.reduce((found, unit) => size >= unit[1] ? unit : found,
            units[0]);
    }

    function percent(p) {
        return String(Number((100 * p).toFixed(10)));
    }

    function inWords(axis, value) {
        switch (axis.quantity) {
        case "duration":
        case "size": {
            const unit = unitOf(axis.quantity, Math.abs(value) * 1.0005);
            return short(value / unit[1]) + " " + unit[0];
        }
        case "rate":
            return short(value) + " " + axis.unit;
        case "seconds":
            return value.toFixed(2) + " s";
        case "percentile":
            return "p" + String(Number((100 * value).toPrecision(7)));
        default:
            return short(value) + (axis.unit === "" || axis.unit === "count" ||
                axis.unit === "number" ? "" : " " + axis.unit);
        }
    }

    /* ---- Axes ------------------------------------------------------------ */

    /* A bound axis: its unit, and how a value of the data stands on it. */
    function bind(axis, low, high) {
        const size = axis.logarithmic ? Math.sqrt(low * high) : high;
        const unit = unitOf(axis.quantity, size);
        return Object.assign({}, axis, {
            low: low, high: high, factor: unit[1], unitName: unit[0],
            place: (value) => value === null ? null :
                axis.quantity === "percentile" ? 1 / (1 - value) :
                    value / unit[1],
        });
    }

    function titleOf(axis) {
        const units = {seconds: "s", percentile: axis.unit};
        const unit = axis.unitName || units[axis.quantity] || axis.unit;
        const title = unit === "" ? axis.name : axis.name + " (" + unit + ")";
        return axis.logarithmic ? title + ", logarithmic" : title;
    }

    /* 1, 10, 100; where these are too few, 1, 2, 5, 10; and so on. */
    function logarithmicTicks(low, high) {
        if (!(low > 0 && low < high && high < Infinity)) {
            return [low, high];
        }
        const steps = [[1], [1, 2, 5], [1, 1.5, 2, 3, 5, 7],
            [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9]];
        let ticks = [];
        for (const mantissas of steps) {
            ticks = [];
            for (let power = Math.floor(Math.log10(low));
                power <= Math.log10(high); power++) {
                for (const mantissa of mantissas) {
                    const tick = Number((mantissa * 10 ** power).toPrecision(3));
                    if (tick >= low && tick <= high) {
                        ticks.push(tick);
                    }
                }
            }
            if (ticks.length >= 3) {
                return ticks;
            }
        }
        return ticks.length >= 2 ? ticks : [low, high];
    }

    function tickText(value) {
        return Math.abs(value) >= 1000 ? withCommas(value) :
            String(Number(value.toPrecision(4)));
    }

    function commonScale(axis, theme) {
        return {
            title: {display: true, text: titleOf(axis), color: theme.soft},
            grid: {color: theme.rule, borderColor: theme.soft},
            ticks: {color: theme.soft, maxRotation: 0, autoSkipPadding: 10,
                includeBounds: false},
        };
    }

    function percentileScale(axis, theme) {
        const scale = commonScale(axis, theme);
        const shown = [0, 0.5, 0.75, 0.9, 0.95];
        for (let nines = 2; nines < 10; nines++) {
            shown.push(1 - 10 ** -nines);
        }
        scale.type = "logarithmic";
        scale.min = 1;
        scale.max = axis.place(axis.high) * 1.05;
        scale.afterBuildTicks = (built) => {
            built.ticks = shown.map((p) => ({value: 1 / (1 - p)}))
                .filter((tick) => tick.value <= built.max);
        };
        scale.ticks.callback = (value) => percent(1 - 1 / value);
        return scale;
    }

    function numberScale(axis, theme) {
        const scale = commonScale(axis, theme);
        scale.type = axis.logarithmic ? "logarithmic" : "linear";
        if (axis.logarithmic) {
            scale.min = axis.low / axis.factor;
            scale.max = axis.high / axis.factor;
            scale.afterBuildTicks = (built) => {
                built.ticks = logarithmicTicks(scale.min, scale.max)
                    .map((value) => ({value: value}));
            };
        } else if (axis.fromZero) {
            scale.min = 0;
            scale.suggestedMax = axis.high / axis.factor * 1.05;
        } else {
            scale.min = axis.low / axis.factor;
            scale.max = axis.high / axis.factor;
        }
        if (axis.quantity === "count" && axis.unit !== "processors" &&
            axis.unit !== "%") {
            scale.ticks.precision = 0;
        }
        scale.ticks.callback = tickText;
        return scale;
    }

    function nameScale(axis, spec, theme, wraps) {
        const scale = commonScale(axis, theme);
        scale.type = "category";
        scale.labels = spec.names.map((name) => wraps ? wrap(name) : name);
        scale.offset = true;
        scale.ticks.autoSkip = spec.names.length > 16;
        return scale;
    }

    /* A long name on up to three lines; all of it stands in the tables. */
    function wrap(name) {
        if (name.length <= 14) {
            return name;
        }
        const lines = name.match(/.{1,17}(\s|$)|.{1,17}/g)
            .map((line) => line.trim());
        return lines.length <= 3 ? lines :
            [lines[0], lines[1], lines[2].slice(0, 14) + "..."];
    }

    function scaleOf(axis, spec, theme, wraps) {
        return axis.quantity === "name" ? nameScale(axis, spec, theme, wraps) :
            axis.quantity === "percentile" ? percentileScale(axis, theme) :
                numberScale(axis, theme);
    }

    /* ---- Bounds ---------------------------------------------------------- */

    /* measure/spread.h: step 4 e + q begins at (4 + q) 2^e / 4. */
    function stepBegins(step) {
        return (4 + step % 4) * 2 ** (Math.floor(step / 4) - 2);
    }

    function readMap(spec) {
        return spec.map.map((interval) => {
            const parts = interval[2].split(":");
            return {
                begin: interval[0], duration: interval[1],
                first: Number(parts[0]), counts: parts[1].split(",").map(Number),
            };
        });
    }

    function extremes(values) {
        let low = Infinity;
        let high = -Infinity;
        for (const value of values) {
            if (value !== null && value !== undefined) {
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
        }
        return low <= high ? [low, high] : [0, 1];
    }

    function yBounds(spec, map) {
        const values = spec.series.flatMap((series) =>
            series.points.flatMap((point) => point.slice(1)));
        for (const interval of map) {
            values.push(stepBegins(interval.first),
                stepBegins(interval.first + interval.counts.length));
        }
        const positive = spec.y.logarithmic ?
            values.filter((value) => value > 0) : values;
        const [low, high] = extremes(positive);
        if (spec.y.logarithmic && positive.length === 0) {
            return [1, 10];
        }
        if (spec.y.logarithmic) {
            return [low / 1.2, high * 1.2];
        }
        /* A change has its 0 in sight. */
        const margin = spec.y.unit === "%" ?
            Math.max(high - low, Math.abs(high), Math.abs(low), 1) / 8 : 0;
        return margin === 0 ? [low, high] :
            [Math.min(low, 0) - margin, Math.max(high, 0) + margin];
    }

    function xBounds(spec, map) {
        const values = spec.series.flatMap((series) =>
            series.points.map((point) => point[0]));
        for (const interval of map) {
            values.push(interval.begin, interval.begin + interval.duration);
        }
        return extremes(values);
    }

    /* ---- What Chart.js does not draw by itself --------------------------- */

    /* Lines across the chart, with words above it: in a second row where they
     * would run into each other. */
    function marksPlugin(marks, theme) {
        return {
            id: "marks",
            beforeDatasetsDraw(chart) {
                const {ctx, chartArea, scales} = chart;
                const ends = [-Infinity, -Infinity];
                ctx.save();
                ctx.strokeStyle = ctx.fillStyle = theme.soft;
                ctx.font = "12px " + theme.font;
                ctx.textBaseline = "bottom";
                ctx.textAlign = "left";
                ctx.setLineDash([3, 3]);
                for (const [at, name] of marks) {
                    const x = scales.x.getPixelForValue(at);
                    if (x < chartArea.left - 1 || x > chartArea.right + 1) {
                        continue;
                    }
                    const width = ctx.measureText(name).width;
                    const left = Math.max(chartArea.left,
                        Math.min(x, chartArea.right - width));
                    const row = ends.findIndex((end) => left > end + 6);
                    ctx.beginPath();
                    ctx.moveTo(x, chartArea.top);
                    ctx.lineTo(x, chartArea.bottom);
                    ctx.stroke();
                    if (row >= 0) {
                        ctx.fillText(name, left,
                            chartArea.top - 3 - 14 * row);
                        ends[row] = left + width;
                    }
                }
                ctx.restore();
            },
        };
    }

    /* Each point's bar, from the low to the high, with a cap at either end. */
    const barsPlugin = {
        id: "bars",
        afterDatasetsDraw(chart) {
            const {ctx, scales} = chart;
            chart.data.datasets.forEach((dataset, index) => {
                const elements = chart.getDatasetMeta(index).data;
                ctx.save();
                ctx.strokeStyle = dataset.borderColor;
                ctx.lineWidth = 2;
                dataset.bars.forEach((bar, i) => {
                    if (bar[0] === bar[1]) {
                        return;
                    }
                    const x = elements[i].x;
                    const low = scales.y.getPixelForValue(bar[0]);
                    const high = scales.y.getPixelForValue(bar[1]);
                    ctx.beginPath();
                    ctx.moveTo(x, low);
                    ctx.lineTo(x, high);
                    for (const y of [low, high]) {
                        ctx.moveTo(x - 6, y);
                        ctx.lineTo(x + 6, y);
                    }
                    ctx.stroke();
                });
                ctx.restore();
            });
        },
    };

    function channels(color) {
        return [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
    }

    function mix(from, to, share) {
        return "rgb(" + from.map((channel, i) =>
            Math.round(channel + (to[i] - channel) * share)).join(",") + ")";
    }

    function mapPlugin(map, factor, theme) {
        const ground = channels(theme.card);
        const full = channels(theme.heat);
        const most = Math.log1p(mostOf(map));
        return {
            id: "map",
            beforeDatasetsDraw(chart) {
                const {ctx, scales} = chart;
                /* Whole pixels: between two halves of one the ground shines
                 * through. */
                const rise = (step) => Math.round(scales.y.getPixelForValue(
                    stepBegins(step) / factor));
                const run = (t) => Math.round(scales.x.getPixelForValue(t));
                for (const interval of map) {
                    const left = run(interval.begin);
                    const right = run(interval.begin + interval.duration);
                    interval.counts.forEach((count, i) => {
                        if (count === 0) {
                            return;
                        }
                        const top = rise(interval.first + i + 1);
                        const bottom = rise(interval.first + i);
                        const share =
                            Math.log1p(count / interval.duration) / most;
                        ctx.fillStyle = mix(ground, full, 0.08 + 0.92 * share);
                        ctx.fillRect(left, top, Math.max(right - left, 1),
                            Math.max(bottom - top, 1));
                    });
                }
            },
        };
    }

    /* The name of a part stands in it, where there is room. */
    function partsPlugin(theme) {
        return {
            id: "parts",
            afterDatasetsDraw(chart) {
                const {ctx} = chart;
                ctx.save();
                ctx.font = "12px " + theme.font;
                ctx.fillStyle = theme.card;
                ctx.textAlign = "center";
                ctx.textBaseline = "middle";
                chart.data.datasets.forEach((dataset, index) => {
                    for (const bar of chart.getDatasetMeta(index).data) {
                        const width = Math.abs(bar.x - bar.base);
                        if (width > ctx.measureText(dataset.label).width + 8) {
                            ctx.fillText(dataset.label,
                                (bar.x + bar.base) / 2, bar.y);
                        }
                    }
                });
                ctx.restore();
            },
        };
    }

    /* ---- Series ---------------------------------------------------------- */

    /* Over a map's blue the first line is black or white. */
    function keyOf(spec, series, index) {
        return series.aside ? 7 : spec.kind === "heat" ? [8, 2, 4][index % 3] :
            index % 8 + 1;
    }

    function colorOf(spec, series, index, theme) {
        return theme.series[keyOf(spec, series, index) - 1];
    }

    function dashOf(series, index) {
        return series.aside ? [3, 3] : DASHES[index % DASHES.length];
    }

    function lineOf(spec, series, index, x, y, theme) {
        const color = colorOf(spec, series, index, theme);
        const few = series.points.length <= FEW_POINTS && !series.aside;
        return {
            label: series.name,
            data: series.points.map((point) =>
                ({x: x.place(point[0]), y: y.place(point[1])})),
            values: series.points,
            borderColor: color,
            backgroundColor: color,
            borderDash: dashOf(series, index),
            borderWidth: series.aside ? 1.5 : 2,
            pointStyle: MARKERS[index % MARKERS.length],
            pointRadius: few ? 2.5 : 0,
            pointHoverRadius: 5,
            pointHitRadius: 8,
            stepped: spec.kind === "steps",
            tension: 0,
            spanGaps: false,
        };
    }

    /* Points that belong together stand beside each other, not on each other. */
    function intervalOf(spec, series, index, y, theme) {
        const color = colorOf(spec, series, index, theme);
        return {
            label: series.name,
            data: series.points.map((point) => y.place(point[1])),
            values: series.points,
            bars: series.points.map((point) =>
                [y.place(point[2]), y.place(point[3])]),
            borderColor: color,
            backgroundColor: color,
            pointStyle: MARKERS[index % MARKERS.length],
            pointRadius: 6,
            pointHoverRadius: 8,
            showLine: false,
        };
    }

    function partOf(spec, series, index, x, theme) {
        return {
            label: series.name,
            data: series.points.map((point) => x.place(point[1])),
            values: series.points,
            backgroundColor: colorOf(spec, series, index, theme),
            borderColor: theme.card,
            borderWidth: 1,
            barThickness: 26,
        };
    }

    /* ---- Charts ---------------------------------------------------------- */

    function tooltipOf(spec, x, y) {
        const valueAxis = spec.kind === "stack" ? spec.x : spec.y;
        const nameAxis = spec.kind === "stack" ? spec.y : spec.x;
        return {
            callbacks: {
                title(items) {
                    const item = items[0];
                    const at = item.dataset.values[item.dataIndex][0];
                    return nameAxis.quantity === "name" ? spec.names[at] :
                        nameAxis.quantity === "percentile" ||
                        nameAxis.quantity === "seconds" ?
                            inWords(nameAxis, at) :
                            nameAxis.name + " " + short(at);
                },
                label(item) {
                    const point = item.dataset.values[item.dataIndex];
                    let text = item.dataset.label + ": " +
                        inWords(valueAxis, point[1]);
                    if (point.length === 4 && point[2] !== point[3]) {
                        text += " (" + inWords(valueAxis, point[2]) + " to " +
                            inWords(valueAxis, point[3]) + ")";
                    }
                    return text;
                },
            },
        };
    }

    function datasetsOf(spec, x, y, theme) {
        return spec.series.map((series, index) =>
            spec.kind === "stack" ? partOf(spec, series, index, x, theme) :
                spec.kind === "intervals" ?
                    intervalOf(spec, series, index, y, theme) :
                    lineOf(spec, series, index, x, y, theme));
    }

    /* The bars of a stack lie: their amounts are along x. */
    function stackHigh(spec) {
        const sums = spec.names.map((name, i) => spec.series.reduce(
            (sum, series) => sum + series.points[i][1], 0));
        return Math.max(...sums, 1);
    }

    function pluginsOf(spec, map, y, theme) {
        const marks = marksPlugin(spec.marks, theme);
        return {
            lines: () => [marks], steps: () => [marks],
            heat: () => [mapPlugin(map, y.factor, theme), marks],
            intervals: () => [barsPlugin], stack: () => [partsPlugin(theme)],
        }[spec.kind]();
    }

    function mostOf(map) {
        return map.reduce((most, interval) => Math.max(most,
            ...interval.counts.map((count) => count / interval.duration)), 0);
    }

    /* Names of marks that are close get a second row. */
    function rowsOfMarks(marks, x) {
        const close = marks.some(([at], i) => i > 0 &&
            at - marks[i - 1][0] < 0.2 * (x.high - x.low));
        return marks.length === 0 ? 0 : close ? 2 : 1;
    }

    function configure(spec, theme) {
        const map = readMap(spec);
        const stacked = spec.kind === "stack";
        const x = stacked ? bind(spec.x, 0, stackHigh(spec)) :
            bind(spec.x, ...xBounds(spec, map));
        const y = stacked ? bind(spec.y, 0, 1) :
            bind(spec.y, ...yBounds(spec, map));
        const aligned = spec.kind === "heat" || spec.kind === "intervals" ||
            stacked;
        const scales = {
            x: scaleOf(x, spec, theme, true), y: scaleOf(y, spec, theme, true),
        };
        scales.x.stacked = scales.y.stacked = stacked;
        return {
            type: stacked ? "bar" : "line",
            data: {
                labels: spec.names, datasets: datasetsOf(spec, x, y, theme),
            },
            plugins: pluginsOf(spec, map, y, theme),
            options: {
                animation: false,
                maintainAspectRatio: false,
                indexAxis: stacked ? "y" : "x",
                font: {family: theme.font},
                layout: {padding: {
                    top: rowsOfMarks(spec.marks, x) * 14 + 6,
                    right: 12,
                }},
                interaction: {
                    mode: aligned ? "index" : "nearest",
                    axis: stacked ? "y" : "x", intersect: false,
                },
                plugins: {
                    legend: {display: false},
                    tooltip: tooltipOf(spec, x, y),
                },
                scales: scales,
            },
        };
    }

    /* ---- The page -------------------------------------------------------- */

    function readTheme() {
        const style = getComputedStyle(document.documentElement);
        const color = (name) => style.getPropertyValue("--" + name).trim();
        return {
            ink: color("ink"), soft: color("soft"), rule: color("rule"),
            card: color("card"), heat: color("heat"), font: style.fontFamily,
            series: [1, 2, 3, 4, 5, 6, 7, 8].map((i) => color("s" + i)),
        };
    }

    /* The arrow keys walk from point to point, and what is there is said. A
     * chart that could not be drawn has none. */
    function listenToKeys(canvas, readout) {
        let at = -1;
        canvas.addEventListener("keydown", (event) => {
            const chart = Chart.getChart(canvas);
            if (chart === undefined) {
                return;
            }
            const count = chart.data.datasets[0].data.length;
            const moves = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1,
                ArrowUp: -1};
            if (event.key in moves) {
                const from = at < 0 && moves[event.key] < 0 ? 0 : at;
                at = (from + moves[event.key] + count) % count;
            } else if (event.key === "Home" || event.key === "End") {
                at = event.key === "Home" ? 0 : count - 1;
            } else {
                return;
            }
            event.preventDefault();
            const active = chart.data.datasets
                .map((dataset, i) => ({datasetIndex: i, index: at}))
                .filter((item) =>
                    at < chart.data.datasets[item.datasetIndex].data.length);
            chart.setActiveElements(active);
            chart.tooltip.setActiveElements(active, {x: 0, y: 0});
            chart.update("none");
            readout.textContent = [].concat(chart.tooltip.title,
                chart.tooltip.body.flatMap((part) => part.lines)).join("; ");
        });
        canvas.addEventListener("blur", () => {
            const chart = Chart.getChart(canvas);
            at = -1;
            readout.textContent = "";
            if (chart === undefined) {
                return;
            }
            chart.setActiveElements([]);
            chart.tooltip.setActiveElements([], {x: 0, y: 0});
            chart.update("none");
        });
    }

    /* ---- Legends: of the page, not of the canvas, so that they can be read -- */

    function svg(name, attributes) {
        const element =
            document.createElementNS("http://www.w3.org/2000/svg", name);
        for (const [key, value] of Object.entries(attributes)) {
            element.setAttribute(key, value);
        }
        return element;
    }

    const SHAPES = {
        circle: "M18 2a4 4 0 1 0 .1 0z", triangle: "M18 1l5 9H13z",
        rect: "M14 2h8v8h-8z", rectRot: "M18 1l5 5-5 5-5-5z",
    };

    function sampleOf(spec, series, index) {
        const isLine = spec.kind !== "stack" && spec.kind !== "intervals";
        const width = isLine ? 36 : 12;
        const sample = svg("svg", {width: width, height: 12,
            viewBox: (18 - width / 2) + " 0 " + width + " 12",
            "aria-hidden": "true",
            "class": "k" + keyOf(spec, series, index)});
        if (spec.kind === "stack") {
            sample.append(svg("path", {d: "M12 0h12v12H12z",
                fill: "currentColor"}));
            return sample;
        }
        if (isLine) {
            sample.append(svg("path", {d: "M0 6h36", stroke: "currentColor",
                "stroke-width": 2,
                "stroke-dasharray": dashOf(series, index).join(" ")}));
        }
        const shape = SHAPES[MARKERS[index % MARKERS.length]];
        if (shape !== undefined && !series.aside) {
            sample.append(svg("path", {d: shape, fill: "currentColor"}));
        }
        return sample;
    }

    function addLegend(spec, canvas) {
        if (spec.series.length < 2) {
            return;
        }
        const legend = document.createElement("ul");
        legend.className = "legend";
        spec.series.forEach((series, index) => {
            const item = document.createElement("li");
            item.append(sampleOf(spec, series, index), series.name);
            legend.append(item);
        });
        canvas.parentNode.after(legend);
    }

    /* What the darkest colour of a map stands for. */
    function addRamp(spec, canvas) {
        const ramp = document.createElement("p");
        const most = mostOf(readMap(spec));
        ramp.className = "ramp";
        ramp.append(document.createElement("span"),
            "0 to " + withCommas(Math.max(most, 1)) +
            " lookups/s in a step of latency, logarithmic");
        canvas.parentNode.after(ramp);
    }

    function draw(spec, theme) {
        const canvas = document.getElementById(spec.id);
        const old = Chart.getChart(canvas);
        if (old !== undefined) {
            old.destroy();
        }
        if (spec.kind === "stack") {
            canvas.parentNode.style.height =
                100 + 40 * spec.names.length + "px";
        }
        return new Chart(canvas, configure(spec, theme));
    }

    /* One that cannot be drawn costs the others nothing: it has its table. */
    function drawAll(specs) {
        const theme = readTheme();
        for (const spec of specs) {
            try {
                draw(spec, theme);
            } catch (error) {
                console.error(spec.title, error);
            }
        }
    }

    function offerData() {
        const data = document.getElementById("result");
        const link = document.getElementById("download");
        if (data !== null && link !== null) {
            link.href = URL.createObjectURL(
                new Blob([data.textContent], {type: "application/json"}));
            link.hidden = false;
        }
    }

    function start() {
        const specs = JSON.parse(document.getElementById("charts").textContent);
        offerData();
        if (typeof Chart === "undefined" || parseInt(Chart.version, 10) < 3) {
            return;
        }
        document.documentElement.classList.add("drawn");
        for (const details of document.querySelectorAll("details.figures")) {
            details.open = false;
        }
        drawAll(specs);
        for (const spec of specs) {
            const canvas = document.getElementById(spec.id);
            listenToKeys(canvas, canvas.parentNode.nextElementSibling);
            addLegend(spec, canvas);
            if (spec.kind === "heat") {
                addRamp(spec, canvas);
            }
        }
        for (const query of ["(prefers-color-scheme: dark)", "print"]) {
            matchMedia(query).addEventListener("change", () => drawAll(specs));
        }
    }

    start();
}());
