# SPDX-License-Identifier: Apache-2.0
"""What ci/ceiling, ci/curves, ci/generation, ci/million and ci/opening have in
common: figures of blocks, and how they are told.

What is compared ran in the same block, within the same minutes and in random
order, so what the machine did to one it did to the other. Of the blocks' ratios
the median is told, with the interval between two of them that has the true
median in it with a probability of 95 % or more, whatever the distribution
(order statistics); with fewer than six blocks there is none, and the interval
is from the least to the most, with its own probability.
"""

import json
import math
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
REPORTS = os.path.abspath(os.environ.get("REPORTS", f"{ROOT}/reports"))
CONFIDENCE = 0.95

VERDICTS = {
    (True, True): "reached",
    (False, False): "missed",
    (None, True): "reached by the median, not by all of the interval",
    (None, False): "reached by a part of the interval only",
}


def fail(words):
    print(f"ci/{os.path.basename(sys.argv[0])}: {words}", file=sys.stderr)
    sys.exit(1)


def usage(words):
    print(words.strip(), file=sys.stderr)
    sys.exit(2)


# ---- Statistics -------------------------------------------------------------


def median(values):
    """One of them: of an even number the lower one in the middle."""
    return sorted(values)[(len(values) - 1) // 2]


def interval(values):
    """Low, high, and the probability that the true median is between them."""
    ordered = sorted(values)
    count = len(ordered)
    best = None
    for k in range((count + 1) // 2):
        outside = 2 * sum(math.comb(count, i) for i in range(k + 1)) / 2**count
        if best is None or 1 - outside >= CONFIDENCE:
            best = ordered[k], ordered[count - 1 - k], max(0, 1 - outside)
    return best


def summary(values):
    """None where there is nothing: a block may be too short for an answer."""
    values = [value for value in values if value is not None]
    if not values:
        return None
    low, high, confidence = interval(values)
    return {"median": median(values), "low": low, "high": high,
            "confidence": round(confidence, 4), "blocks": len(values)}


def ratio(mine, other, figure, of_other=None):
    """Of two {block: figures}: of the blocks that have both, or None."""
    of_other = of_other or figure
    return summary([mine[block][figure] / other[block][of_other]
                    for block in sorted(mine) if block in other
                    and mine[block][figure] is not None
                    and other[block][of_other]])


def judged(found, sign, bar):
    """What a ratio says of a bar: by all of its interval, and by its median."""
    ends = [end >= bar if sign == ">=" else end <= bar
            for end in (found["low"], found["median"], found["high"])]
    return {"bar": bar, "sign": sign,
            "reached": ends[0] if len(set(ends)) == 1 else None,
            "reached_by_median": ends[1]}


# ---- Reading ----------------------------------------------------------------


def phase_of(cell, name):
    return [phase for phase in cell["phases"] if phase["name"] == name][0]


def whole_cells(result):
    """Those that went through, with every answer right; the others are named."""
    for cell in result["cells"]:
        wrong = sum((p["wrong"] or 0) + (p["failed"] or 0)
                    for p in cell["phases"])
        if cell["outcome"]["state"] == "completed" and wrong == 0:
            yield cell
        else:
            print(f"ci/{os.path.basename(sys.argv[0])}: left out: "
                  f"{cell['label']}, block {cell['block']}: "
                  f"{cell['outcome']['state']}, {wrong} wrong or failed",
                  file=sys.stderr)


def told_of(result):
    """What a report says of the run that it is made of."""
    return {"title": result["scenario"]["title"],
            **{name: result[name] for name in ("version", "seed", "started_at",
                                               "environment")},
            "blocks": 1 + max(cell["block"] for cell in result["cells"])}


def load(path):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError) as problem:
        fail(f"{path}: {problem}")


# ---- Running ----------------------------------------------------------------


def plunge(program, name, options, scenario):
    """Its result.json in $REPORTS/NAME, the command in words, its status."""
    folder = f"{REPORTS}/{name}"
    command = [program, "run", "-o", folder, *options, scenario]
    status = subprocess.run(command, cwd=ROOT).returncode
    if status not in (0, 1, 4):
        fail(f"plunge ended with {status}")
    words = " ".join(["plunge", "run", *options, scenario])
    return load(f"{folder}/result.json"), words, status


def output_of(*command):
    """What a measuring program says, as JSON."""
    try:
        ended = subprocess.run(command, cwd=ROOT, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as problem:
        fail(problem)
    if ended.returncode != 0:
        fail(f"{' '.join(command)} ended with {ended.returncode}: "
             f"{ended.stderr.strip()}")
    try:
        return json.loads(ended.stdout)
    except ValueError as problem:
        fail(f"{' '.join(command)}: {problem}")


def surroundings(program):
    """Version, seed, time and machine, for what is measured beside plunge: of
    the tutorial's three lookups."""
    with tempfile.TemporaryDirectory() as folder:
        result = output_of(os.path.abspath(program), "run", "--json", "-o",
                           folder, "scenarios/tutorial.yaml")
    return {name: result[name]
            for name in ("version", "seed", "started_at", "environment")}


def users(program, folder, count):
    """A database of so many of them, in a folder of the caller's."""
    path = os.path.join(folder, "users.db")
    ended = subprocess.run([program, "generate", "-q", "--users", str(count),
                            path])
    if ended.returncode != 0:
        fail(f"plunge generate ended with {ended.returncode}")
    return path


# ---- Writing ----------------------------------------------------------------


def count(number):
    return f"{number:,}"


def rate(value):
    if math.isnan(value):
        return "-"
    return f"{value / 1000:,.0f}k" if value >= 10000 else f"{value:,.0f}"


def duration(ns):
    if math.isnan(ns):
        return "-"
    for size, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if ns >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.0f} ns"


def told(found, blocks):
    if found is None:
        return "-"
    return (f"{found['median']:.2f} ({found['low']:.2f} to "
            f"{found['high']:.2f}){'*' if found['blocks'] < blocks else ''}")


def table(head, rows):
    yield "| " + " | ".join(head) + " |"
    yield "| --- |" + " ---: |" * (len(head) - 1)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def heading(found, target):
    """What stands above the tables of a report."""
    yield "<!-- SPDX-License-Identifier: Apache-2.0 -->"
    yield f"<!-- Written by `make {target}`. -->"
    yield f"# {found['title']}"
    yield ""
    yield (f"`{found['command']}`, plunge {found['version']}, seed "
           f"{found['seed']}, {found['blocks']} {found.get('unit', 'blocks')}, "
           f"{found['started_at']}")
    yield ""
    for name, value in found["environment"].items():
        yield f"- {name}: {value}"


def notes(name):
    """What reports/NAME.notes.md says, behind its first comments."""
    path = f"{ROOT}/reports/{name}.notes.md"
    if not os.path.exists(path):
        return
    with open(path) as file:
        text = re.sub(r"\A(<!--.*?-->\s*)+", "", file.read(), flags=re.DOTALL)
    yield ""
    yield text.rstrip()


def write(name, found, lines):
    """NAME.json, to draw, and NAME.md, to read, in $REPORTS."""
    os.makedirs(REPORTS, exist_ok=True)
    with open(f"{REPORTS}/{name}.json", "w") as file:
        json.dump(found, file, indent=1)
        file.write("\n")
    with open(f"{REPORTS}/{name}.md", "w") as file:
        file.write("\n".join(lines) + "\n")
    print(f"written: {REPORTS}/{name}.md, {REPORTS}/{name}.json")


def bar_row(words, found):
    return [words, told(found, found["blocks"]),
            VERDICTS[found["reached"], found["reached_by_median"]]]
