/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan tsan */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/dbpool/faults.h"
#include "support/dbpool/pool_fixture.h"
#include "support/dbpool/tally.h"
#include "support/suite.h"

/* Hundreds of pools on one loop and one database, several at a time. All that
 * a callback may do is done in it, at random: submit to any pool, gather,
 * close, open. DBPOOL_STRESS_SEED repeats a run's decisions (their order is
 * the threads' affair, too), DBPOOL_STRESS_POOLS makes it longer, and
 * DBPOOL_STRESS_REQUESTS makes each test go on until so many requests were
 * answered. */
enum {
    POOLS = 400,
    ALIVE = 6,
    JOBS = 24,
    GATHERS = 4,
    CLOSERS = 3,
    SUBMISSIONS = 60, /* a pool */
};

struct pool_life;

struct job {
    struct dbpool_request request;
    struct pool_life *life;
    enum dbpool_request_kind kind;
    bool unanswered;
};

struct gathering {
    struct dbpool_gather gather;
    struct pool_life *life;
    struct dbpool_request *list[JOBS];
    size_t count;
    bool waiting;
};

/* One pool after another. */
struct pool_life {
    struct dbpool *pool; /* NULL: none */
    struct job jobs[JOBS];
    struct gathering gatherings[GATHERS];
    struct dbpool_close_request closers[CLOSERS];
    int closing; /* dbpool_close() was called so often */
    int closed;  /* and that many callbacks came */
    int submitted;
    int answered;
    int gathered;
    int fired;
    enum dbpool_queue_policy queue_policy;
};

static struct pool_fixture *fixture;
static struct pool_life lives[ALIVE];
static int pools_left;
static uint64_t requests_wanted; /* 0: as many as the pools take */
static uint64_t random_state;
static bool inside_a_call;
static bool memory_fails;

static struct tally tally;

#define KEEP(kept, promise) TALLY_KEEP(&tally, kept, promise)

static uint64_t below(uint64_t limit) { /* splitmix64 */
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % limit;
}

static bool one_in(uint64_t times) {
    return below(times) == 0;
}

static unsigned one_of(unsigned a, unsigned b, unsigned c) {
    const unsigned choice[] = {a, b, c};
    return choice[below(3)];
}

static struct pool_life *any_life(void) {
    return &lives[below(ALIVE)];
}

/* ---- On the pools' threads ---- */

static int execute(struct dbpool_transaction *transaction, const char *sql) {
    struct dbpool_statement statement = {.sql = sql};
    return dbpool_execute(transaction, &statement, NULL);
}

static int connect_or_refuse(struct dbpool_transaction *connection,
                             void *data) {
    atomic_uint *connects = data;
    int status = execute(connection, "PRAGMA synchronous = OFF");
    return atomic_fetch_add(connects, 1) % 8 == 7 ? DBPOOL_EABORT : status;
}

static int read_twice(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    int status = execute(transaction, "SELECT * FROM users");
    return status != DBPOOL_OK ? status : execute(transaction, "SELECT 2");
}

static int write_and_fail(struct dbpool_transaction *transaction, void *data) {
    (void)data;
    int status = execute(transaction, "UPDATE users SET name = name || '!'");
    return status != DBPOOL_OK ? status : execute(transaction, "nonsense");
}

/* ---- On the loop ---- */

static const char *const sqls[] = {
    "SELECT * FROM users",
    "SELECT * FROM users WHERE login = 'yoen';\n",
    "SELECT * FROM nowhere",
    "SELECT name FROM users ORDER BY login",
    "SELECT abs(-9223372036854775807 - 1)",
    "SELECT ?",
    "UPDATE users SET forname = 'x' WHERE login = 'nobody'",
    "BEGIN",
    "PRAGMA user_version",
    "nonsense",
};

static const char *any_sql(void) {
    return sqls[below(sizeof sqls / sizeof sqls[0])];
}

static void act(void);

static void on_answer(struct dbpool_request *request) {
    struct job *job = request->data;
    KEEP(!inside_a_call, "a callback came inside a call");
    KEEP(job->unanswered, "a request was answered twice");
    KEEP(job->life->closed == 0 && job->life->pool == request->pool,
         "a request was answered after its pool's close callback");
    job->unanswered = false;
    job->life->answered++;
    tally_answer(&tally, job->kind, request);
    if (one_in(4)) {
        dbpool_request_fini(request);
    }
    act();
}

static void on_rows(struct dbpool_request *request,
                    const struct dbpool_result *rows) {
    struct job *job = request->data;
    KEEP(!inside_a_call, "a callback came inside a call");
    KEEP(job->unanswered && job->life->closed == 0,
         "rows came after the answer");
    KEEP(rows->rows_count > 0, "a chunk has no rows");
    tally.chunks++;
    if (one_in(4)) {
        dbpool_stream_stop(request);
    }
    act();
}

static void on_slow(const struct dbpool_slow *slow, void *data) {
    (void)data;
    const struct job *job = slow->request->data;
    KEEP(job->unanswered && job->life->closed == 0,
         "a slow interaction was told of after its answer");
}

static int call(struct pool_life *life, struct job *job) {
    struct dbpool_request *request = &job->request;
    switch (below(10)) {
    case 0:
        job->kind = DBPOOL_REQUEST_OPERATION;
        return dbpool_run_operation(life->pool, request, any_sql(), on_answer);
    case 1:
        job->kind = DBPOOL_REQUEST_INTERACTION;
        return dbpool_run_interaction(life->pool, request, read_twice,
                                      on_answer);
    case 2:
        job->kind = DBPOOL_REQUEST_INTERACTION;
        return one_in(4) ? dbpool_run_interaction(life->pool, request,
                                                  write_and_fail, on_answer)
                         : dbpool_run_query(life->pool, request, NULL, NULL);
    case 3:
        job->kind = DBPOOL_REQUEST_WITH_CONNECTION;
        return dbpool_run_with_connection(life->pool, request, read_twice,
                                          on_answer);
    case 4:
        job->kind = DBPOOL_REQUEST_STREAM;
        return dbpool_run_stream(life->pool, request, any_sql(), on_rows,
                                 on_answer);
    case 5:
        job->kind = DBPOOL_REQUEST_MANY;
        return dbpool_run_many(life->pool, request, any_sql(), below(3),
                               on_answer);
    default:
        job->kind = DBPOOL_REQUEST_QUERY;
        return dbpool_run_query(life->pool, request, any_sql(), on_answer);
    }
}

static void expect_refusal(const struct pool_life *life, const struct job *job,
                           int status) {
    switch (status) {
    case DBPOOL_ECLOSED:
        KEEP(life->closing > 0, "an open pool said that it is closed");
        break;
    case DBPOOL_ETHREAD:
        break;
    case DBPOOL_EFULL:
        KEEP(life->queue_policy == DBPOOL_QUEUE_REFUSE,
             "a pool that waits for room refused");
        break;
    case DBPOOL_EINVAL:
        break;
    case DBPOOL_ENOMEM:
        KEEP(memory_fails && job->request.queue_timeout_ms != 0,
             "no memory for a deadline where there was some, or no deadline");
        break;
    default:
        KEEP(false, "refused with a status that is none of a call's");
    }
}

/* At times the thread that it calls for cannot be started. */
static bool submit(struct pool_life *life, struct job *job) {
    bool fail = !memory_fails && one_in(3);
    if (fail) {
        faults_arm_threads(1 + below(3), one_in(2));
    }
    job->request.queue_timeout_ms = one_in(8) ? 1 : 0;
    job->request.run_timeout_ms = one_in(8) ? 1 : 0;
    inside_a_call = true;
    int status = call(life, job);
    inside_a_call = false;
    if (fail) {
        tally.faults += faults_disarm();
    }
    if (status != DBPOOL_OK) {
        expect_refusal(life, job, status);
        tally.refused++;
        return false;
    }
    job->unanswered = true;
    life->submitted++;
    tally.submitted[job->kind]++;
    return true;
}

static struct job *idle_job(struct pool_life *life) {
    size_t first = below(JOBS);
    for (size_t i = 0; i < JOBS; i++) {
        struct job *job = &life->jobs[(first + i) % JOBS];
        if (!job->unanswered) {
            return job;
        }
    }
    return NULL;
}

static void on_fire(struct dbpool_gather *gather) {
    struct gathering *gathering = gather->data;
    KEEP(!inside_a_call, "a callback came inside a call");
    KEEP(gathering->life->closed == 0,
         "a gather fired after its pool's close callback");
    gathering->life->fired++;
    act();
}

static struct gathering *idle_gathering(struct pool_life *life) {
    for (size_t i = 0; i < GATHERS; i++) {
        struct gathering *gathering = &life->gatherings[i];
        if (gathering->waiting &&
            gathering->gather.answered_count == gathering->count &&
            gathering->gather.fired) {
            gathering->waiting = false;
        }
        if (!gathering->waiting) {
            return gathering;
        }
    }
    return NULL;
}

/* One of the pool's, unanswered or not. */
static void cancel_any(struct pool_life *life) {
    struct job *job = &life->jobs[below(JOBS)];
    inside_a_call = true;
    int status = dbpool_cancel(&job->request);
    inside_a_call = false;
    KEEP(status == (job->unanswered ? DBPOOL_OK : DBPOOL_EINVAL),
         "a cancel does not know what is unanswered");
    tally.cancels += job->unanswered;
}

/* The same, of which only streams take notice, wherever they are. */
static void stop_any(struct pool_life *life) {
    inside_a_call = true;
    dbpool_stream_stop(&life->jobs[below(JOBS)].request);
    inside_a_call = false;
}

/* Submits several, and at times gathers those that were taken. */
static void submit_some(struct pool_life *life) {
    struct gathering *gathering = one_in(3) ? idle_gathering(life) : NULL;
    size_t count = 0;
    for (uint64_t i = below(8); i > 0 && life->submitted < SUBMISSIONS; i--) {
        struct job *job = idle_job(life);
        if (job != NULL && submit(life, job) && gathering != NULL) {
            gathering->list[count++] = &job->request;
        }
    }
    if (gathering == NULL) {
        return;
    }
    dbpool_gather_init(&gathering->gather, gathering);
    gathering->gather.fire_on_one_callback = count != 0 && one_in(2);
    gathering->gather.fire_on_one_errback = one_in(2);
    gathering->life = life;
    gathering->count = count;
    inside_a_call = true;
    int status = dbpool_gather(life->pool, &gathering->gather, gathering->list,
                               count, on_fire);
    inside_a_call = false;
    KEEP(status ==
             (count == 0 && life->closing > 0 ? DBPOOL_ECLOSED : DBPOOL_OK),
         "a gather was refused");
    gathering->waiting = status == DBPOOL_OK;
    life->gathered += status == DBPOOL_OK;
}

static void open_next(void);

static void on_closed(struct dbpool_close_request *request) {
    struct pool_life *life = request->data;
    KEEP(!inside_a_call, "a callback came inside a call");
    KEEP(life->answered == life->submitted,
         "a pool closed over a request that was not answered");
    KEEP(life->fired == life->gathered,
         "a pool closed over a gather that has not fired");
    life->closed++;
    tally.closes++;
    if (life->closed < life->closing) {
        return;
    }
    tally.pools++;
    for (size_t i = 0; i < JOBS; i++) {
        dbpool_request_fini(&life->jobs[i].request);
    }
    life->pool = NULL;
    open_next();
    act();
}

static void close_life(struct pool_life *life) {
    if (life->closing < CLOSERS && life->closed == 0) {
        static const enum dbpool_close_grade grades[] = {
            DBPOOL_CLOSE_DRAIN, DBPOOL_CLOSE_CANCEL, DBPOOL_CLOSE_ABORT};
        struct dbpool_close_options options = {
            .grade = grades[below(3)],
            .drain_ms = one_of(0, 1, 1000),
            .cancel_ms = one_of(0, 1, 1000),
        };
        struct dbpool_stats stats;
        dbpool_stats(life->pool, &stats);
        KEEP(stats.submitted == (uint64_t)life->submitted &&
                 stats.submitted - stats.unanswered == (uint64_t)life->answered,
             "the statistics do not add up");
        inside_a_call = true;
        life->closers[life->closing].data = life;
        int status = dbpool_close_with(
            life->pool, &options, &life->closers[life->closing++], on_closed);
        inside_a_call = false;
        KEEP(status == DBPOOL_OK, "a close was refused");
    }
}

/* The next fault is near, and may be there to stay until the one after it. */
static void arm_memory(void) {
    tally.faults += faults_disarm();
    faults_arm(1 + below(300), one_in(8));
}

/* What a callback does. */
static void act(void) {
    if (memory_fails && one_in(20)) {
        arm_memory();
    }
    struct pool_life *life = any_life();
    if (life->pool == NULL || life->closed != 0) {
        return;
    }
    submit_some(life);
    if (one_in(3)) {
        cancel_any(life);
    }
    if (one_in(4)) {
        stop_any(life);
    }
    if (life->submitted >= SUBMISSIONS || one_in(40)) {
        close_life(life);
    }
}

static bool more_pools(void) {
    return requests_wanted == 0 ? pools_left > 0
                                : tally_sum(tally.answered) < requests_wanted;
}

static void open_next(void) {
    static atomic_uint connects;
    for (size_t i = 0; i < ALIVE && more_pools(); i++) {
        if (lives[i].pool != NULL) {
            continue;
        }
        struct pool_life *life = &lives[i];
        *life = (struct pool_life){0};
        for (size_t job = 0; job < JOBS; job++) {
            life->jobs[job].life = life;
            dbpool_request_init(&life->jobs[job].request, &life->jobs[job]);
        }
        struct dbpool_options options = fixture->options;
        options.max = 1 + (unsigned)below(5);
        options.min = (unsigned)below(options.max + 1);
        options.batch_max = one_of(1, 2, 64);
        options.statements_max = one_of(1, 2, 64);
        options.queue_limit = one_of(0, 1, 5);
        options.queue_policy =
            one_in(2) ? DBPOOL_QUEUE_REFUSE : DBPOOL_QUEUE_WAIT;
        life->queue_policy = options.queue_policy;
        options.stream_rows = one_of(1, 2, 1000);
        options.interaction_warn_ms = one_of(0, 1, 1000);
        options.hooks.on_slow = on_slow;
        options.on_connect = one_in(2) ? connect_or_refuse : NULL;
        options.on_connect_data = &connects;
        if (dbpool_open(&fixture->loop, fixture->url, &options, &life->pool) !=
            DBPOOL_OK) {
            KEEP(memory_fails, "a pool was not opened");
            life->pool = NULL;
            continue;
        }
        pools_left--;
    }
}

/* Pools that no callback happens to choose would stay for ever. */
static bool push(void) {
    bool any = false;
    open_next();
    for (size_t i = 0; i < ALIVE; i++) {
        if (lives[i].pool != NULL && lives[i].closed == 0) {
            any = true;
            submit_some(&lives[i]);
            if (lives[i].submitted >= SUBMISSIONS || one_in(10)) {
                close_life(&lives[i]);
            }
        }
    }
    return any || more_pools();
}

/* ---- Beside the loop ---- */

static atomic_bool watching;
static atomic_bool wrong_order;

static void watch(void *data) {
    (void)data;
    static struct dbpool_census_entry entries[64];
    while (atomic_load(&watching)) {
        size_t count = dbpool_census(entries, 64);
        for (size_t i = 1; i < count && i < 64; i++) {
            if (entries[i].id <= entries[i - 1].id) {
                atomic_store(&wrong_order, true);
            }
        }
        uv_sleep(1); /* the processor is for the pools */
    }
}

static uint64_t from_environment(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static void run_all_pools(void) {
    while (push()) {
        if (memory_fails) {
            arm_memory();
        }
        (void)uv_run(&fixture->loop, UV_RUN_DEFAULT);
        tally.faults += faults_disarm();
    }
}

static void stress(void **state, int pools) {
    fixture = *state;
    uint64_t seed =
        from_environment("DBPOOL_STRESS_SEED", (uint64_t)time(NULL));
    print_message("DBPOOL_STRESS_SEED=%llu\n", (unsigned long long)seed);
    (void)fflush(stdout);
    random_state = seed;
    memset(lives, 0, sizeof lives);
    tally = (struct tally){.seed = seed};
    fixture->options.busy_timeout_ms = 60000;
    pools_left = (int)from_environment("DBPOOL_STRESS_POOLS", (uint64_t)pools);
    requests_wanted = from_environment("DBPOOL_STRESS_REQUESTS", 0);
    atomic_store(&watching, true);
    uv_thread_t watcher;
    assert_int_equal(uv_thread_create(&watcher, watch, NULL), 0);
    run_all_pools();
    atomic_store(&watching, false);
    assert_int_equal(uv_thread_join(&watcher), 0);
    assert_false(atomic_load(&wrong_order));
    tally_print(&tally);
    tally_expect(&tally, requests_wanted);
}

static void
every_accepted_request_is_answered_once_whatever_comes(void **state) {
    stress(state, POOLS);
}

/* A connection that closes without memory may leave a write-ahead log, which
 * the last pool takes away. */
static void
every_accepted_request_is_answered_once_without_memory(void **state) {
    memory_fails = true;
    stress(state, POOLS / 4);
    memory_fails = false;
    struct dbpool_request request;
    fixture_open(fixture);
    dbpool_request_init(&request, fixture);
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup_wal, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(every_accepted_request_is_answered_once_whatever_comes),
        TEST(every_accepted_request_is_answered_once_without_memory),
    };
    return SUITE_RUN(tests, argc, argv);
}
