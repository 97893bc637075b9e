/* SPDX-License-Identifier: Apache-2.0 */
#include "beside/rows.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>
#include <uv.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/random.h"
#include "beside/argument.h"
#include "beside/fail.h"
#include "beside/hand.h"
#include "dbpool.h"

#define SEED 1
#define BLOCKS_MAX 10000
#define TABLE_BYTES (8 * 1024 * 1024) /* or one row of each size */
#define TABLE_ROWS_MAX 20000
#define IN_FLIGHT_BYTES (4 * 1024 * 1024)
#define IN_FLIGHT_MAX 64
#define IN_FLIGHT_MIN 2
#define MEASURED_BYTES (16 * 1024 * 1024) /* of results, in a measurement */
#define MEASURED_VALUES 300000            /* but no more rows than these */
#define CELL_SIZE                                                              \
    16 /* about what a value takes beside                                      \
          its bytes */

/* A result: so many rows of one value of so many bytes. */
static const struct point {
    unsigned rows;
    unsigned row_bytes;
} points[] = {
    {1, 64},  {10, 64},  {100, 64},  {1000, 64}, {10000, 64}, {1, 16},
    {1, 256}, {1, 4096}, {1, 16384}, {1, 65536}, {1, 262144}, {1, 1048576},
};

enum { POINTS_COUNT = sizeof points / sizeof *points };

/* A measurement of a point. */
struct plan {
    struct point point;
    unsigned table_rows;
    unsigned in_flight;
    unsigned results;
    char sql[96];
};

/* What was seen, by either side. */
struct seen {
    uint64_t rows;
    uint64_t bytes;
    uint64_t first; /* sum of each value's first byte */
};

struct rows {
    uv_loop_t loop;
    struct dbpool_options options;
    struct dbpool *pool;
    struct sqlite3 *handle; /* by hand */
    const struct plan *plan;
    unsigned submitted;
    unsigned answered;
    struct seen seen;
    struct dbpool_request requests[IN_FLIGHT_MAX];
    struct dbpool_value params[IN_FLIGHT_MAX];
};

static void see(struct seen *seen, const unsigned char *bytes, size_t size) {
    seen->rows++;
    seen->bytes += size;
    seen->first += bytes[0];
}

/* The first row of the result that is asked for as the @number-th. */
static int64_t first_row(const struct plan *plan, unsigned number) {
    unsigned starts = plan->table_rows - plan->point.rows + 1;
    return (int64_t)(random_mix(SEED, number) % starts) + 1;
}

/* ---- The database --------------------------------------------------------*/

static unsigned clamp(unsigned value, unsigned low, unsigned high) {
    return value < low ? low : value > high ? high : value;
}

static struct plan plan_of(struct point point) {
    unsigned result_bytes = point.rows * (point.row_bytes + CELL_SIZE);
    unsigned fit = TABLE_BYTES / point.row_bytes;
    struct plan plan = {
        .point = point,
        .table_rows = clamp(fit, point.rows, TABLE_ROWS_MAX),
        .in_flight =
            clamp(IN_FLIGHT_BYTES / result_bytes, IN_FLIGHT_MIN, IN_FLIGHT_MAX),
        .results = clamp(MEASURED_BYTES / result_bytes, 2 * IN_FLIGHT_MIN,
                         MEASURED_VALUES / point.rows),
    };
    (void)snprintf(plan.sql, sizeof plan.sql,
                   "SELECT body FROM of%u WHERE id >= ? LIMIT %u",
                   point.row_bytes, point.rows);
    return plan;
}

static void execute(struct sqlite3 *handle, const char *sql) {
    char *message = NULL;
    if (sqlite3_exec(handle, sql, NULL, NULL, &message) != SQLITE_OK) {
        fail("%s: %s", sql, message);
    }
}

/* Once for each size of a row. */
static void make_table(struct sqlite3 *handle, const struct plan *plan) {
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "CREATE TABLE IF NOT EXISTS of%u(id INTEGER PRIMARY KEY, "
                   "body BLOB);"
                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
                   "FROM n WHERE i < %u) INSERT OR IGNORE INTO of%u "
                   "SELECT i, randomblob(%u) FROM n",
                   plan->point.row_bytes, plan->table_rows,
                   plan->point.row_bytes, plan->point.row_bytes);
    execute(handle, sql);
}

/* ---- By hand -------------------------------------------------------------*/

static void hand_result(struct rows *rows, struct sqlite3_stmt *statement,
                        unsigned number) {
    CHECK(sqlite3_bind_int64(statement, 1, first_row(rows->plan, number)) ==
          SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const unsigned char *bytes = sqlite3_column_blob(statement, 0);
        see(&rows->seen, bytes, (size_t)sqlite3_column_bytes(statement, 0));
    }
    CHECK(sqlite3_reset(statement) == SQLITE_OK);
}

/* As many results share a read transaction as the pool has in flight. */
static void measure_hand(struct rows *rows) {
    struct sqlite3_stmt *statement = NULL;
    CHECK(sqlite3_prepare_v2(rows->handle, rows->plan->sql, -1, &statement,
                             NULL) == SQLITE_OK);
    for (unsigned i = 0; i < rows->plan->results; i++) {
        if (i % rows->plan->in_flight == 0) {
            execute(rows->handle, i == 0 ? "BEGIN" : "COMMIT; BEGIN");
        }
        hand_result(rows, statement, i);
    }
    execute(rows->handle, "COMMIT");
    (void)sqlite3_finalize(statement);
}

/* ---- Through the pool ----------------------------------------------------*/

static void answered(struct dbpool_request *request);

static void submit(struct rows *rows, struct dbpool_request *request) {
    struct dbpool_value *param = &rows->params[request - rows->requests];
    *param = dbpool_integer(first_row(rows->plan, rows->submitted++));
    CHECK(dbpool_run_query(rows->pool, request, rows->plan->sql, answered) ==
          DBPOOL_OK);
}

static void answered(struct dbpool_request *request) {
    struct rows *rows = request->data;
    const struct dbpool_result *result = &request->result;
    if (request->status != DBPOOL_OK) {
        fail("%s: %s", rows->plan->sql, dbpool_request_message(request));
    }
    for (size_t i = 0; i < result->rows_count; i++) {
        struct dbpool_value value = dbpool_value(result, i, 0);
        see(&rows->seen, value.as.blob, value.size);
    }
    rows->answered++;
    if (rows->submitted < rows->plan->results) {
        submit(rows, request);
    }
}

static void measure_dbpool(struct rows *rows) {
    rows->submitted = 0;
    rows->answered = 0;
    for (unsigned i = 0; i < rows->plan->in_flight; i++) {
        if (rows->submitted < rows->plan->results) {
            submit(rows, &rows->requests[i]);
        }
    }
    while (rows->answered < rows->plan->results) {
        (void)uv_run(&rows->loop, UV_RUN_ONCE);
    }
}

/* The blocks of one point are not those of the next. */
static void give_back(struct rows *rows) {
    for (int i = 0; i < IN_FLIGHT_MAX; i++) {
        dbpool_request_fini(&rows->requests[i]);
    }
}

/* ---- Blocks --------------------------------------------------------------*/

enum { DBPOOL_SIDE, HAND_SIDE, SIDES_COUNT };

static void (*const measure[SIDES_COUNT])(struct rows *rows) = {measure_dbpool,
                                                                measure_hand};

static uint64_t timed(struct rows *rows, int side) {
    rows->seen = (struct seen){0};
    uint64_t start_ns = clock_now_ns();
    measure[side](rows);
    return clock_now_ns() - start_ns;
}

/* One side after the other; each once before, unmeasured, so that neither
 * finds what is new to it: pages, blocks. */
static void measure_point(struct rows *rows, const struct plan *plan,
                          int first_side, uint64_t ns_out[SIDES_COUNT]) {
    struct seen seen[SIDES_COUNT];
    rows->plan = plan;
    for (int i = 0; i < SIDES_COUNT; i++) {
        int side = (first_side + i) % SIDES_COUNT;
        (void)timed(rows, side);
        ns_out[side] = timed(rows, side);
        seen[side] = rows->seen;
        give_back(rows);
    }
    const struct seen *one = &seen[DBPOOL_SIDE];
    const struct seen *other = &seen[HAND_SIDE];
    if (one->rows != other->rows || one->bytes != other->bytes ||
        one->first != other->first ||
        one->rows != (uint64_t)plan->results * plan->point.rows) {
        fail("%s: %llu rows of %llu bytes through the pool, %llu of %llu by "
             "hand, or others",
             plan->sql, (unsigned long long)one->rows,
             (unsigned long long)one->bytes, (unsigned long long)other->rows,
             (unsigned long long)other->bytes);
    }
}

typedef uint64_t block[POINTS_COUNT][SIDES_COUNT];

static void measure_blocks(struct rows *rows, const struct plan *plans,
                           block *blocks, unsigned blocks_count) {
    struct random random;
    random_init(&random, SEED);
    for (unsigned i = 0; i < blocks_count; i++) {
        size_t order[POINTS_COUNT];
        random_permutation(&random, order, POINTS_COUNT);
        for (int j = 0; j < POINTS_COUNT; j++) {
            measure_point(rows, &plans[order[j]],
                          (int)random_below(&random, SIDES_COUNT),
                          blocks[i][order[j]]);
        }
    }
}

static void print_side(const char *name, int side, int point,
                       const struct plan *plan, block *blocks,
                       unsigned blocks_count) {
    (void)printf(", \"%s_ns\": [", name);
    for (unsigned i = 0; i < blocks_count; i++) {
        (void)printf("%s%.1f", i == 0 ? "" : ", ",
                     (double)blocks[i][point][side] / plan->results);
    }
    (void)printf("]");
}

static void print(const struct plan *plans, block *blocks,
                  unsigned blocks_count) {
    (void)printf("{\"blocks\": %u, \"points\": [", blocks_count);
    for (int i = 0; i < POINTS_COUNT; i++) {
        const struct plan *plan = &plans[i];
        (void)printf("%s{\"rows\": %u, \"row_bytes\": %u, \"in_flight\": %u, "
                     "\"results\": %u",
                     i == 0 ? "" : ", ", plan->point.rows,
                     plan->point.row_bytes, plan->in_flight, plan->results);
        print_side("dbpool", DBPOOL_SIDE, i, plan, blocks, blocks_count);
        print_side("hand", HAND_SIDE, i, plan, blocks, blocks_count);
        (void)printf("}");
    }
    (void)puts("]}");
}

/* ---- The program ---------------------------------------------------------*/

static void make_database(const char *path, struct plan plans[POINTS_COUNT]) {
    struct sqlite3 *handle = NULL;
    if (access(path, F_OK) == 0) {
        fail("%s is there already", path);
    }
    if (sqlite3_open_v2(path, &handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                        NULL) != SQLITE_OK) {
        fail("%s: %s", path, sqlite3_errmsg(handle));
    }
    execute(handle, "PRAGMA journal_mode = WAL; BEGIN");
    for (int i = 0; i < POINTS_COUNT; i++) {
        plans[i] = plan_of(points[i]);
        make_table(handle, &plans[i]);
    }
    execute(handle, "COMMIT");
    CHECK(sqlite3_close(handle) == SQLITE_OK);
}

static void init(struct rows *rows, const char *path) {
    char url[4096];
    dbpool_options_init(&rows->options);
    rows->options.min = 1;
    rows->options.max = 1;
    (void)snprintf(url, sizeof url, "sqlite:%s", path);
    CHECK(uv_loop_init(&rows->loop) == 0);
    CHECK(dbpool_open(&rows->loop, url, &rows->options, &rows->pool) ==
          DBPOOL_OK);
    rows->handle = hand_open(path, &rows->options);
    for (int i = 0; i < IN_FLIGHT_MAX; i++) {
        dbpool_request_init(&rows->requests[i], rows);
        rows->requests[i].params = &rows->params[i];
        rows->requests[i].params_count = 1;
    }
}

static void fini(struct rows *rows) {
    dbpool_close(rows->pool, NULL, NULL);
    CHECK(uv_run(&rows->loop, UV_RUN_DEFAULT) == 0);
    CHECK(uv_loop_close(&rows->loop) == 0);
    CHECK(sqlite3_close(rows->handle) == SQLITE_OK);
}

int rows_run(char **arguments) {
    static struct rows rows;
    static struct plan plans[POINTS_COUNT];
    char path[4000];
    unsigned count = argument_number(arguments[1], "BLOCKS", 1, BLOCKS_MAX);
    (void)snprintf(path, sizeof path, "%s/rows.db", arguments[0]);
    block *blocks = calloc(count, sizeof *blocks);
    if (blocks == NULL) {
        check_out_of_memory();
    }
    make_database(path, plans);
    init(&rows, path);
    measure_blocks(&rows, plans, blocks, count);
    fini(&rows);
    (void)unlink(path);
    print(plans, blocks, count);
    free(blocks);
    return 0;
}
