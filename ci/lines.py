# SPDX-License-Identifier: Apache-2.0
"""Lines of the sources: which there are, and which have run where. Of
ci/proved. A set of lines is {file: {number}}, files as seen from the root.
"""

import concurrent.futures
import json
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
OURS = ("lib/", "bench/")
AT_ONCE = 40  # files that one gcov reads


class Covered:
    """What lcov says of a file: which lines there are and which were run, and
    how many functions and branches."""

    def __init__(self):
        self.lines, self.run = set(), set()
        self.functions = [0, 0]  # there are, were called
        self.branches = [0, 0]   # there are, were taken


def read_info(path):
    """{file: Covered}, of our own files."""
    places = {"FNF": ("functions", 0), "FNH": ("functions", 1),
              "BRF": ("branches", 0), "BRH": ("branches", 1)}
    covered, current = {}, Covered()
    with open(path) as file:
        for line in file:
            kind, _, rest = line.rstrip("\n").partition(":")
            if kind == "SF":
                name = os.path.relpath(rest, ROOT)
                current = Covered()
                if name.startswith(OURS):
                    covered[name] = current
            elif kind == "DA":
                number, count = rest.split(",")[:2]
                current.lines.add(int(number))
                if int(count) > 0:
                    current.run.add(int(number))
            elif kind in places:
                name, place = places[kind]
                getattr(current, name)[place] += int(rest)
    return covered


# ---- What gcov says ---------------------------------------------------------


def linked(folder):
    """The .gcda in there, each with the compiler's notes beside it: under
    $GCOV_PREFIX the former have the path of the latter."""
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".gcda"):
                path = os.path.join(place, name)
                notes = path[:-len("gcda")] + "gcno"
                real = "/" + os.path.relpath(notes, folder)
                if os.path.exists(real):
                    if not os.path.lexists(notes):
                        os.symlink(real, notes)
                    yield path


def gcov(paths):
    ended = subprocess.run(["gcov", "--json-format", "--stdout", *paths],
                           cwd=ROOT, stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, check=True, text=True)
    return [json.loads(line) for line in ended.stdout.splitlines() if line]


def executed(folder):
    """The set of all lines that those have run that wrote there."""
    paths = sorted(linked(folder))
    parts = [paths[i:i + AT_ONCE] for i in range(0, len(paths), AT_ONCE)]
    found = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as crew:
        for documents in crew.map(gcov, parts):
            for document in documents:
                add_document(found, document)
    return found


def add_document(found, document):
    for file in document["files"]:
        name = os.path.relpath(
            os.path.join(document["current_working_directory"], file["file"]),
            ROOT)
        if name.startswith(OURS):
            found.setdefault(name, set()).update(
                line["line_number"] for line in file["lines"]
                if line["count"] > 0)


# ---- Sets -------------------------------------------------------------------


def union(sets):
    whole = {}
    for one in sets:
        for file, lines in one.items():
            whole.setdefault(file, set()).update(lines)
    return whole


def within(one, there):
    """The lines of @one that @there has: {file: {number}}."""
    both = {file: lines & there.get(file, set()) for file, lines in one.items()}
    return {file: lines for file, lines in both.items() if lines}


def without(one, other):
    left = {file: lines - other.get(file, set()) for file, lines in one.items()}
    return {file: lines for file, lines in left.items() if lines}


def only(sets, name):
    """Which lines no other of @sets has."""
    return without(sets[name], union(one for other, one in sets.items()
                                     if other != name))


def size(one, tree=""):
    return sum(len(lines) for file, lines in one.items()
               if file.startswith(tree))


def ranges(lines):
    """"3-5, 9"; lines that follow each other are one."""
    told = []
    for number in sorted(lines):
        if told and number == told[-1][1] + 1:
            told[-1][1] = number
        else:
            told.append([number, number])
    return ", ".join(f"{low}-{high}" if high > low else str(low)
                     for low, high in told)
