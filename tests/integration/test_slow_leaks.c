/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/result.h"
#include "base/text.h"
#include "cell/cell.h"
#include "dbpool.h"
#include "ledger/heap.h"
#include "load/load.h"
#include "run/run.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "support/suite.h"

/* This program is started again as the process of each cell. There, after each
 * cycle, it plants the leak that $PLANTED names: load_cycle() and load_new()
 * are wrapped at link time (mk/test.mk). */

/* ---- In the cell: leaks ------------------------------------------------- */

#define REGION_SIZE ((size_t)64 * 1024 * 1024)
#define SMALL 64

struct load *__real_load_new(const struct load_options *options);
struct load *__wrap_load_new(const struct load_options *options);
void __real_load_cycle(struct load *load, uint64_t cycle,
                       struct load_outcome *outcome_out);
void __wrap_load_cycle(struct load *load, uint64_t cycle,
                       struct load_outcome *outcome_out);

static struct load_options cell; /* loop and database, of this process */

/* All that is leaked can be reached from here, as what is kept for good is. */
static struct leaked {
    struct leaked *next;
    void *block;
} * leaked;

static void keep(void *block) {
    struct leaked *one = malloc(sizeof *one);
    if (one == NULL || block == NULL) {
        abort();
    }
    *one = (struct leaked){leaked, block};
    leaked = one;
}

static void plant_dbpool_byte(uint64_t cycle) {
    (void)cycle;
    keep(heap_dbpool_malloc(1));
}

/* One block, a byte larger after each cycle. */
static void plant_growing_block(uint64_t cycle) {
    static void *block;
    block = heap_dbpool_realloc(block, 1000 + cycle);
}

static void plant_sqlite_byte(uint64_t cycle) {
    if (cycle % 100 == 0) {
        keep(sqlite3_malloc(1));
    }
}

static void plant_libuv_block(uint64_t cycle) {
    uv_env_item_t *items;
    int count;
    if (cycle % 100 == 0 && uv_os_environ(&items, &count) == 0) {
        keep(items);
    }
}

static void plant_fd(uint64_t cycle) {
    if (cycle % 100 == 0) {
        (void)open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
}

static void *sleep_for_good(void *data) {
    while (pause() < 0) {
    }
    return data;
}

static void plant_thread(uint64_t cycle) {
    pthread_t thread;
    if (cycle % 100 == 0) {
        (void)pthread_create(&thread, NULL, sleep_for_good, NULL);
    }
}

static void answered(struct dbpool_request *request) {
    *(bool *)request->data = true;
    dbpool_request_fini(request);
}

static void query(struct dbpool *pool, const char *sql) {
    struct dbpool_request request;
    bool done = false;
    dbpool_request_init(&request, &done);
    if (dbpool_run_query(pool, &request, sql, answered) != 0) {
        abort();
    }
    while (!done) {
        (void)uv_run(cell.loop, UV_RUN_ONCE);
    }
}

/* A pool that is there from the first cycle on compiles a statement more. */
static void plant_statement(uint64_t cycle) {
    static struct dbpool *pool;
    char text[PATH_MAX];
    if (pool == NULL) {
        struct dbpool_options options;
        dbpool_options_init(&options);
        options.min = options.max = 1;
        (void)snprintf(text, sizeof text, "sqlite:%s", cell.database);
        if (dbpool_open(cell.loop, text, &options, &pool) != 0) {
            abort();
        }
    }
    (void)snprintf(text, sizeof text, "SELECT %d", (int)(cycle / 1000));
    query(pool, text);
}

/* Comes back: no leak, but not the same either. */
static void plant_visit(uint64_t cycle) {
    static int fd = -1;
    if (cycle == 77) {
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    } else if (fd >= 0) {
        (void)close(fd);
        fd = -1;
    }
}

/* Beneath all allocators. */
static void touch_more(size_t size) {
    static char *region;
    static size_t used;
    if (region == NULL) {
        region = mmap(NULL, REGION_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (region == MAP_FAILED) {
            abort();
        }
    }
    memset(region + used, 1, size);
    used += size;
}

static void plant_small_memory(uint64_t cycle) {
    (void)cycle;
    touch_more(SMALL);
}

static void plant_page(uint64_t cycle) {
    if (cycle % 64 == 0) {
        touch_more((size_t)64 * SMALL);
    }
}

static const struct {
    const char *name;
    void (*plant)(uint64_t cycle);
} leaks[] = {
    {"dbpool byte", plant_dbpool_byte},
    {"growing block", plant_growing_block},
    {"SQLite byte", plant_sqlite_byte},
    {"libuv block", plant_libuv_block},
    {"fd", plant_fd},
    {"thread", plant_thread},
    {"statement", plant_statement},
    {"visit", plant_visit},
    {"small memory", plant_small_memory},
    {"page", plant_page},
};

struct load *__wrap_load_new(const struct load_options *options) {
    cell = *options;
    return __real_load_new(options);
}

void __wrap_load_cycle(struct load *load, uint64_t cycle,
                       struct load_outcome *outcome_out) {
    const char *name = getenv("PLANTED");
    __real_load_cycle(load, cycle, outcome_out);
    for (size_t i = 0; name != NULL && i < sizeof leaks / sizeof leaks[0];
         i++) {
        if (strcmp(leaks[i].name, name) == 0) {
            leaks[i].plant(cycle);
        }
    }
}

/* ---- The run ------------------------------------------------------------ */

struct fixture {
    struct arena *arena;
    char cache[64];
};

static int arrange(void **state) {
    static struct fixture f;
    const char *folder = getenv("TMPDIR");
    f.arena = arena_new();
    (void)snprintf(f.cache, sizeof f.cache, "%.40s/slow-XXXXXX",
                   folder == NULL ? "/tmp" : folder);
    *state = &f;
    return mkdtemp(f.cache) == NULL ||
                   setenv("PLUNGE_CACHE", f.cache, 1) != 0 ||
                   unsetenv("PLANTED") != 0
               ? -1
               : 0;
}

static int put_away(void **state) {
    struct fixture *f = *state;
    arena_free(f->arena);
    return file_remove_tree(f->cache);
}

#define SCENARIO                                                               \
    "title: Slow leaks\n"                                                      \
    "database: {users: 3}\n"                                                   \
    "load: {in_flight: 1, lookups: 1}\n"
#define CLEAN "pool: {min: 1, max: 1}\n"

static const struct result *run(struct fixture *f, const char *planted,
                                const char *text) {
    const char *whole = arena_format(f->arena, SCENARIO "%s", text);
    const struct scenario_source source = {.path = "slow.yaml", .text = whole};
    const struct run_options options = {.seed = 7, .answers_on_stderr = true};
    struct scenario *scenario = NULL;
    struct result *result = NULL;
    struct problems problems;
    const char *problem = NULL;
    int error_number = 0;
    problems_init(&problems, f->arena, source.path, source.text);
    assert_int_equal(
        scenario_read(&source, f->arena, &scenario, &problems, &error_number),
        SCENARIO_OK);
    if (planted != NULL) {
        assert_int_equal(setenv("PLANTED", planted, 1), 0);
    }
    if (run_scenario(scenario, &options, f->arena, &result, &problem) != 0) {
        fail_msg("%s", problem);
    }
    assert_int_equal(result->cells[0].outcome.state, RESULT_COMPLETED);
    return result;
}

static const struct result_slope *slope_of(const struct result *result,
                                           const char *metric) {
    const struct result_cell *one = &result->cells[0];
    for (size_t i = 0; i < one->slopes_count; i++) {
        if (strcmp(one->slopes[i].metric, metric) == 0) {
            return &one->slopes[i];
        }
    }
    return NULL;
}

static const struct result_expectation *line(const struct result *result,
                                             const char *text) {
    for (size_t i = 0; i < result->expectations_count; i++) {
        if (strcmp(result->expectations[i].text, text) == 0) {
            return &result->expectations[i];
        }
    }
    fail_msg("%s is not there", text);
    return NULL;
}

/* ---- The exact plane ---------------------------------------------------- */

struct wanted {
    const char *planted;
    unsigned cycles;
    const char *metric;
    double per_cycle;
    uint64_t first_cycle;
};

static void what_is_planted_is_caught_with_its_kind(void **state) {
    static const struct wanted table[] = {
        {"dbpool byte", 200, "dbpool blocks", 1, 3},
        {"growing block", 200, "dbpool bytes", 1, 0},
        {"SQLite byte", 1002, "SQLite blocks", 0.01, 100},
        {"libuv block", 1002, "libuv blocks", 0, 100},
        {"fd", 1002, "fds", 0.01, 100},
        {"thread", 1002, "threads", 0.01, 100},
        {"statement", 3002, "statement", 0.001, 1000},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct wanted *wanted = &table[i];
        const struct result *result =
            run(f, wanted->planted,
                arena_format(f->arena, CLEAN "cycles: %u\n", wanted->cycles));
        const struct result_slope *slope = slope_of(result, wanted->metric);
        if (slope == NULL || strcmp(slope->verdict, "leak") != 0) {
            fail_msg("%s was not seen", wanted->planted);
            return;
        }
        print_message("%s: %s, %g per cycle, first after cycle %d\n",
                      wanted->planted, slope->metric, slope->per_cycle,
                      (int)slope->first_cycle);
        if (wanted->first_cycle != 0) {
            assert_int_equal(slope->first_cycle, wanted->first_cycle);
        }
        if (wanted->per_cycle != 0) {
            assert_true(fabs(slope->per_cycle / wanted->per_cycle - 1) < 0.1);
        }
        /* Left behind as well, and so a failure that nobody had to ask for. */
        assert_int_equal(result->verdict, RESULT_FAIL);
        assert_int_equal(line(result, "left_behind == nothing")->held,
                         RESULT_HELD_NO);
    }
}

static void nothing_else_is_suspected(void **state) {
    struct fixture *f = *state;
    const struct result *result = run(f, "fd", CLEAN "cycles: 300\n");
    assert_int_equal(result->cells[0].slopes_count, 4);
    assert_string_equal(slope_of(result, "heap")->verdict, "clean");
    assert_string_equal(slope_of(result, "threads")->verdict, "clean");
    assert_int_equal(result->cells[0].leftovers_count, 3);
}

static void heap_left_behind_says_whose_and_since_when(void **state) {
    struct fixture *f = *state;
    const struct result *result =
        run(f, "SQLite byte",
            CLEAN "cycles: 250\nexpect: [heap per cycle == 0B]\n");
    const struct result_cell *one = &result->cells[0];
    assert_int_equal(one->leftovers_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct result_leftover *left = &one->leftovers[i];
        assert_int_equal(left->kind, RESULT_HEAP);
        assert_memory_equal(left->identity, "SQLite block of ", 16);
        assert_string_equal(left->site, "made by sqlite3_malloc");
        assert_int_equal(left->count, 1);
        assert_int_equal(left->cycle, 100 * (i + 1));
    }
    const struct result_expectation *heap =
        line(result, "heap per cycle == 0B");
    assert_int_equal(heap->held, RESULT_HELD_NO);
    assert_non_null(strstr(heap->why, "first another after cycle 100"));
}

static void what_came_back_is_not_decided(void **state) {
    struct fixture *f = *state;
    const struct result *result =
        run(f, "visit", CLEAN "cycles: 100\nexpect: [fds per cycle == 0]\n");
    assert_int_equal(line(result, "fds per cycle == 0")->held,
                     RESULT_HELD_UNDECIDED);
    assert_int_equal(slope_of(result, "fds")->first_cycle, 77);
    assert_int_equal(result->verdict, RESULT_UNDECIDED);
}

static void a_clean_run_is_silent(void **state) {
    struct fixture *f = *state;
    const struct result *result = run(f, NULL,
                                      CLEAN "cycles: 2k\n"
                                            "expect:\n"
                                            "  - threads per cycle == 0\n"
                                            "  - fds per cycle == 0\n"
                                            "  - heap per cycle == 0B\n");
    const struct result_cell *one = &result->cells[0];
    assert_int_equal(result->verdict, RESULT_PASS);
    assert_int_equal(one->slopes_count, 4);
    assert_int_equal(one->leftovers_count, 0);
    assert_int_equal(one->cycles.completed, 2000); /* and not one more */
    assert_int_equal(slope_of(result, "heap")->cycles, 1998);
}

/* ---- The noisy plane ---------------------------------------------------- */

/* On a busy machine memory moves in fits, and it takes longer until that is
 * told from a leak: they have time. */

static void a_leak_of_64_bytes_is_caught_in_rss(void **state) {
    static const char *const planted[] = {"small memory", "page"};
    struct fixture *f = *state;
    for (size_t i = 0; i < 2; i++) {
        const struct result *result =
            run(f, planted[i],
                CLEAN "cycles: 1k\nlimits: {time: 4m}\n"
                      "expect: [rss per cycle < 16B]\n");
        const struct result_slope *rss = slope_of(result, "rss");
        print_message("%s: %s, %.1f to %.1f after %d cycles\n", planted[i],
                      rss->verdict, rss->lower_bound, rss->upper_bound,
                      (int)result->cells[0].cycles.completed);
        assert_string_equal(rss->verdict, "leak");
        assert_true(rss->lower_bound > 16);
        assert_true(rss->lower_bound < SMALL && rss->upper_bound > SMALL);
        assert_int_equal(line(result, "rss per cycle < 16B")->held,
                         RESULT_HELD_NO);
        assert_int_equal(result->verdict, RESULT_FAIL);
        /* 64 bytes in 500 cycles are half of what says nothing yet. */
        assert_true(result->cells[0].cycles.completed > 1000);
        assert_int_equal(result->cells[0].cycles.planned, 1000);
        /* It is in no allocator that is counted. */
        assert_string_equal(slope_of(result, "heap")->verdict, "clean");
    }
}

static void without_a_leak_it_is_clean_and_says_how_surely(void **state) {
    struct fixture *f = *state;
    const struct result *result = run(f, NULL,
                                      CLEAN "cycles: 1k\nlimits: {time: 4m}\n"
                                            "expect: [rss per cycle < 64B]\n");
    const struct result_slope *rss = slope_of(result, "rss");
    print_message("%s: %.1f to %.1f after %d cycles\n", rss->verdict,
                  rss->lower_bound, rss->upper_bound,
                  (int)result->cells[0].cycles.completed);
    assert_string_equal(rss->verdict, "clean");
    assert_true(rss->upper_bound < 64);
    const struct result_expectation *expectation =
        line(result, "rss per cycle < 64B");
    assert_int_equal(expectation->held, RESULT_HELD_YES);
    assert_memory_equal(expectation->why, "no leak above ", 14);
    assert_non_null(strstr(expectation->why, " per cycle at 99.9 %"));
    assert_int_equal(result->verdict, RESULT_PASS);
}

/* 10 cycles tell nothing of a byte, and there is no time for more. */
static void what_there_is_no_time_for_is_undecided(void **state) {
    struct fixture *f = *state;
    const struct result *result = run(
        f, NULL,
        CLEAN "cycles: 10\nlimits: {time: 2s}\nexpect: [rss per cycle < 1B]\n");
    assert_int_equal(line(result, "rss per cycle < 1B")->held,
                     RESULT_HELD_UNDECIDED);
    assert_int_equal(result->verdict, RESULT_UNDECIDED);
}

/* What leaks by intent is not made to leak more than was planned. */
static void a_missing_shutdown_is_never_doubled(void **state) {
    struct fixture *f = *state;
    const struct result *result =
        run(f, NULL,
            "pool: {min: 1, max: 1, shutdown: missing}\n"
            "cycles: 12\n"
            "expect: [rss per cycle < 1B, threads per cycle == 1]\n");
    assert_int_equal(result->cells[0].cycles.completed, 12);
    assert_int_equal(line(result, "threads per cycle == 1")->held,
                     RESULT_HELD_YES);
    assert_string_equal(slope_of(result, "pool")->verdict, "leak");
    assert_true(slope_of(result, "pool")->per_cycle == 1);
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], CELL_COMMAND) == 0) {
        return cell_main(argc, argv);
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, arrange, put_away)
    const struct CMUnitTest tests[] = {
        TEST(what_is_planted_is_caught_with_its_kind),
        TEST(nothing_else_is_suspected),
        TEST(heap_left_behind_says_whose_and_since_when),
        TEST(what_came_back_is_not_decided),
        TEST(a_clean_run_is_silent),
        TEST(a_leak_of_64_bytes_is_caught_in_rss),
        TEST(without_a_leak_it_is_clean_and_says_how_surely),
        TEST(what_there_is_no_time_for_is_undecided),
        TEST(a_missing_shutdown_is_never_doubled),
    };
    return SUITE_RUN(tests, argc, argv);
}
