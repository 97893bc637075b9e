# SPDX-License-Identifier: Apache-2.0
"""Runs the counter (bench/counting), and adds up what callgrind, valgrind's log
of system calls and the counter itself say. Of ci/counts.
"""

import json
import os
import platform
import re
import subprocess
import sys
import tempfile

from callgrind import TUNABLES, Profile, syscalls_between_marks

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
USERS = 10000
# Subject, in flight, lookups: whole rounds of both.
CASES = [("dbpool", 64, 12800), ("dbpool", 1000, 12000), ("null", 64, 12800)]
UNEXPLAINED_MAX = 0.001
HANGS_S = 300
LISTED_MIN = 0.01  # instructions per lookup
# The files are SQLite's: dbpool opens and reads none.
FILE_CALLS = {"close", "fcntl", "fdatasync", "fstat", "ftruncate", "lseek",
              "mmap", "munmap", "newfstatat", "openat", "pread64", "pwrite64",
              "unlink"}
ALLOCATORS = {"malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign"}
# dbpool's calls of these have another name (mk/build.mk).
RENAMED = "heap_dbpool_"
OWNERS = ("dbpool", "libuv", "SQLite")
# What SQLite's pager answers with a page.
PAGERS = {"getPageNormal", "getPageMMap"}
OWN = ["submit", "hand-over", "execute", "answer", "loop"]
HARNESS = ["key", "avatar", "record", "subject"]
# What a function does: by its name, else by its file, else by its folder. What
# is in none of these (the C library, bench/base, bench/people) works for its
# caller, and is counted there.
FUNCTIONS = {"dbpool_row": "answer", "dbpool_value": "answer",
             "dbpool__pool_start_threads": "submit"}
FILES = {
    "lib/answers.c": "answer", "lib/gather.c": "answer",
    "lib/deadlines.c": "submit", "lib/request.c": "submit",
    "lib/due.c": "submit",
    "lib/status.c": "submit", "lib/value.c": "submit",
    "lib/lane.c": "hand-over", "lib/pool.c": "hand-over",
    "lib/queue.h": "hand-over", "lib/session.c": "hand-over",
    "lib/stop.c": "hand-over", "lib/times.c": "hand-over",
    "lib/share.c": "hand-over", "lib/share.h": "hand-over",
    "lib/spin.c": "hand-over", "lib/spin.h": "hand-over",
    "lib/turn.c": "hand-over", "lib/worker.c": "hand-over",
    "bench/load/answers.c": "avatar",
    "bench/load/keys.c": "key", "bench/load/phase.c": "key",
}
FOLDERS = {
    "lib/": "execute",
    "bench/counting/": "gate",
    "bench/load/": "record", "bench/measure/": "record",
    "bench/subject/": "subject",
}


def fail(words):
    print(f"ci/{os.path.basename(sys.argv[0])}: {words}", file=sys.stderr)
    sys.exit(3)


def output_of(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


# ---- Running ----------------------------------------------------------------


class Surroundings:
    """What a run must not depend on: where it is, what else is in its
    environment, and (with @fixed) whether addresses are by chance."""

    def __init__(self, folder=None, padding=0, fixed=False):
        self.folder = folder
        self.environment = {"PATH": os.environ["PATH"],
                            "GLIBC_TUNABLES": TUNABLES}
        if padding > 0:
            self.environment["PADDING"] = "x" * padding
        self.prefix = ["setarch", "-R"] if fixed else []


def database(build, folder):
    path = os.path.join(folder, "users.db")
    output_of(f"{build}/plunge", "generate", "-q", "--users", str(USERS), path)
    return path


def run(surroundings, tool, build, case):
    """The counter's own words."""
    subject, in_flight, lookups, *words = case
    command = [*surroundings.prefix, *tool, os.path.abspath(f"{build}/counter"),
               subject, "users.db", str(USERS), str(in_flight), str(lookups),
               *words]
    try:
        ended = subprocess.run(command, cwd=surroundings.folder, text=True,
                               env=surroundings.environment, timeout=HANGS_S,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as problem:
        fail(problem)
    except subprocess.TimeoutExpired:
        fail(f"{' '.join(command)} was not done after {HANGS_S} s")
    if ended.returncode != 0:
        fail(f"{' '.join(command)} ended with {ended.returncode}: "
             f"{ended.stderr.strip()}")
    return json.loads(ended.stdout)


def run_counted(surroundings, build, case):
    """What the counter says, the profile, the log of system calls."""
    profile = os.path.join(surroundings.folder, "profile")
    log = os.path.join(surroundings.folder, "log")
    tool = ["valgrind", "--tool=callgrind", "--instr-atstart=no",
            "--trace-syscalls=yes", f"--log-file={log}",
            f"--callgrind-out-file={profile}"]
    said = run(surroundings, tool, build, case)
    memory = run(surroundings, [], build, (*case, "memory"))
    for name, number in said.items():
        if memory[name] != number:
            fail(f"{name} is {number} under callgrind and {memory[name]} "
                 f"without: the counter's threads did not take the same turns")
    return memory, Profile(profile + ".1"), log


# ---- Reading ----------------------------------------------------------------


def archive_symbols(name):
    path = output_of("gcc", f"-print-file-name={name}").strip()
    lines = output_of("nm", "--defined-only", path).splitlines()
    return {line.split()[2] for line in lines if len(line.split()) == 3}


def plain(name):
    """Without the depth of a recursion: walkExpr'2 is walkExpr."""
    return name.split("'")[0]


class Parts:
    """Which part of a lookup each function is."""

    def __init__(self):
        self.libraries = [(archive_symbols("libsqlite3.a"), "SQLite"),
                          (archive_symbols("libuv_a.a"), "loop")]

    def of(self, name, file):
        name, path = plain(name), file or ""
        # Wherever it was compiled.
        inside = re.search(r"(?:^|/)((?:lib|bench/\w+)/\w+\.[ch])$", path)
        path = inside.group(1) if inside else path
        if name.startswith(RENAMED):
            return None
        if inside:
            found = FUNCTIONS.get(name) or FILES.get(path)
            folders = [f for f in FOLDERS if path.startswith(f)]
            return found or (FOLDERS[folders[0]] if folders else None)
        if path == "???":
            for symbols, part in self.libraries:
                if name in symbols:
                    return part
        return None


def count_instructions(profile, parts):
    """By part and by function; allocations by part; all per window."""
    part_of = {f: parts.of(profile.names[f], profile.files[f])
               for f in profile.self_cost}
    by_part, by_function, allocations = {}, {}, {}

    def add(function, cost):
        part = part_of[function]
        by_part[part] = by_part.get(part, 0) + cost
        key = (part, plain(profile.names[function]))
        by_function[key] = by_function.get(key, 0) + cost

    for function, cost in profile.self_cost.items():
        if part_of[function] is not None:
            add(function, cost)
    for (caller, callee), (count, cost) in profile.calls.items():
        part = part_of.get(caller)
        if part is not None and part_of.get(callee) is None:
            add(caller, cost)
        # libc's own callers of malloc() work for nobody that is known.
        if profile.names[callee] in ALLOCATORS:
            allocations[part] = allocations.get(part, 0) + count
    total = sum(profile.self_cost.values())
    if abs(sum(by_part.values()) - total) > UNEXPLAINED_MAX * total:
        fail(f"the parts come to {sum(by_part.values())} instructions, and all "
             f"functions to {total}: something calls back that was taken for "
             f"a helper of its caller")
    return by_part, by_function, allocations


def count_allocators(profile, parts):
    """Allocations of dbpool's functions, by their names."""
    found = {}
    for (caller, callee), (count, _) in profile.calls.items():
        name, called = profile.names[caller], profile.names[callee]
        if (called in ALLOCATORS and
                parts.of(name, profile.files.get(caller)) in OWN or
                called.startswith(RENAMED) and called != RENAMED + "free"):
            found[name] = found.get(name, 0) + count
    return found


def count_pages(profile):
    """That SQLite's pager was asked for, in its cache or not, mapped or not."""
    return sum(count for (caller, callee), (count, _) in profile.calls.items()
               if profile.names[callee].split(".")[0] in PAGERS
               and profile.names[caller].split(".")[0] not in PAGERS)


def count_syscalls(log, said):
    """By name: dbpool's, and SQLite's. The semaphores that give turns are the
    counter's; what they stand for, waits and wake-ups, it says itself."""
    dbpool, sqlite = {"futex": said["waits"] + said["wakes"]}, {}
    for name in syscalls_between_marks(log):
        if name != "futex":
            counts = sqlite if name in FILE_CALLS else dbpool
            counts[name] = counts.get(name, 0) + 1
    return dbpool, sqlite


def allocations_of(said, allocations):
    """By whom: two counts of the same calls, which have to agree."""
    by_calls = {
        "dbpool": sum(count for part, count in allocations.items()
                      if part in OWN or part is None),
        "harness": sum(count for part, count in allocations.items()
                       if part in HARNESS),
        "SQLite": allocations.get("SQLite", 0),
    }
    for name, owners in (("dbpool", OWNERS[:2]), ("SQLite", OWNERS[2:])):
        asked = sum(said[owner]["allocations"] for owner in owners)
        if asked != by_calls[name]:
            fail(f"{name} has made {asked} allocations by its own count, and "
                 f"{by_calls[name]} by callgrind's")
    return by_calls


def per_lookup(counts, lookups):
    return {key: count / lookups for key, count in counts.items()}


def figures_of(said, profile, log, parts):
    """All that was counted, not yet divided."""
    by_part, by_function, allocations = count_instructions(profile, parts)
    syscalls, file_calls = count_syscalls(log, said)
    return {
        "parts": {part: cost for part, cost in by_part.items()
                  if part != "gate"},
        "functions": {f"{part}: {name}": cost
                      for (part, name), cost in by_function.items()
                      if part != "gate" and
                      cost >= LISTED_MIN * said["lookups"]},
        "allocations": allocations_of(said, allocations),
        "allocators": count_allocators(profile, parts),
        "bytes": {"dbpool": said["dbpool"]["bytes"] + said["libuv"]["bytes"],
                  "SQLite": said["SQLite"]["bytes"]},
        "syscalls": syscalls,
        "file_calls": file_calls,
        "threads": {name: said[name] for name in ("waits", "wakes",
                                                  "switches")},
        "work": {"statements": said["statements"], "steps": said["steps"],
                 "pages_asked": count_pages(profile),
                 "pages_read": said["pages_read"],
                 "pages_written": said["pages_written"]},
        "clock": {"readings": said["clock"]},
    }


def count(surroundings, build, case, parts):
    """Per lookup."""
    said, profile, log = run_counted(surroundings, build, case)
    lookups = said["lookups"]
    counted = {group: per_lookup(figures, lookups) for group, figures in
               figures_of(said, profile, log, parts).items()}
    return {
        "lookups": lookups,
        "total": sum(counted["parts"].values()),
        "own": sum(counted["parts"].get(part, 0) for part in OWN),
        **counted,
    }


def environment():
    package = "dpkg-query", "-W", "-f=${Version}"
    libraries = ("libsqlite3-dev", "libuv1-dev", "libc6")
    try:
        versions = {name: output_of(*package, name) for name in libraries}
    except (OSError, subprocess.CalledProcessError):
        versions = {}
    return {
        "compiler": output_of("gcc", "--version").splitlines()[0],
        "valgrind": output_of("valgrind", "--version").strip(),
        "machine": platform.machine(),
        **versions,
    }


def name_of(case):
    return f"{case[0]} {case[1]}"


def count_all(build, cases=None):
    parts = Parts()
    counted = {}
    with tempfile.TemporaryDirectory() as folder:
        database(build, folder)
        for case in cases or CASES:
            counted[name_of(case)] = count(Surroundings(folder), build, case,
                                           parts)
    return {"environment": environment(), "users": USERS, "cases": counted}
