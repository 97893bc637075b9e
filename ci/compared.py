# SPDX-License-Identifier: Apache-2.0
"""Two counts of a lookup compared: each figure is better, the same or worse, and
what is not the same is explained by the functions that changed. Of ci/counts.

The same program gives the same figures in each run, so nothing here is of
chance: what tolerance there is, is for what is not worth a red check.
"""

from counted import OWN

TOLERANCE = 0.005
NAMED_MAX = 8
NAMED_MIN = 0.05  # instructions per lookup
BETTER, SAME, WORSE = "better", "same", "worse"


def sum_of(group, part=None):
    if part is None:
        return lambda case: sum(case[group].values())
    return lambda case: case[group].get(part, 0)


# What is compared: what it is called, how it is had from a case, and the groups
# that explain it.
FIGURES = [
    ("instructions", lambda case: case["total"], "functions"),
    ("instructions, dbpool's own", lambda case: case["own"], "own functions"),
    ("instructions, SQLite", sum_of("parts", "SQLite"), "SQLite's functions"),
    ("allocations, dbpool", sum_of("allocations", "dbpool"), "allocators"),
    ("allocations, SQLite", sum_of("allocations", "SQLite"), None),
    ("bytes allocated, dbpool", sum_of("bytes", "dbpool"), "allocators"),
    ("bytes allocated, SQLite", sum_of("bytes", "SQLite"), None),
    ("system calls, dbpool and libuv", sum_of("syscalls"), "syscalls"),
    ("system calls, SQLite", sum_of("file_calls"), "file_calls"),
    ("futex waits", sum_of("threads", "waits"), None),
    ("futex wakes", sum_of("threads", "wakes"), None),
    ("context switches", sum_of("threads", "switches"), None),
    ("statements", sum_of("work", "statements"), None),
    ("VM steps", sum_of("work", "steps"), None),
    ("pages asked for", sum_of("work", "pages_asked"), None),
    ("pages read", sum_of("work", "pages_read"), None),
    ("pages written", sum_of("work", "pages_written"), None),
    ("readings of the clock", sum_of("clock", "readings"), None),
]
NAMES = [name for name, _, _ in FIGURES]
# Which parts of a lookup explain what.
PARTS = {"functions": None, "own functions": OWN,
         "SQLite's functions": ["SQLite"]}


class Change:
    """One figure of a case, before and after."""

    def __init__(self, case, name, before, after, lookups):
        self.case, self.name = case, name
        self.before, self.after = before, after
        self.answer = judged(before, after, lookups)
        self.causes = []  # (name, before, after), most first

    @property
    def share(self):
        return self.after / self.before - 1 if self.before else None

    def __str__(self):
        share = "" if self.share is None else f"  {self.share:+.2%}"
        return (f"{self.answer:7} {self.case} in flight: {self.name}: "
                f"{told(self.before)} -> {told(self.after)}{share}")


def told(value):
    return f"{value:,.1f}" if value >= 100 else f"{value:.4f}"


def judged(before, after, lookups):
    """A change is one of a whole event in all lookups, at least."""
    if abs(after - before) * lookups < 0.5:
        return SAME
    if after > before * (1 + TOLERANCE):
        return WORSE
    return BETTER if after < before * (1 - TOLERANCE) else SAME


def causes(kind, before, after, answer):
    """What changed in the same direction, most first."""
    if kind is None:
        return []
    group = "functions" if kind in PARTS else kind
    wanted = PARTS.get(kind)
    changed = []
    for name in sorted(set(before[group]) | set(after[group])):
        was, now = before[group].get(name, 0), after[group].get(name, 0)
        of_part = wanted is None or name.split(":")[0] in wanted
        least = NAMED_MIN if group == "functions" else 0
        grows = now - was if answer == WORSE else was - now
        if of_part and grows > least:
            changed.append((grows, name, was, now))
    changed.sort(key=lambda one: (-one[0], one[1]))
    return [one[1:] for one in changed[:NAMED_MAX]]


def compare_case(name, before, after):
    for figure, value_of, kind in FIGURES:
        change = Change(name, figure, value_of(before), value_of(after),
                        after["lookups"])
        if change.answer != SAME:
            change.causes = causes(kind, before, after, change.answer)
        yield change


def compare(before, after):
    """All changes, of the cases that both have."""
    return [change for name in after if name in before
            for change in compare_case(name, before[name], after[name])]


def spread(values):
    """0 where all are equal."""
    low, high = min(values), max(values)
    return 0 if high == low else (high - low) / low if low else float("inf")


def answer_of(changes):
    answers = {change.answer for change in changes}
    return next(a for a in (WORSE, BETTER, SAME) if a in answers)


def causes_of(changes):
    """The function that each worse count of instructions names first."""
    return [change.causes[0][0] for change in changes
            if change.answer == WORSE and change.causes
            and change.name.startswith("instructions")]


def cause_lines(change):
    for name, was, now in change.causes:
        yield f"          {name}: {told(was)} -> {told(now)}"
