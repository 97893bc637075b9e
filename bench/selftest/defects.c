/* SPDX-License-Identifier: Apache-2.0 */
#include "selftest/defect.h"

#include <signal.h>

/* Behind the title's line: the database is line 2, the pool 3, the load 4. */
#define DATABASE "database: {users: 3, temporary: removed}\n"
#define POOL "pool: {min: 1, max: 1}\n"
#define ONE "load: {in_flight: 1, lookups: 1}\n"
#define FOUR_CYCLES DATABASE POOL ONE "cycles: 4\n"
#define STALLS FOUR_CYCLES "limits: {stall: 1s}\n"
#define LINE_DATABASE 2
#define LINE_POOL 3

/* What a pool, a connection or a request that is left has, that is left with
 * it. */
#define BIT(kind) (1u << (kind))
#define OWNED                                                                  \
    (BIT(RESULT_CONNECTION) | BIT(RESULT_FD) | BIT(RESULT_LOCK) |              \
     BIT(RESULT_MAP) | BIT(RESULT_SHM) | BIT(RESULT_STATEMENT) |               \
     BIT(RESULT_REQUEST) | BIT(RESULT_HANDLE) | BIT(RESULT_HEAP))

/* A thread that waits for good has its stack, the block of SQLite's that is
 * never given back is of whom it is. */
#define LEFT(what, words, owns)                                                \
    .name = #what, .plant = #what, .title = (words), .detector = "ledger",     \
    .text = FOUR_CYCLES, .sign = DEFECT_LEFT, .cycle = 3, .also = (owns),      \
    .repeats = 100

#define ENDED(ends, by, says)                                                  \
    .sign = DEFECT_ENDED, .cycle = 3, .state = (ends), .signal = (by),         \
    .words = (says)

const struct defect defects[] = {
    {LEFT(pool, "a pool never closed", OWNED), .kind = RESULT_POOL},
    {LEFT(thread, "a thread that goes on", BIT(RESULT_MAP)),
     .kind = RESULT_THREAD},
    {LEFT(fd, "a descriptor left open", 0), .kind = RESULT_FD},
    {LEFT(socket, "a socket left open", 0), .kind = RESULT_SOCKET},
    {LEFT(heap, "a byte of the heap", 0), .kind = RESULT_HEAP},
    {LEFT(map, "a mapping left", 0), .kind = RESULT_MAP},
    {LEFT(connection, "a connection left open", OWNED),
     .kind = RESULT_CONNECTION},
    {LEFT(statement, "a statement not finalized", BIT(RESULT_HEAP)),
     .kind = RESULT_STATEMENT, .no_cycle = true},
    {LEFT(transaction, "a transaction left open", OWNED),
     .kind = RESULT_TRANSACTION, .no_cycle = true},
    {LEFT(request, "a request without an end", 0), .kind = RESULT_REQUEST,
     .no_cycle = true},
    {LEFT(handle, "a handle of the loop", 0), .kind = RESULT_HANDLE,
     .no_cycle = true},
    {LEFT(file, "a file left", 0), .kind = RESULT_FILE, .line = LINE_DATABASE,
     .no_cycle = true},
    {LEFT(lock, "a lock on a file", BIT(RESULT_FD)), .kind = RESULT_LOCK},
    {LEFT(mutex, "a mutex not destroyed", 0), .kind = RESULT_LOCK},
    {LEFT(process, "a process that goes on", 0), .kind = RESULT_PROCESS},
    {LEFT(timer, "a timer not deleted", 0), .kind = RESULT_TIMER},
    {LEFT(signal, "a handler of a signal", 0), .kind = RESULT_SIGNAL},
    {LEFT(shm, "shared memory left", 0), .kind = RESULT_SHM},
    {LEFT(setting, "a setting of the process", 0), .kind = RESULT_SETTING},
    {LEFT(unjoined, "a thread finished, never joined", BIT(RESULT_MAP)),
     .kind = RESULT_THREAD},

    {.name = "byte-per-cycle",
     .title = "one byte per cycle",
     .detector = "exact plane",
     .plant = "byte per cycle",
     .text = DATABASE POOL ONE "cycles: 50\n",
     .sign = DEFECT_LEFT,
     .kind = RESULT_HEAP,
     .metric = "heap",
     .first_cycle = 3,
     .repeats = 100},
    {.name = "fd-per-hundred",
     .title = "one fd per hundred cycles",
     .detector = "exact plane",
     .plant = "fd per hundred",
     .text = DATABASE POOL ONE "cycles: 302\n",
     .sign = DEFECT_LEFT,
     .kind = RESULT_FD,
     .metric = "fds",
     .first_cycle = 100,
     .repeats = 30},
    {.name = "statement-per-thousand",
     .title = "one statement per thousand cycles",
     .detector = "exact plane",
     .plant = "statement per thousand",
     .text = DATABASE POOL ONE "cycles: 2002\n",
     .sign = DEFECT_LEFT,
     .kind = RESULT_STATEMENT,
     .also = BIT(RESULT_HEAP),
     .metric = "statement",
     .first_cycle = 1000,
     .repeats = 20},

    {.name = "early-close",
     .title = "a close that returns before its threads",
     .detector = "ledger",
     .plant = "early close",
     .text = FOUR_CYCLES,
     .sign = DEFECT_LEFT,
     .cycle = 4,
     .kind = RESULT_THREAD,
     .also = OWNED | BIT(RESULT_POOL) | BIT(RESULT_FILE),
     .line = LINE_POOL,
     .repeats = 100},
    {.name = "answered-twice",
     .title = "a callback twice",
     .detector = "load",
     .plant = "answered twice",
     .text = FOUR_CYCLES,
     .repeats = 100,
     ENDED(RESULT_CRASHED, 0, ".yaml:4 (load) was answered twice")},
    {.name = "answered-never",
     .title = "a callback never",
     .detector = "load",
     .plant = "answered never",
     .text = FOUR_CYCLES,
     .repeats = 100,
     ENDED(RESULT_HUNG, 0, "before the last answer")},
    {.name = "answered-after-close",
     .title = "a callback after the close",
     .detector = "load",
     .plant = "answered after close",
     .text = FOUR_CYCLES,
     .repeats = 100,
     ENDED(RESULT_CRASHED, 0,
           ".yaml:4 (load) was answered after the subject had said that it was "
           "closed")},
    {.name = "answered-wrongly",
     .title = "a wrong answer",
     .detector = "answers",
     .plant = "answered wrongly",
     .text = DATABASE POOL "load:\n"
                           "  - {phase: first, in_flight: 1, lookups: 3}\n"
                           "  - {phase: second, in_flight: 1, lookups: 3}\n"
                           "cycles: 4\n",
     .sign = DEFECT_WRONG,
     .cycle = 3,
     .repeats = 100},
    {.name = "slow-counted",
     .title = "a slowed lookup, by instructions",
     .detector = "callgrind",
     .plant = "slow, counted",
     .text = "database: {users: 3}\n"
             "pool: {subject: null}\n"
             "load: {in_flight: 1, lookups: 2M}\n",
     .sign = DEFECT_COUNTED,
     .repeats = 5},
    {.name = "slow-timed",
     .title = "a slowed lookup, by the clock",
     .detector = "clock",
     .plant = "slow, timed",
     .text = "database: {users: 3}\n"
             "pool: {min: 1, max: 1}\n"
             "load: {in_flight: 1, lookups: 1k}\n",
     .sign = DEFECT_TIMED,
     .repeats = 10},
    {.name = "hang",
     .title = "a hang",
     .detector = "supervisor",
     .plant = "hang",
     .text = STALLS,
     .repeats = 20,
     ENDED(RESULT_HUNG, 0, "no sign of life for limits.stall")},
    {.name = "crash",
     .title = "a crash",
     .detector = "supervisor",
     .plant = "crash",
     .text = FOUR_CYCLES,
     .repeats = 100,
     ENDED(RESULT_CRASHED, SIGSEGV, "ended by signal 11")},
};

const size_t defects_count = sizeof defects / sizeof defects[0];

/* The last one makes one of everything on a thread of the pool, and gives it
 * back. */
const struct clean cleans[] = {
    {"dbpool", NULL, FOUR_CYCLES},
    {"dbpool, 3 to 5 threads, many rows", NULL,
     "database: {users: 1k, temporary: removed}\n"
     "load: {in_flight: 10, lookups: 100}\ncycles: 4\n"},
    {"dbpool, closed twice", NULL,
     DATABASE "pool: {min: 1, max: 2, shutdown: twice}\n"
              "load: {in_flight: 4, lookups: 20}\ncycles: 4\n"},
    {"direct", NULL,
     DATABASE "pool: {subject: direct, max: 2}\n"
              "load: {in_flight: 2, lookups: 200}\ncycles: 4\n"},
    {"uvwork", NULL,
     DATABASE "pool: {subject: uvwork, max: 2}\n"
              "load: {in_flight: 4, lookups: 20}\ncycles: 4\n"},
    {"null", NULL,
     DATABASE "pool: {subject: null}\n"
              "load: {in_flight: 4, lookups: 20}\ncycles: 4\n"},
    {"dbpool, with room for a defect", "nothing", FOUR_CYCLES},
    {"one of each kind, given back", "visit", FOUR_CYCLES},
};

const size_t cleans_count = sizeof cleans / sizeof cleans[0];
