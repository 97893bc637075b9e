/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dbpool.h"

/* Text that goes on being counted where there is no room for it. */
struct text {
    char *bytes;
    size_t capacity;
    size_t size;
    const char *pool_name;
};

static void add_bytes(struct text *text, const char *bytes, size_t size) {
    if (text->size < text->capacity) {
        size_t room = text->capacity - text->size;
        memcpy(text->bytes + text->size, bytes, size < room ? size : room);
    }
    text->size += size;
}

static void add(struct text *text, const char *string) {
    add_bytes(text, string, strlen(string));
}

static void add_count(struct text *text, uint64_t count) {
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, count);
    add(text, digits);
}

/* What a bucket holds at most: exact, and never by printf(), whose decimal
 * point is the locale's. */
static const char *const bounds[DBPOOL_TIMES_COUNT - 1] = {
    "2.56e-07",     "5.12e-07",      "1.024e-06",     "2.048e-06",
    "4.096e-06",    "8.192e-06",     "1.6384e-05",    "3.2768e-05",
    "6.5536e-05",   "0.000131072",   "0.000262144",   "0.000524288",
    "0.001048576",  "0.002097152",   "0.004194304",   "0.008388608",
    "0.016777216",  "0.033554432",   "0.067108864",   "0.134217728",
    "0.268435456",  "0.536870912",   "1.073741824",   "2.147483648",
    "4.294967296",  "8.589934592",   "17.179869184",  "34.359738368",
    "68.719476736", "137.438953472", "274.877906944",
};

static void add_seconds(struct text *text, uint64_t ns) {
    char digits[48];
    (void)snprintf(digits, sizeof digits, "%" PRIu64 ".%09" PRIu64,
                   ns / 1000000000, ns % 1000000000);
    add(text, digits);
}

/* ---- The name ---- */

/* How many bytes the character at @at has; 0: it is none. */
static size_t utf8_size(const unsigned char *at) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (at[0] < 0x80) {
        return 1;
    }
    size_t size = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4) {
        return 0;
    }
    uint32_t point = at[0] & (0x7fU >> size);
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80) { /* the NUL, too */
            return 0;
        }
        point = point << 6 | (at[i] & 0x3fU);
    }
    bool surrogate = point >= 0xd800 && point <= 0xdfff;
    return point < least[size] || point > 0x10ffff || surrogate ? 0 : size;
}

static void add_label(struct text *text, const char *value) {
    while (*value != '\0') {
        size_t size = utf8_size((const unsigned char *)value);
        if (*value == '\n') {
            add(text, "\\n");
        } else if (*value == '"' || *value == '\\') {
            add(text, "\\");
            add_bytes(text, value, 1);
        } else if (size == 0) {
            add(text, "\xef\xbf\xbd");
        } else {
            add_bytes(text, value, size);
        }
        value += size == 0 ? 1 : size;
    }
}

/* ---- Families ---- */

static void begin(struct text *text, const char *name, const char *type,
                  const char *help) {
    add(text, "# TYPE ");
    add(text, name);
    add(text, " ");
    add(text, type);
    if (strcmp(type, "histogram") == 0) {
        add(text, "\n# UNIT ");
        add(text, name);
        add(text, " seconds");
    }
    add(text, "\n# HELP ");
    add(text, name);
    add(text, " ");
    add(text, help);
    add(text, "\n");
}

/* name_suffix{pool="..."; more labels may follow. */
static void begin_sample(struct text *text, const char *name,
                         const char *suffix) {
    add(text, name);
    add(text, suffix);
    add(text, "{pool=\"");
    add_label(text, text->pool_name);
    add(text, "\"");
}

static void end_sample(struct text *text, uint64_t value) {
    add(text, "} ");
    add_count(text, value);
    add(text, "\n");
}

struct figure {
    const char *name;
    const char *help;
    uint64_t value;
};

static void add_figures(struct text *text, const char *type,
                        const struct figure *figures, size_t count) {
    const char *suffix = strcmp(type, "counter") == 0 ? "_total" : "";
    for (size_t i = 0; i < count; i++) {
        begin(text, figures[i].name, type, figures[i].help);
        begin_sample(text, figures[i].name, suffix);
        end_sample(text, figures[i].value);
    }
}

static void add_gauges(struct text *text, const struct dbpool_stats *stats) {
    const struct figure gauges[] = {
        {"dbpool_unanswered", "Requests not yet answered.", stats->unanswered},
        {"dbpool_unanswered_peak", "The most of them at once.",
         stats->unanswered_peak},
        {"dbpool_waiting", "Requests that wait for a thread.", stats->waiting},
        {"dbpool_queue_peak", "The most requests that waited for a thread.",
         stats->queue_peak},
        {"dbpool_threads", "Threads.", stats->threads},
        {"dbpool_connections", "Open connections.", stats->connections},
    };
    add_figures(text, "gauge", gauges, sizeof gauges / sizeof gauges[0]);
}

static void add_counters(struct text *text, const struct dbpool_stats *stats) {
    const struct figure counters[] = {
        {"dbpool_submitted", "Requests accepted.", stats->submitted},
        {"dbpool_succeeded", "Requests answered well.", stats->succeeded},
        {"dbpool_failed", "Requests answered with an error.", stats->failed},
        {"dbpool_failed_unhandled", "Failures that nobody was told of.",
         stats->failed_unhandled},
        {"dbpool_busy", "Failures because the database was locked.",
         stats->busy},
        {"dbpool_refused", "Calls that returned an error.", stats->refused},
        {"dbpool_direct", "Requests that found an idle thread.", stats->direct},
        {"dbpool_waited", "Requests that waited for a thread.", stats->waited},
        {"dbpool_batches", "Batches run.", stats->batches},
        {"dbpool_wakeups", "Wake-ups of the loop.", stats->wakeups},
        {"dbpool_threads_started", "Threads started.", stats->threads_started},
        {"dbpool_threads_failed", "Threads that could not be started.",
         stats->threads_failed},
        {"dbpool_threads_joined", "Threads joined.", stats->threads_joined},
        {"dbpool_connects", "Connections made.", stats->connects},
        {"dbpool_connects_failed", "Connections that could not be made.",
         stats->connects_failed},
        {"dbpool_statements_prepared", "Statements prepared.",
         stats->statements_prepared},
        {"dbpool_statements_hit", "Statements found in a cache.",
         stats->statements_hit},
        {"dbpool_statements_evicted", "Statements that had to leave a cache.",
         stats->statements_evicted},
        {"dbpool_rollbacks", "Transactions rolled back.", stats->rollbacks},
        {"dbpool_handed_over", "Queries that turned out to write.",
         stats->handed_over},
        {"dbpool_lock_waits", "Waits for locks of the database.",
         stats->lock_waits},
        {"dbpool_reads_ended_early", "Shared reads ended for a write.",
         stats->reads_ended_early},
        {"dbpool_left_open", "Transactions and statements left open.",
         stats->left_open},
        {"dbpool_rollbacks_failed", "Rollbacks that failed.",
         stats->rollbacks_failed},
        {"dbpool_connections_lost", "Connections given up as lost.",
         stats->connections_lost},
        {"dbpool_connections_expired", "Connections beyond their lifetime.",
         stats->connections_expired},
        {"dbpool_threads_idled", "Threads that left because idle.",
         stats->threads_idled},
    };
    add_figures(text, "counter", counters,
                sizeof counters / sizeof counters[0]);
}

static void add_closed(struct text *text, const struct dbpool_stats *stats) {
    static const char *const causes[DBPOOL_CLOSED_CAUSES_MAX] = {
        [DBPOOL_CLOSED_AT_END] = "end", [DBPOOL_CLOSED_REFUSED] = "refused",
        [DBPOOL_CLOSED_LOST] = "lost",  [DBPOOL_CLOSED_EXPIRED] = "expired",
        [DBPOOL_CLOSED_IDLE] = "idle",
    };
    begin(text, "dbpool_connections_closed", "counter",
          "Connections closed, by cause.");
    for (int i = 0; i < DBPOOL_CLOSED_CAUSES_MAX && causes[i] != NULL; i++) {
        begin_sample(text, "dbpool_connections_closed", "_total");
        add(text, ",cause=\"");
        add(text, causes[i]);
        add(text, "\"");
        end_sample(text, stats->closed[i]);
    }
}

static void add_answers(struct text *text, const char *kind, const char *answer,
                        uint64_t count) {
    begin_sample(text, "dbpool_requests", "_total");
    add(text, ",kind=\"");
    add(text, kind);
    add(text, "\",answer=\"");
    add(text, answer);
    add(text, "\"");
    end_sample(text, count);
}

static void add_kinds(struct text *text, const struct dbpool_stats *stats) {
    static const char *const kinds[DBPOOL_REQUEST_KINDS_MAX] = {
        [DBPOOL_REQUEST_QUERY] = "query",
        [DBPOOL_REQUEST_OPERATION] = "operation",
        [DBPOOL_REQUEST_INTERACTION] = "interaction",
        [DBPOOL_REQUEST_WITH_CONNECTION] = "with_connection",
        [DBPOOL_REQUEST_STREAM] = "stream",
        [DBPOOL_REQUEST_MANY] = "many",
    };
    begin(text, "dbpool_requests", "counter",
          "Requests answered, by kind and answer.");
    for (int i = 0; i < DBPOOL_REQUEST_KINDS_MAX && kinds[i] != NULL; i++) {
        add_answers(text, kinds[i], "success", stats->kinds[i].succeeded);
        add_answers(text, kinds[i], "failure", stats->kinds[i].failed);
    }
}

static void add_times(struct text *text, const char *name, const char *help,
                      const struct dbpool_times *times) {
    begin(text, name, "histogram", help);
    uint64_t count = 0;
    for (int i = 0; i < DBPOOL_TIMES_COUNT; i++) {
        count += times->buckets[i];
        begin_sample(text, name, "_bucket");
        add(text, ",le=\"");
        add(text, i == DBPOOL_TIMES_COUNT - 1 ? "+Inf" : bounds[i]);
        add(text, "\"");
        end_sample(text, count);
    }
    begin_sample(text, name, "_count");
    end_sample(text, count);
    begin_sample(text, name, "_sum");
    add(text, "} ");
    add_seconds(text, times->sum_ns);
    add(text, "\n");
}

size_t dbpool_stats_openmetrics(const struct dbpool_stats *stats,
                                const char *pool_name, char *text,
                                size_t size) {
    struct text out = {
        .bytes = text,
        .capacity = size == 0 ? 0 : size - 1,
        .pool_name = pool_name,
    };
    add_gauges(&out, stats);
    add_counters(&out, stats);
    add_closed(&out, stats);
    add_kinds(&out, stats);
    add_times(&out, "dbpool_wait_seconds",
              "Waits of requests until a thread took them.", &stats->wait);
    add_times(&out, "dbpool_run_seconds", "Run times of batches.", &stats->run);
    add_times(&out, "dbpool_request_seconds",
              "Run times of requests, with options.timing.", &stats->request);
    add(&out, "# EOF\n");
    if (size != 0) {
        text[out.size < size ? out.size : size - 1] = '\0';
    }
    return out.size;
}
