/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_RESULT_H
#define PLUNGE_BASE_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was measured, as plain data: the C side of the schema plunge/1. Every
 * floor that measures fills a part in, every floor that judges or reports
 * reads it. All that it points to lives in one arena (arena.h).
 *
 * What was not measured is RESULT_UNKNOWN, NAN or NULL, and null in JSON. */
#define RESULT_UNKNOWN UINT64_MAX

struct arena;

enum result_verdict {
    RESULT_PASS,
    RESULT_FAIL,
    RESULT_UNDECIDED,
    RESULT_ERROR,
    RESULT_PARTIAL,
};

enum result_state {
    RESULT_COMPLETED,
    RESULT_CRASHED,
    RESULT_HUNG,
    RESULT_INTERRUPTED,
    RESULT_OVER_LIMIT,
};

enum result_held {
    RESULT_HELD_NO,
    RESULT_HELD_YES,
    RESULT_HELD_UNDECIDED, /* null in JSON */
};

/* Kinds of leftovers, in the order in which reports list them. */
enum result_kind {
    RESULT_POOL,
    RESULT_THREAD,
    RESULT_FD,
    RESULT_SOCKET,
    RESULT_HEAP,
    RESULT_MAP,
    RESULT_CONNECTION,
    RESULT_STATEMENT,
    RESULT_TRANSACTION,
    RESULT_REQUEST,
    RESULT_HANDLE,
    RESULT_FILE,
    RESULT_LOCK,
    RESULT_PROCESS,
    RESULT_TIMER,
    RESULT_SIGNAL,
    RESULT_SHM,
    RESULT_SETTING,
    RESULT_KINDS_COUNT,
};

/* A swept key and its value in this cell: a number in base units (ns, bytes,
 * count), or a word. */
struct result_parameter {
    const char *path; /* "pool.max" */
    const char *word; /* NULL: a number */
    double number;
    const char *text; /* as the scenario writes it: "10k" */
};

/* Nanoseconds. count == 0: no samples, all null. */
struct result_latency {
    uint64_t count;
    uint64_t min;
    double mean;
    uint64_t p50;
    uint64_t p90;
    uint64_t p99;
    uint64_t p99_9;
    uint64_t p99_99;
    uint64_t max;
};

/* Where a lookup's time goes, in this order. */
enum result_stage {
    RESULT_LAG,      /* from when it was meant to start to its submission */
    RESULT_QUEUE,    /* until a thread takes it */
    RESULT_PICKUP,   /* until that thread begins its statement */
    RESULT_DATABASE, /* until the statement has ended */
    RESULT_HANDBACK, /* until the loop has the answer */
    RESULT_CALLBACK, /* until its callback is called */
    RESULT_STAGES_COUNT,
};

struct result_stages {
    struct result_latency of[RESULT_STAGES_COUNT];
};

/* What the slowest lookups spent their time on: means over all that took
 * about from_ns or longer. */
struct result_tail {
    bool given; /* else there are too few */
    uint64_t count;
    double percentile; /* 99.9, or 99 where there are fewer */
    uint64_t from_ns;  /* that of latency */
    double mean_ns[RESULT_STAGES_COUNT];
};

/* What a phase did and held in one interval of its own clock, which stands
 * still while the phase does not run. What is held is the most that was seen in
 * it, at some looks a second; percentiles are known to 1.6 %. */
struct result_series_point {
    double t_s; /* where it begins */
    double duration_s;
    uint64_t completed;
    uint64_t p50_ns; /* of the phase's own requests, answered in it */
    uint64_t p99_ns;
    uint64_t max_ns;
    uint64_t rss_bytes;
    uint64_t threads;
    uint64_t fds;
    double in_flight; /* unanswered, the mean of the looks */
    double cpu_s;     /* of all threads of the process */
    uint64_t context_switches;
    const char *spread; /* of the latencies: see measure/spread.h, or NULL */
};

/* Where a phase is measured from its steady state on. */
struct result_steady {
    bool wanted;
    bool found;      /* else it never was, and nothing is measured */
    double from_s;   /* of its clock; what came before is not measured */
    const char *why; /* in one sentence */
};

/* Of the completed, how many of each kind. */
struct result_operations {
    uint64_t lookup;
    uint64_t rename;
    uint64_t sign_up;
    uint64_t sign_off;
    uint64_t transfer;
    uint64_t scan;
};

struct result_phase {
    const char *name;
    bool measured;
    double duration_s;
    /* submitted = completed + failed + rejected + cancelled. */
    uint64_t submitted;
    uint64_t completed;
    uint64_t failed;
    uint64_t rejected;
    uint64_t cancelled;
    uint64_t wrong; /* of the completed: the answer was not the right one */
    bool mixed;     /* not all are lookups */
    struct result_operations operations;
    uint64_t completed_in_window;
    uint64_t in_flight_peak;
    double in_flight_mean;  /* NAN: looked at too seldom */
    double in_flight_error; /* of that: its standard error */
    double throughput_per_s;
    struct result_latency latency;  /* from the intended start */
    struct result_latency service;  /* from the actual start */
    struct result_latency lateness; /* of the generator, where lookups are due
                                       at times of their own */
    bool staged;                    /* else where the time went is unknown */
    struct result_stages stages;
    struct result_tail tail;
    const char *histogram; /* of latency: HISTFAAA..., or NULL */
    const char *service_histogram;
    struct result_steady steady;
    struct result_series_point *series; /* the oldest first */
    size_t series_count;
};

/* What was said before the first cycle, and is then to happen. */
struct result_prediction {
    const char *resource;  /* "threads", "fds" */
    const char *mechanism; /* "budget", "nproc", ... */
    uint64_t limit;
    uint64_t base;     /* held before the first cycle */
    uint64_t shared;   /* comes with the first pool, and once */
    uint64_t per_pool; /* comes with each */
    uint64_t pool;     /* that cannot get all it wants, from 1 */
    uint64_t number;   /* of its own, from 1, what it cannot get */
    const char *statement;
};

/* After the exhaustion, under the same limit: half of the pools are closed, a
 * new one is opened and asked, and all are closed. */
struct result_recovery {
    bool tried;
    bool ok;
    uint64_t pools;           /* left open, the one that failed too */
    uint64_t closed;          /* of these, before the new one was opened */
    enum result_held went_on; /* the new one answered; undecided: not asked */
    uint64_t left_behind;     /* after all were closed */
    const char *why;          /* in one sentence */
};

struct result_exhaustion {
    bool happened;
    const char *resource;  /* "threads" */
    const char *mechanism; /* "budget", "budget (simulated)" */
    uint64_t at_cycle;     /* counted from 1 */
    uint64_t number;       /* as in result_prediction; 0: unknown */
    const char *error;     /* as a user would see it */
    int error_number;      /* errno */
};

struct result_usage {
    uint64_t threads;
    uint64_t fds;
    uint64_t rss_bytes;
    uint64_t heap_bytes;
};

/* What was held after a cycle, however it ended. */
struct result_step {
    uint64_t cycle; /* from 1 */
    struct result_usage held;
};

struct result_cycles {
    uint64_t planned;
    uint64_t completed;
    uint64_t predicted_cycle; /* 0: no exhaustion is predicted */
    bool is_predicted;
    struct result_prediction predicted;
    struct result_exhaustion exhausted;
    struct result_recovery recovery;
    struct result_step *steps; /* of many cycles some, in rising order */
    size_t steps_count;
};

/* One entry an identity; past RESULT_LEFTOVERS_MAX one a kind. */
#define RESULT_LEFTOVERS_MAX 1000

struct result_leftover {
    enum result_kind kind;
    const char *identity; /* "plunge-db/2 (thread 4711)" */
    const char *site;     /* "opened at a.c:31 (main)", NULL: unknown */
    uint64_t count;
    uint64_t bytes; /* RESULT_UNKNOWN where it has none */
    uint64_t cycle; /* in which it was made, from 1; 0: unknown */
    double late_ms; /* gone, but so much later than promised; 0: still there */
    const char *stack; /* a line a frame, innermost first; NULL: not taken */
};

/* What is counted is compared after every cycle; RSS and PSS are estimated,
 * with an interval that holds with `confidence` however long it was looked at.
 */
struct result_slope {
    const char *metric; /* "threads", "fds", "heap", "rss", "pss"; a kind, or
                           "dbpool blocks", where those have changed */
    double per_cycle;
    double upper_bound;
    const char *verdict; /* "leak", "clean", "undecided" */
    double lower_bound;
    double limit;         /* clean is below it, a leak above it; NAN: exact */
    double confidence;    /* 0.999; 1: counted */
    uint64_t cycles;      /* that it is of */
    uint64_t first_cycle; /* whose end differed first; 0: none, or estimated */
};

struct result_resources {
    struct result_usage before; /* the ledger's baseline */
    struct result_usage after;
    struct result_usage peak;
};

/* What a tool beside plunge said of the child (valgrind, a sanitizer). */
struct result_finding {
    const char *tool;
    const char *kind;
    const char *text;
    const char *stack;
};

/* The tool that the cell's process ran under, and what that changed. */
struct result_under {
    bool given;          /* else it ran by itself, and all else is nothing */
    const char *tool;    /* "memcheck" */
    const char *version; /* of valgrind; NULL: unknown */
    bool finds;          /* errors, as findings */
    uint64_t divisor;    /* of the load; 1: it ran as it is written */
    const char *scaling; /* "load.main.in_flight 10,000 -> 500", or NULL */
    uint64_t still_reachable_bytes; /* at the end: no finding */
    uint64_t possibly_lost_bytes;   /* of pools left open: no finding */
    const char *output; /* the file that it wrote, in the result's folder */
};

/* Per lookup. */
struct result_cost {
    double instructions;
    double allocations;
    double syscalls;
    double context_switches;
};

struct result_outcome {
    enum result_state state;
    int signal;         /* 0: none */
    const char *detail; /* NULL: nothing to say */
};

struct result_database {
    uint64_t users;
    uint64_t bytes;
    double generate_s; /* 0 when it came from the cache */
    bool cached;
    const char *file; /* of the user's, then users are its keys, and answers are
                         not checked; NULL: generated */
};

struct result_pool {
    uint64_t min; /* threads; RESULT_UNKNOWN where it has none */
    uint64_t max;
    const char *shutdown; /* "clean" */
};

/* A program of the user's, seen from outside. */
struct result_program {
    bool given;          /* the cell's subject is one */
    const char *command; /* with its arguments */
    const char *read_at; /* the last reading: "closed", "quiet", or NULL */
    double duration_s;   /* from its start to that, without the quiet */
};

/* What the machine did beside the cell, while its cycles ran: shares of the
 * time of all processors (pressure: of the time); NAN: not known. */
struct result_noise {
    bool given; /* else nothing of it was measured */
    double duration_s;
    double steal;        /* what other machines took */
    double others;       /* what other processes took */
    double pressure;     /* in which something waited for a processor */
    double clock_step_s; /* that the wall clock was set ahead */
};

struct result_cell {
    const char *subject; /* "dbpool" */
    struct result_pool pool;
    struct result_program program;
    const char *label; /* "pool.max=8", "" without a sweep */
    bool reference;    /* only there to be compared with */
    const char *build; /* "other": of the one beside it, a reference, too;
                          NULL: this one */
    struct result_parameter *parameters;
    size_t parameters_count;
    unsigned block;
    struct result_outcome outcome;
    struct result_database database;
    struct result_phase *phases;
    size_t phases_count;
    struct result_cycles cycles;
    struct result_leftover *leftovers;
    size_t leftovers_count;
    struct result_under under;
    struct result_finding *findings;
    size_t findings_count;
    struct result_slope *slopes;
    size_t slopes_count;
    struct result_resources resources;
    struct result_noise noise;
    struct result_cost cost;
    const char *error;           /* text of the first failure, or NULL */
    const char *ledger_disputed; /* where observers disagree, or NULL */
};

struct result_expectation {
    const char *text;
    unsigned line; /* in the scenario; 0: implied, or of the command line */
    enum result_held held;
    const char *measured; /* "1,204,113/s" */
    const char *why;      /* what decided it, in one sentence */
    bool implied;         /* not in the JSON */
};

struct result_audit {
    const char *check;
    bool ok;
    const char *detail;
};

/* Either a text or a number. */
struct result_fact {
    const char *name;
    const char *text; /* NULL: a number */
    double number;
};

/* A file that the scenario includes, as it was read. */
struct result_include {
    const char *path;
    const char *sha256; /* hexadecimal */
    const char *text;
};

/* What the command line said in place of the file: -s pool.max=8. */
struct result_setting {
    const char *key;
    const char *value;
};

struct result_scenario {
    const char *path;
    const char *title;
    const char *sha256; /* of text, hexadecimal */
    const char *text;
    struct result_include *includes;
    size_t includes_count;
    struct result_setting *set; /* in the order in which they apply */
    size_t set_count;
};

/* One question of a search, and its answer. */
struct result_question {
    double value;          /* in base units */
    enum result_held held; /* whether the expectation did */
    bool confirming;       /* for longer, what was found */
};

/* What was looked for: the largest value of a key with which something holds.
 */
struct result_find {
    bool is_sought;    /* else all of it is empty */
    const char *path;  /* "load.in_flight" */
    const char *holds; /* the expectation */
    const char *state; /* "found", "not found", "undecided" */
    double from;       /* in base units, as those below */
    double to;
    double value; /* the largest that held; NAN: none */
    double above; /* the least that did not; NAN: none */
    struct result_question *questions;
    size_t questions_count;
    const char *text; /* one sentence of it */
};

/* One of the two that were compared. */
struct result_side {
    const char *path;       /* of its result, or of its program */
    const char *version;    /* of plunge */
    const char *build;      /* "release" */
    const char *started_at; /* NULL: in this run */
};

/* One figure or count of both. The ratio is new to base, whichever way is
 * better; where it is NAN, or its ends are, there are too few samples for it,
 * or it is of what was counted, which has no interval. */
struct result_compared {
    const char *point;   /* "pool.max=8", "" without a sweep */
    const char *subject; /* "dbpool" */
    const char *metric;  /* "service.p99", "left_behind.thread" */
    const char *phase;   /* NULL: all of them */
    const char *unit;    /* "ns", "bytes", "per_s", "count" */
    double base_value;   /* medians over the samples; of counts the worst */
    double new_value;
    double ratio;
    double low;
    double high;
    double confidence;    /* of low .. high; 1: counted */
    double tolerance;     /* a share; 0: exact */
    double visible;       /* the smallest share that would have been seen; NAN:
                             none, with so few samples; 0: any, where counted */
    uint64_t samples;     /* pairs, or the fewer of the two */
    const char *answer;   /* "better", "same", "worse", "not decided", "not
                             compared" */
    uint64_t more_blocks; /* that it takes, about; RESULT_UNKNOWN: not known, or
                             decided */
    const char *why;      /* in one sentence, or NULL */
};

/* What is to be known beside the answers: "kernel: 6.1 there, 6.5 here". */
struct result_remark {
    const char *text;
};

/* Two builds, or two runs, beside each other. */
struct result_comparison {
    bool given; /* else all of it is empty */
    struct result_side base;
    struct result_side newer;
    const char *method; /* "paired slices", "paired blocks", "two runs" */
    double tolerance;   /* a share: of times */
    double error;       /* of all comparisons of the same with the same, in how
                           many anything is called worse, at most */
    const char *answer; /* as those of the figures, of them all */
    const char *why;    /* in one sentence */
    struct result_remark *remarks;
    size_t remarks_count;
    struct result_compared *figures;
    size_t figures_count;
};

/* One phase of one point in one block, by this and the other build in turns
 * (cell/slices.h): the same seed, two processes alive at once. */
struct result_slices {
    const char *subject;
    const char *label;
    const char *phase;
    unsigned block;
    enum result_state state; /* the worse of the two */
    uint64_t quadruples;     /* of slices */
    double throughput_per_s; /* of whole quadruples, as all below */
    double other_throughput_per_s;
    double throughput_ratio; /* this build's by the other's: the middle of what
                                slices are to their neighbours */
    double cpu_ns;           /* processor time per lookup, of all threads */
    double other_cpu_ns;
    double cpu_ratio;
    uint64_t wrong; /* answers of this build in the phase; the first phase of a
                       pair counts those of phases without turns, too. Unknown:
                       its process did not come to its end */
    uint64_t other_wrong;
    const char *why; /* there is nothing to compare: NULL, there is */
};

/* A part of a run that was measured by itself. */
struct result_shard {
    const char *path; /* of its result */
    uint64_t seed;
    const char *started_at;
    unsigned first_block; /* of those that are its own */
};

/* What this result was put together from. */
struct result_merge {
    bool given;      /* else it was measured as it is */
    const char *how; /* "blocks", side by side, or "sum" */
    struct result_shard *shards;
    size_t shards_count;
};

struct result {
    const char *version; /* of plunge */
    struct result_scenario scenario;
    uint64_t seed;
    const char *started_at; /* clock_stamp() */
    struct result_fact *environment;
    size_t environment_count;
    enum result_verdict verdict;
    struct result_expectation *expectations;
    size_t expectations_count;
    struct result_audit *audit;
    size_t audit_count;
    struct result_find find;
    struct result_cell *cells;
    size_t cells_count;
    struct result_comparison comparison; /* with another result, or build */
    struct result_slices *slices;        /* in the order of their blocks */
    size_t slices_count;
    struct result_merge merge;
};

/* The words of the schema: "pass", "over_limit", "thread". */
const char *result_verdict_name(enum result_verdict verdict);
const char *result_state_name(enum result_state state);
const char *result_kind_name(enum result_kind kind);
const char *result_stage_name(enum result_stage stage);

/* The way back; false: no such word. */
bool result_verdict_parse(const char *name, enum result_verdict *verdict_out);
bool result_state_parse(const char *name, enum result_state *state_out);
bool result_kind_parse(const char *name, enum result_kind *kind_out);

/* All zero but what cannot be zero when unknown (RESULT_UNKNOWN, NAN). */
void result_cell_init(struct result_cell *cell);

#endif
