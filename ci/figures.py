# SPDX-License-Identifier: Apache-2.0
"""The figures of each report, as one list: what reports/index.html shows, and
what its history keeps.

A figure is a dictionary: `section`, `report` (whose file it is of), `name`,
`value`, `unit`, and where there are any `low` and `high` (its interval), `bar`
(what it is to be, in words), `reached` (True, False or None) and `better`
("higher" or "lower"). Of one report two figures never have the same name: that
is what a history is joined by.
"""

import math

SECTIONS = ("performance", "comparison", "leaks", "coverage")


def figure(section, name, value, unit, **more):
    return {"section": section, "name": name, "value": value, "unit": unit,
            **{key: said for key, said in more.items() if said is not None}}


def thousands(count):
    return f"{count:,}"


def spread(found):
    """What the interval of a median says, for figure()."""
    return {"low": found.get("low"), "high": found.get("high")}


def barred(found):
    """The same of one that has a bar."""
    if "bar" not in found:
        return spread(found)
    return {**spread(found), "bar": f"{found['sign']} {found['bar']}",
            "reached": found["reached_by_median"],
            "better": "higher" if found["sign"] == ">=" else "lower"}


# ---- Performance ------------------------------------------------------------


def ceiling(report):
    for bar in report["bars"]:
        yield figure("performance",
                     f"{bar['figure'].removesuffix('_per_s').removesuffix('_ns')}"
                     f" of {bar['to']}, "
                     f"{thousands(bar['users'])} users, "
                     f"{thousands(bar['in_flight'])} in flight",
                     bar["median"], "×", **barred(bar))


def million(report):
    yield figure("performance",
                 "throughput, a million in flight beside ten thousand",
                 report["speed"]["median"], "×", **barred(report["speed"]))
    for stage in report["memory"]["stages"]:
        yield figure("performance", f"memory a request, {stage['name']}",
                     stage["bytes"], "B", better="lower")


def opening(report):
    for case in report["cases"]:
        yield figure("performance",
                     f"opening beside by hand, {case['min']} to {case['max']} "
                     f"threads, {case['threads']} of them started",
                     case["median"], "×", better="lower", **spread(case))


def generation(report):
    for cell in report["cells"]:
        if cell["writer"] != "import":
            yield figure("performance",
                         f"writing {thousands(cell['users'])} users, "
                         f"{cell['writer']} beside .import",
                         cell["to_import"]["median"], "×",
                         **barred(cell["to_import"]))


def counts(report):
    for name, case in report["cases"].items():
        yield figure("performance", f"instructions a lookup, {name} in flight",
                     sum(case["parts"].values()), "", better="lower")
        yield figure("performance",
                     f"of these the library's own, {name} in flight",
                     case["own"], "", better="lower")


def ledger_cost(report):
    for case in report["cases"]:
        for sites, ratio in case["ratios"].items():
            yield figure("performance",
                         f"throughput before the ledger, {case['case']}, "
                         f"{sites}", ratio["median"], "×", **barred(ratio))


# ---- Comparison -------------------------------------------------------------


def part(name, count, of, reached, bar, better):
    return figure("comparison", name, count, f"of {thousands(of)}",
                  reached=reached, bar=bar, better=better)


def decides(report):
    for metric in ("throughput", "cpu"):
        clear = report["slow"][metric]["visible"]
        same = report["same"][metric]
        yield part(f"slower by 3 % and called worse, where that is visible, by "
                   f"{metric}", clear["worse"], clear["tries"],
                   clear["worse"] >= 0.95 * clear["tries"], "95 %", "higher")
        yield part(f"the same and called worse, by {metric}", same["worse"],
                   same["tries"],
                   same["worse"] <= max(1, 0.01 * same["tries"]), "1 %",
                   "lower")


def counts_decide(report):
    worse = sum(row["worse"] for row in report["slowed"])
    tries = sum(row["tries"] for row in report["slowed"])
    yield figure("comparison", "slow-downs of 3 % called worse, by counts",
                 worse, f"of {thousands(tries)}", bar="all", better="higher",
                 reached=worse == tries)
    same = report["same"]
    yield figure("comparison", "programs called other than themselves, by "
                 "counts", same["tries"] - same["same"],
                 f"of {thousands(same['tries'])}", bar="none", better="lower",
                 reached=same["same"] == same["tries"])
    yield figure("comparison", "spread of a count over ten runs, at most",
                 100 * max(row["spread"] for row in report["repeats"]), "%",
                 bar="<= 0.1", better="lower",
                 reached=max(row["spread"]
                             for row in report["repeats"]) <= 0.001)


# ---- Leaks ------------------------------------------------------------------


def leaks(report):
    """Of what was asked: good, or not; what a tool cannot do is not asked."""
    for observer in ("ledger", "memcheck", "helgrind", "drd", "asan", "ubsan",
                     "tsan"):
        answers = [scenario[observer]["answer"]
                   for scenario in report["scenarios"].values()
                   if observer in scenario]
        asked = [answer for answer in answers
                 if answer not in ("refused", "left out")]
        good = sum(answer == "good" for answer in asked)
        yield figure("leaks", f"scenarios without a finding, {observer}", good,
                     f"of {len(asked)}", bar="all", better="higher",
                     reached=good == len(asked))


def mutation(report):
    score = report["score"]
    yield figure("leaks", "skipped releases that were named", score["good"],
                 f"of {score['all']}", bar="all", better="higher",
                 reached=score["good"] == score["all"])


def selftest(report):
    caught = sum(defect["verdict"] == "caught"
                 for defect in report["defects"])
    count = len(report["defects"])
    yield figure("leaks", "planted defects that were caught", caught,
                 f"of {count}", bar="all", better="higher",
                 reached=caught == count)
    clean = report.get("clean")
    if clean:
        yield figure("leaks", "false alarms of clean runs",
                     clean["false_alarms"], f"of {thousands(clean['runs'])}",
                     bar="none", better="lower",
                     reached=clean["false_alarms"] == 0)


def soak(report):
    for cell in report["cells"]:
        for slope in cell["slope"]:
            if slope["upper_bound"] is not None:
                yield figure("leaks",
                             f"{slope['metric']} a cycle at most, over "
                             f"{thousands(slope['cycles'])} cycles",
                             slope["upper_bound"],
                             "B" if slope["metric"] in ("rss", "pss", "heap")
                             else "", better="lower",
                             reached=slope["verdict"] == "clean")


# ---- Coverage ---------------------------------------------------------------


def coverage(report):
    for name, found in report["shares"].items():
        yield figure("coverage", name, 100 * found["hit"] / found["of"], "%",
                     better="higher")


# ---- Runs -------------------------------------------------------------------


LATE_MS_MAX = 50  # of the kernel's: it is still nothing (base/leftover.h)


def left_behind(cell):
    """What is there still; an entry without a count is one."""
    return sum(1 if entry.get("count") is None else entry["count"]
               for entry in cell["left_behind"]
               if not 0 < (entry.get("late_ms") or 0) <= LATE_MS_MAX)


def judged(result):
    return [cell for cell in result["cells"]
            if not cell["reference"] and cell["outcome"]["state"] == "completed"]


def middle(values):
    return sorted(values)[(len(values) - 1) // 2]


def points(result):
    """The blocks of each point of the sweep."""
    found = {}
    for cell in judged(result):
        found.setdefault((cell["subject"], cell["label"]), []).append(cell)
    return found


def run(result):
    """Medians over the blocks, of the first measured phase of each point."""
    for (subject, label), cells in points(result).items():
        where = f", {label}" if label else f", {subject}"
        phases = [next((phase for phase in cell["phases"]
                        if phase["measured"]), None) for cell in cells]
        rates = [phase["throughput_per_s"] for phase in phases
                 if phase and phase["throughput_per_s"]]
        tails = [phase["latency_ns"]["p99"] for phase in phases
                 if phase and phase["latency_ns"]
                 and phase["latency_ns"]["p99"] is not None]
        if rates:
            yield figure("performance", f"throughput{where}", middle(rates),
                         "/s", low=min(rates), high=max(rates),
                         better="higher")
        if tails:
            yield figure("performance", f"p99{where}", middle(tails) / 1e6,
                         "ms", low=min(tails) / 1e6, high=max(tails) / 1e6,
                         better="lower")
        left = max(left_behind(cell) for cell in cells)
        yield figure("leaks", f"left behind{where}", left, "", better="lower")


READERS = {"ceiling": ceiling, "million": million, "opening": opening,
           "generation": generation, "counts": counts,
           "ledger-cost": ledger_cost, "leaks": leaks, "mutation": mutation,
           "selftest": selftest, "soak": soak, "coverage": coverage,
           "decides": decides, "counts-decide": counts_decide}


def is_number(value):
    """Or nothing at all, which is what was not measured."""
    return value is None or (isinstance(value, (int, float))
                             and math.isfinite(value))


def of_report(name, report):
    """Of a committed report, or a run's result."""
    reader = READERS.get(name, run if "cells" in report else None)
    found = [] if reader is None else list(reader(report))
    for one in found:
        for member in ("value", "low", "high"):
            if not is_number(one.get(member)):
                raise ValueError(f"{one['name']} is {one[member]!r}, and no "
                                 "number")
    return [{**one, "report": name} for one in found]
