# SPDX-License-Identifier: Apache-2.0
"""Finds every call in lib/ that gives something back, and writes a copy of the
sources in which each of them can be skipped, by its number, when a program
runs. Of ci/mutate-the-pool.

What counts as such a call is RELEASES. A call of a function whose name says
that it releases something (VERBS) and that is in neither RELEASES nor
NO_RELEASES is refused: somebody has to say which it is.
"""

import os
import re

# What a name says: one of its words.
VERBS = {
    "abandon", "back", "cleanup", "close", "commit", "delete", "destroy",
    "detach", "disconnect", "discard", "dispose", "drop", "end", "fclose",
    "fini", "finalize", "finish", "forget", "free", "join", "munmap", "pclose",
    "release", "remove", "reset", "rmdir", "rollback", "shutdown", "undo",
    "unlink", "unregister",
}


class Release:
    """What a call gives back.

    kinds: of leftovers; the first has to be named when the call is skipped,
        others may be.
    value: what stands for the call's value when it is skipped.
    only: of the calls, those whose arguments match.
    promise: skipped, it leaves nothing but breaks what a test promises (a
        transaction that is not committed), so that the test is what names it.
    """

    def __init__(self, *kinds, value="(void)0", only=None, promise=False):
        self.kinds = kinds
        self.value = value
        self.only = re.compile(only) if only else None
        self.promise = promise


HEAP = Release("heap")
LOCK = Release("lock")
STATUS = "status"

# A list, where what is given back depends on the arguments.
RELEASES = {
    # The C library's.
    "free": HEAP,
    "close": Release("fd", value="0"),
    "closedir": Release("fd", value="0"),
    "fclose": Release("fd", value="0"),
    "munmap": Release("map", value="0"),
    "pthread_cond_destroy": Release("lock", value="0"),
    "pthread_detach": Release("thread", value="0"),
    "pthread_join": Release("thread", value="0"),
    "pthread_mutex_destroy": Release("lock", value="0"),
    "remove": Release("file", value="0"),
    "rmdir": Release("file", value="0"),
    "unlink": Release("file", value="0"),
    # libuv's.
    "uv_close": Release("handle", "pool"),
    "uv_cond_destroy": LOCK,
    "uv_mutex_destroy": LOCK,
    "uv_rwlock_destroy": LOCK,
    "uv_sem_destroy": LOCK,
    "uv_thread_join": Release("thread", value="0"),
    # SQLite's.
    "sqlite3_backup_finish": Release("connection", value="0"),
    "sqlite3_blob_close": Release("statement", value="0"),
    "sqlite3_clear_bindings": Release("heap", value="0"),
    "sqlite3_close": Release("connection", "fd", value="0"),
    "sqlite3_finalize": Release("statement", value="0"),
    "sqlite3_free": HEAP,
    "sqlite3_reset": Release("transaction", value="0", promise=True),
    "sqlite3_step": Release("transaction", value="0", promise=True,
                            only=r"ROLLBACK"),
    # dbpool's own: what is made of these.
    "commit": Release("transaction", value="0", promise=True),
    "commit_or_roll_back": Release("transaction", value=STATUS, promise=True),
    "control": Release("transaction", value="0", promise=True,
                       only=r"CONTROL_(COMMIT|ROLLBACK)"),
    "dbpool_close": Release("pool", "thread"),
    "dbpool_close_with": Release("pool", "thread", value="DBPOOL_ENOMEM"),
    "dbpool_result_fini": HEAP,
    "dbpool__census_forget": Release("thread", "connection", value="0",
                                     promise=True),
    "dbpool__census_remove": [
        Release("thread", only=r"worker->entry"),
        Release("pool", only=r"pool->entry"),
        Release("connection", only=r"connection->entry"),
        Release("statement", only=r"statement->entry"),
        Release("transaction", only=r"transaction_entry"),
        Release("handle", only=r"^entry$"),
    ],
    "dbpool__census_remove_last": Release("statement"),
    "dbpool__deadlines_remove": Release("request", promise=True),
    "dbpool__due_remove": Release("request", promise=True),
    "dbpool__memory_close": Release("connection", "heap"),
    "dbpool__pool_abandon": Release("heap", promise=True),
    "dbpool__queue_remove": Release("request", promise=True),
    "dbpool__session_close": Release("connection", "fd", promise=True),
    "dbpool__session_end_entry": Release("transaction"),
    "dbpool__session_roll_back": Release("transaction", promise=True),
    "dbpool__sqlite_close": Release("connection", "fd", value="0"),
    "dbpool__statements_fini": Release("statement", "heap"),
    "dbpool__transaction_end": Release("transaction", value=STATUS,
                                       promise=True),
    "dbpool__worker_join": Release("thread"),
    "discard": Release("statement"),
    "disconnect": Release("connection", "fd", promise=True),
    "end_shared_read": Release("transaction", promise=True),
    "end_statements": Release("statement", value="NULL", promise=True),
    "fini_conds": LOCK,
    "fini_locks": LOCK,
    "finish": Release("pool", "heap", "lock"),
    "free_memory": HEAP,
    "give_up": Release("connection", "fd", promise=True),
    "go_back": Release("transaction", value=STATUS, promise=True),
    "join": Release("thread", value="false", promise=True),
    "join_threads": Release("thread", "handle", "pool"),
    "list_remove": Release("statement", promise=True),
    "refuse_open_transaction": Release("transaction", value=STATUS,
                                       promise=True),
    "refuse_running_statement": Release("statement", value=STATUS,
                                        promise=True),
    "release": Release("transaction", value="0", promise=True),
    "rollback": Release("transaction", value="0", promise=True),
    "step": Release("transaction", value="0", promise=True,
                    only=r"SAVEPOINT_(RELEASE|ROLL_BACK)"),
    "undo": Release("transaction", promise=True),
}

# Names that say more than they do.
NO_RELEASES = {
    "dbpool__busy_end": "a wait for a lock is over: a note",
    "dbpool__close_harden": "asks requests to stop",
    "dbpool__close_tell": "calls back",
    "dbpool__guard_end": "no request is under way: a note",
    "dbpool__slow_end": "no function is under way: a note",
    "dbpool__spin_end": "counts how long was waited",
    "dbpool__turn_finish": "hands answers over",
    "end": "a wait for a lock is over: a note",
    "end_sample": "ends a line of text",
    "forget_interrupt": "clears a flag of SQLite's",
    "hand_back": "hands answers over",
    "is_free": "asks",
    "on_close": "the user's hook",
    "on_disconnect": "the user's hook",
    "va_end": "the compiler's",
}

KEYWORDS = {"if", "while", "for", "switch", "return", "sizeof"}
NAME = re.compile(r"[A-Za-z_]\w*")
TOKEN = re.compile(r"[A-Za-z_]\w*|->|\.|\)|\]")


class Problem(Exception):
    pass


class Call:
    """One that can be skipped: from start to end in the text of the file."""

    def __init__(self, file, line, function, name, text, release, span):
        self.file = file
        self.line = line
        self.function = function
        self.name = name
        self.text = text
        self.release = release
        self.span = span
        self.nth = 1  # of those that read the same in this function
        self.number = 0

    def key(self):
        """The same for as long as the call is the same, wherever it stands."""
        return (self.file, self.function, self.text, self.nth)

    def place(self):
        return f"{self.file}:{self.line}"


# ---- Reading C --------------------------------------------------------------


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def without_comments(text):
    """And without texts, everything in its place."""
    return re.sub(
        r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])+'",
        blank, text, flags=re.S)


def blanked(text):
    """Without directives, too."""
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", blank,
                  without_comments(text), flags=re.M | re.S)


def bodies(text):
    """(name, start, end) of each function's body in blanked text."""
    depth = 0
    name = None
    begun = 0
    for match in re.finditer(r"[{}]", text):
        if match.group(0) == "{":
            if depth == 0:
                begun = match.start()
                name = function_before(text, begun)
            depth += 1
        else:
            depth -= 1
            if depth == 0 and name is not None:
                yield name, begun, match.start()


def function_before(text, brace):
    """Whose body begins there; None: no function's."""
    before = text[:brace].rstrip()
    if not before.endswith(")"):
        return None
    opening = matching_back(text, len(before) - 1)
    names = NAME.findall(text[:opening].rstrip().rsplit("\n", 1)[-1])
    return names[-1] if names else None


def matching(text, opening):
    """Behind the parenthesis that closes the one at @opening."""
    depth = 0
    for at in range(opening, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            return at + 1
    raise Problem("a parenthesis is not closed")


def matching_back(text, closing):
    depth = 0
    for at in range(closing, -1, -1):
        depth += (text[at] == ")") - (text[at] == "(")
        if depth == 0:
            return at
    raise Problem("a parenthesis is not opened")


def start_of(text, at):
    """Where the expression begins that ends with the name at @at:
    "driver(session)->close" with its driver."""
    while True:
        before = text[:at].rstrip()
        if before.endswith("->"):
            before = before[:-2].rstrip()
        elif before.endswith("."):
            before = before[:-1].rstrip()
        else:
            return at
        if before.endswith(")"):
            at = matching_back(text, len(before) - 1)
            before = text[:at].rstrip()
        at = re.search(r"\w*$", before).start()


# ---- Calls ------------------------------------------------------------------


def release_of(name, arguments):
    """None: this call releases nothing."""
    found = RELEASES.get(name)
    for release in found if isinstance(found, list) else [found]:
        if release is not None and (release.only is None or
                                    release.only.search(arguments)):
            return release
    return None


def says_release(name):
    return not VERBS.isdisjoint(name.split("_"))


def calls_in(file, text):
    """Its releases, and the places of calls that nobody has said of what they
    are."""
    plain = blanked(text)
    calls, unknown = [], []
    for function, begun, ended in bodies(plain):
        for match in re.finditer(r"([A-Za-z_]\w*)\s*\(", plain[begun:ended]):
            name = match.group(1)
            at = begun + match.start()
            opening = begun + match.end() - 1
            end = matching(plain, opening)
            arguments = " ".join(text[opening + 1:end - 1].split())
            arguments = re.sub(r"^&", "", arguments)
            line = line_of(text, at)
            release = release_of(name, arguments)
            if release is not None:
                start = start_of(plain, at)
                words = " ".join(text[start:end].split())
                calls.append(Call(file, line, function, name, words, release,
                                  (start, end)))
            elif (says_release(name) and name not in NO_RELEASES and
                  (name not in RELEASES or
                   isinstance(RELEASES[name], list))):
                unknown.append((f"{file}:{line}", name))
    return calls, unknown


def hidden_in(text, own):
    """(line, name, how) of releases that are no calls in a function, where none
    of them could be skipped: handed over as a pointer, or in a macro. What lib/
    has itself (@own) is looked into, wherever it is called from."""
    plain = blanked(text)
    for match in NAME.finditer(plain):
        name = match.group(0)
        before = plain[:match.start()].rstrip()
        if (name in RELEASES and name not in own and
                not plain[match.end():].lstrip().startswith("(") and
                not before.endswith((".", "->"))):
            yield line_of(text, match.start()), name, "is handed over"
    for define in re.finditer(r"^[ \t]*#\s*define(?:[^\n\\]|\\.|\\\n)*",
                              without_comments(text), flags=re.M | re.S):
        for match in re.finditer(r"(\w+)\s*\(", define.group(0)):
            name = match.group(1)
            if name in RELEASES or (says_release(name) and
                                    name not in NO_RELEASES):
                yield line_of(text, define.start()), name, "is in a macro"


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def sources(root):
    for name in sorted(os.listdir(os.path.join(root, "lib"))):
        if name.endswith((".c", ".h")):
            yield f"lib/{name}"


def read(root, file):
    with open(os.path.join(root, file), encoding="utf-8") as source:
        return source.read()


def find(root):
    """All of them, numbered from 1; Problem: a name that nobody knows, or a
    release that cannot be skipped."""
    calls, unknown = [], []
    texts = {file: read(root, file) for file in sources(root)}
    own = {name for text in texts.values() for name, _, _ in
           bodies(blanked(text))}
    for file, text in texts.items():
        found, not_known = calls_in(file, text)
        calls += found
        unknown += not_known
        for line, name, how in hidden_in(text, own):
            raise Problem(f"{file}:{line}: {name}() {how}, where it cannot be "
                          f"skipped: call it from a function of its own")
    if unknown:
        raise Problem("\n".join(
            f"{place}: {name}() says that it releases something: write it into "
            f"RELEASES or NO_RELEASES of ci/releases.py"
            for place, name in unknown))
    seen = {}
    for number, call in enumerate(calls, 1):
        call.number = number
        key = (call.file, call.function, call.text)
        seen[key] = call.nth = seen.get(key, 0) + 1
    return calls


# ---- The copy ---------------------------------------------------------------

SWITCH_H = """\
#ifndef DBPOOL_MUTATION_H
#define DBPOOL_MUTATION_H
#include <stdbool.h>
#include <stddef.h>
bool dbpool__skips(unsigned release);
#endif
"""

# DBPOOL_MUTATION=NUMBER:FILE. In FILE are as many counters as there are calls,
# from 0 on: how often each was come to. Opened in a way that the ledger does
# not watch.
SWITCH_C = """\
#include "mutation.h"
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
static unsigned skipped;
static _Atomic uint32_t *counters;
__attribute__((constructor)) static void begin(void) {
    const char *order = getenv("DBPOOL_MUTATION");
    const char *path = order == NULL ? NULL : strchr(order, ':');
    if (path == NULL) {
        return;
    }
    skipped = (unsigned)strtoul(order, NULL, 10);
    int fd = openat(AT_FDCWD, path + 1, O_RDWR | O_CLOEXEC);
    void *map = mmap(NULL, %d, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (map != MAP_FAILED) {
        counters = map;
    }
}
bool dbpool__skips(unsigned release) {
    if (counters != NULL) {
        (void)atomic_fetch_add_explicit(&counters[release], 1,
                                        memory_order_relaxed);
    }
    return release == skipped;
}
"""


def counters_size(calls):
    return 4 * (len(calls) + 1)


def switched(file, text, calls):
    """The source with a switch at each of its @calls, and every line where it
    was."""
    inserts = []
    for call in calls:
        start, end = call.span
        # At one place the outer call begins first and ends last.
        inserts.append((start, 0, -end,
                        f"(dbpool__skips({call.number}) ? "
                        f"{call.release.value} : "))
        inserts.append((end, -1, -start, ")"))
    parts, at = [], 0
    for place, _, _, words in sorted(inserts):
        parts += [text[at:place], words]
        at = place
    parts.append(text[at:])
    return f'#include "mutation.h"\n#line 1 "{file}"\n' + "".join(parts)


def written(root, calls):
    """{file: text} of what differs from the tree."""
    by_file = {}
    for call in calls:
        by_file.setdefault(call.file, []).append(call)
    texts = {file: switched(file, read(root, file), of_file)
             for file, of_file in by_file.items()}
    texts["lib/mutation.h"] = SWITCH_H
    texts["lib/mutation.c"] = SWITCH_C % counters_size(calls)
    return texts
