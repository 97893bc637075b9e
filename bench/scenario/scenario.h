/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_SCENARIO_H
#define PLUNGE_SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/result.h"
#include "scenario/rate.h"

struct arena;
struct problems;
struct expectation;
struct node;

/* A scenario file, read strictly: what is in these structures is complete and
 * within its limits, or there is no scenario but a list of problems.
 *
 * Invariant: cells_count >= 1; cells are in sweep order (the last swept key
 *            varies fastest), implied reference cells last.
 * Owner:     all memory is the arena's that was given to scenario_read(). */

enum scenario_subject {
    SCENARIO_DBPOOL,
    SCENARIO_DIRECT,
    SCENARIO_UVWORK,
    SCENARIO_NULL,
    SCENARIO_COMMAND, /* a program of the user's */
};

enum scenario_shutdown {
    SCENARIO_CLEAN,
    SCENARIO_MISSING,
    SCENARIO_UNCALLED,
    SCENARIO_TWICE,
    SCENARIO_ABORT,
    SCENARIO_IN_FLIGHT,
    SCENARIO_FROM_CALLBACK,
};

enum scenario_temporary {
    SCENARIO_REMOVED,
    SCENARIO_KEPT,
};

enum scenario_journal {
    SCENARIO_WAL,
    SCENARIO_DELETE,
};

struct scenario_database {
    uint64_t users;
    uint64_t seed;
    uint64_t page_size;
    enum scenario_journal journal;
    bool without_rowid;
    uint64_t bio_median; /* bytes; 0: no bios */
    double bio_sigma;
    const char *file;  /* of the user's, only read; NULL: generated */
    const char *query; /* with one parameter, the key; of a file */
    const char *keys;  /* a query for all of them; of a file, or NULL */
    enum scenario_temporary temporary;
    bool temporary_given; /* the file says so: the cell gets its own copy */
    unsigned line;
};

/* {command: [./mine, --flag]} */
struct scenario_command {
    const char **arguments; /* the program first; end in NULL */
    size_t arguments_count;
    unsigned line;
};

/* Without a `min` it is 3, or `max` where that is less; a `min` that is given
 * and above `max` is refused. */
struct scenario_pool {
    enum scenario_subject subject;
    unsigned min;
    unsigned max;
    enum scenario_shutdown shutdown;
    unsigned batch;                  /* direct only */
    struct scenario_command command; /* SCENARIO_COMMAND only */
    unsigned line; /* of the mapping, or of the file's first key without it */
};

enum scenario_keys_kind {
    SCENARIO_KEYS_UNIFORM,
    SCENARIO_KEYS_LATEST,
    SCENARIO_KEYS_SEQUENTIAL,
    SCENARIO_KEYS_ZIPF,
    SCENARIO_KEYS_HOT,
    SCENARIO_KEYS_LIST, /* in order, from the start again after the last */
};

/* Shares are in millionths. */
struct scenario_keys {
    enum scenario_keys_kind kind;
    double exponent;      /* of zipf */
    uint64_t hot_users;   /* share of the users that is hot, */
    uint64_t hot_lookups; /* and of the lookups that it gets */
    const char **logins;  /* of a list */
    size_t logins_count;
};

/* In the order of the schema's keys. */
enum scenario_operation {
    SCENARIO_LOOKUP,
    SCENARIO_RENAME,
    SCENARIO_SIGN_UP,
    SCENARIO_SIGN_OFF,
    SCENARIO_TRANSFER,
    SCENARIO_SCAN,
    SCENARIO_OPERATIONS_COUNT,
};

/* How many of each there are in as many requests as all add up to: of lookups
 * alone, where nothing is given. */
struct scenario_operations {
    uint64_t weights[SCENARIO_OPERATIONS_COUNT];
};

/* Exactly one of for_ns and lookups is not 0. */
struct scenario_phase {
    const char *name;
    uint64_t in_flight; /* of an open loop: no more than that */
    struct scenario_rate rate;
    enum scenario_arrival arrival; /* of an open loop */
    struct scenario_think think;   /* of a closed loop */
    uint64_t for_ns;
    uint64_t lookups;
    struct scenario_keys keys;
    uint64_t misses; /* millionths of the lookups */
    struct scenario_operations operations;
    bool measure;
    bool from_steady; /* what comes before its steady state is not measured */
    bool show_answers;
    unsigned line;
};

/* Who keeps the process within limits.threads: its own count, or the kernel. */
enum scenario_by {
    SCENARIO_BY_BUDGET,
    SCENARIO_BY_NPROC,
    SCENARIO_BY_PIDS,
    SCENARIO_BY_SECCOMP,
};

/* 0: no such limit, but for stall_ns and time_ns, which are always set. */
struct scenario_limits {
    uint64_t threads;
    uint64_t fds;
    enum scenario_by by;   /* of threads */
    uint64_t memory_bytes; /* RSS */
    uint64_t time_ns;
    uint64_t stall_ns;
    unsigned line; /* as a pool's */
};

/* All that one cell's process needs to know. */
struct scenario_settings {
    struct scenario_database database;
    struct scenario_pool pool;
    struct scenario_phase *phases;
    size_t phases_count;
    uint64_t cycles;
    struct scenario_limits limits;
    bool stages; /* where the time of lookups goes is measured, too */
};

struct scenario_cell {
    struct scenario_settings settings;
    struct result_parameter *parameters; /* swept keys only */
    size_t parameters_count;
    const char *label; /* "pool.max=8 load.in_flight=1k", or "" */
    bool reference;    /* implied by an expectation such as >= 0.8 * direct */
};

/* The largest value of a key that holds an expectation: find.h. */
struct scenario_find {
    const char *path;
    int kind;      /* an enum schema_kind: what the value is */
    uint64_t from; /* in base units, 0 < from <= to */
    uint64_t to;
    const char *holds; /* the text of one of the expectations */
    unsigned line;
};

struct scenario {
    const char *path;
    const char *name; /* rush, of scenarios/rush.yaml */
    const char *text;
    const char *sha256; /* of text alone: each included file has its own */
    struct result_include *includes; /* in the order in which they were read */
    size_t includes_count;
    const char *title;
    const struct node *tree;    /* included, replaced, overridden: resolved.h */
    struct scenario_find *find; /* NULL: nothing is to be found */
    struct scenario_cell *cells;
    size_t cells_count;
    unsigned blocks;
    struct expectation *expectations; /* written and implied, in order */
    size_t expectations_count;
};

/* -s pool.max=8, --blocks 5. */
struct scenario_override {
    const char *path;
    const char *value;
};

enum scenario_read_status {
    SCENARIO_OK = 0,
    SCENARIO_WRONG,      /* the text is: see the problems; exit status 2 */
    SCENARIO_UNREADABLE, /* the file is: error_number_out; exit status 3 */
};

struct scenario_source {
    const char *path;
    const char *text; /* NULL: read the file at path, and those it includes */
    const struct result_include *includes; /* with a text: as they were read */
    size_t includes_count;
    const struct scenario_override *overrides;
    size_t overrides_count;
};

/* Reads, checks and expands. All problems are found in one go.
 *
 * @problems is initialised here, and has problems only with SCENARIO_WRONG.
 * @overrides are applied in their order, after the file and in place of what
 * it sweeps: any key by its path; `load.key` is that of all phases, and
 * `load.NAME.key` that of one, `let.NAME` a variable. A value that begins with
 * [ or { is YAML. */
enum scenario_read_status scenario_read(const struct scenario_source *source,
                                        struct arena *arena,
                                        struct scenario **scenario_out,
                                        struct problems *problems,
                                        int *error_number_out);

const char *scenario_subject_name(enum scenario_subject subject);
const char *scenario_shutdown_name(enum scenario_shutdown shutdown);

const char *scenario_by_name(enum scenario_by by);

/* Whether a shutdown leaves nothing behind when all is well. */
bool scenario_shutdown_is_clean(enum scenario_shutdown shutdown);

/* Whether the cell leaves nothing behind when all is well: a reference subject
 * is closed cleanly whatever `shutdown` says. */
bool scenario_leaves_nothing(const struct scenario_settings *settings);

/* Whether the phase asks for anything but lookups, and whether any phase
 * writes. */
bool scenario_phase_is_mixed(const struct scenario_phase *phase);
bool scenario_writes(const struct scenario_settings *settings);

/* Whether the cell works on a copy of the database that is its own: where the
 * file says `temporary`, the shutdown leaves something behind, it writes, or a
 * program of the user's gets it. */
bool scenario_wants_private_copy(const struct scenario_settings *settings);

/* The time that the load is planned to take, and no more; 0 where it is given
 * by lookups alone. */
uint64_t scenario_planned_ns(const struct scenario_settings *settings);

/* Whether lookups are due at times of their own: an open loop, or one that
 * thinks. */
bool scenario_phase_is_timed(const struct scenario_phase *phase);

/* Whether how many lookups are in flight at once is up to the subject. */
bool scenario_has_open_loop(const struct scenario_settings *settings);

/* The most requests that the load can have unanswered at once. */
uint64_t scenario_in_flight_peak(const struct scenario_settings *settings);

#endif
