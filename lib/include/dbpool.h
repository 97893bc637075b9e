/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_H
#define DBPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* dbpool: pooled asynchronous queries on a libuv loop.
 *
 * A pool holds min..max threads with one database connection each. A request
 * is submitted on the loop thread, runs on one of the pool's threads, and is
 * answered by a callback on the loop thread:
 *
 *     static void on_user(struct dbpool_request *request) {
 *         struct dbpool_value name = dbpool_value(&request->result, 0, 1);
 *         ...
 *         dbpool_request_fini(request);
 *     }
 *
 *     struct dbpool *pool;
 *     dbpool_open(uv_default_loop(), "sqlite:users.db", NULL, &pool);
 *     dbpool_request_init(&request, data);
 *     request.params = params;
 *     request.params_count = 1;
 *     dbpool_run_query(pool, &request,
 *                      "SELECT * FROM users WHERE login = ?", on_user);
 *     ...
 *     dbpool_close(pool, NULL, NULL);
 *
 * Four promises hold for every accepted request: it is answered exactly once;
 * on the loop thread; never before the call that made it has returned; and
 * before the pool's close callback. A call that returns an error is never
 * answered.
 *
 * Thread: everything runs on the thread of the pool's loop, where nothing else
 *         is said. A call from another thread is a bug and aborts with a
 *         message. */

struct uv_loop_s;
struct sqlite3;

struct dbpool;             /* opaque */
struct dbpool_transaction; /* opaque */
struct dbpool_request;
struct dbpool_gather;

/* ---- Errors --------------------------------------------------------------
 *
 * Calls and requests have a status: DBPOOL_OK or one of these. */
enum dbpool_status {
    DBPOOL_OK = 0,
    DBPOOL_ENOMEM = -1,     /* out of memory */
    DBPOOL_ETHREAD = -2,    /* can't start new thread */
    DBPOOL_ECLOSED = -3,    /* the pool is closing or closed */
    DBPOOL_EINVAL = -4,     /* an argument or option is out of range */
    DBPOOL_EURL = -5,       /* no driver for this URL */
    DBPOOL_ECONNECT = -6,   /* the database cannot be opened */
    DBPOOL_ESQL = -7,       /* the statement is wrong, or a constraint failed */
    DBPOOL_EPARAMS = -8,    /* wrong number of parameters */
    DBPOOL_EBUSY = -9,      /* the database stayed locked for busy_timeout_ms */
    DBPOOL_EIO = -10,       /* the database could not be read or written */
    DBPOOL_ECORRUPT = -11,  /* the database is malformed, or is none */
    DBPOOL_EREADONLY = -12, /* a write to a database opened read-only */
    DBPOOL_EFULL = -13,     /* queue_limit requests are unanswered, or the
                               disk is full */
    DBPOOL_ETOOBIG = -14,   /* a value or a result is too large */
    DBPOOL_EABORT = -15,    /* an interaction gave up: its function returned
                               this, or any other status below zero */
    DBPOOL_ELOOP = -16,     /* the loop has no room for the pool's handles */
};

/* One sentence for a status; never NULL. Thread: any. */
const char *dbpool_strerror(int status);

/* "1.2.3". Thread: any. */
const char *dbpool_version(void);

/* ---- Sites ---------------------------------------------------------------
 *
 * Where something was made. The macros below record the caller's own line, so
 * that a leftover can be named; the strings are borrowed for ever. */
struct dbpool_site {
    const char *file;
    const char *function;
    int line;
};

#ifdef __cplusplus
#define DBPOOL_HERE (dbpool_site{__FILE__, __func__, __LINE__})
#else
#define DBPOOL_HERE ((struct dbpool_site){__FILE__, __func__, __LINE__})
#endif

/* ---- Values --------------------------------------------------------------*/
enum dbpool_type {
    DBPOOL_NULL,
    DBPOOL_INTEGER,
    DBPOOL_REAL,
    DBPOOL_TEXT, /* UTF-8; a NUL stands behind the last byte of a result */
    DBPOOL_BLOB,
};

/* As a parameter, text and blob are borrowed. As part of a result, they belong
 * to the result. */
struct dbpool_value {
    enum dbpool_type type;
    size_t size; /* of text and blob, in bytes, without the NUL */
    union {
        int64_t integer;
        double real;
        const char *text;
        const void *blob;
    } as;
};

struct dbpool_value dbpool_null(void);
struct dbpool_value dbpool_integer(int64_t integer);
struct dbpool_value dbpool_real(double real);
struct dbpool_value dbpool_text(const char *text); /* up to its NUL */
struct dbpool_value dbpool_text_n(const char *text, size_t size);
struct dbpool_value dbpool_blob(const void *bytes, size_t size);

/* ---- Results -------------------------------------------------------------
 *
 * The rows of one statement, in one block of memory that is kept and used
 * again until dbpool_result_fini(). All fields but rows_count, columns_count,
 * named, changes and last_insert_id are private. */
struct dbpool_result {
    size_t rows_count;
    uint32_t columns_count;
    bool named;             /* the column names are kept, too */
    int64_t changes;        /* rows that the statement changed */
    int64_t last_insert_id; /* of the connection; after an INSERT */
    unsigned char *block;   /* private, down to the end */
    size_t block_size;
    size_t cells_size;
    size_t bytes_size;
};

void dbpool_result_init(struct dbpool_result *result);
void dbpool_result_fini(struct dbpool_result *result);

/* The value in @row and @column, both from 0; out of range is NULL's value.
 * Text and blob are valid until the result is used again or given back.
 * Thread: the one that owns the result. */
struct dbpool_value dbpool_value(const struct dbpool_result *result, size_t row,
                                 uint32_t column);

/* The name of @column; NULL out of range, or when names were not asked for
 * (dbpool_request.names). Valid as long as the values are. */
const char *dbpool_column_name(const struct dbpool_result *result,
                               uint32_t column);

/* ---- Pools ---------------------------------------------------------------*/

/* Called on a pool's thread right after each connect; a status below zero
 * closes the connection again and fails the request with it. The connection is
 * valid during the call. */
typedef int (*dbpool_connect_cb)(struct dbpool_transaction *connection,
                                 void *data);

struct dbpool_options {
    unsigned min;             /* threads from the first request on: 3; 0..max */
    unsigned max;             /* threads at most: 5; 1..1024 */
    const char *name;         /* of the pool and its threads: "dbpool". Copied,
                                 cut to 31 bytes (thread names to 15) */
    bool read_only;           /* open the database read-only */
    bool must_exist;          /* do not create a missing database */
    unsigned busy_timeout_ms; /* waiting for a lock of others: 5000 */
    unsigned statements_max;  /* cached statements a connection: 64; 1..4096 */
    unsigned batch_max;       /* requests taken at once by a thread: 64;
                                 1..1024 */
    size_t queue_limit;       /* unanswered requests at most: 0, no limit */
    size_t stack_size;        /* of a thread, in bytes: 256 KiB */
    uint64_t tag;             /* the caller's own number, shown by the census */
    dbpool_connect_cb on_connect; /* or NULL */
    void *on_connect_data;
};

/* The defaults above. Thread: any. */
void dbpool_options_init(struct dbpool_options *options);

/* Opens a pool on @loop. No thread is started and no connection opened before
 * the first request, so a database that cannot be opened is that request's
 * error.
 *
 * Owner:   options and url are copied. The pool belongs to itself: it goes
 *          with its close callback.
 * Returns: 0; DBPOOL_EINVAL, DBPOOL_EURL, DBPOOL_ENOMEM, DBPOOL_ELOOP: nothing
 *          was made. */
#define dbpool_open(loop, url, options, pool_out)                              \
    dbpool_open_at(DBPOOL_HERE, loop, url, options, pool_out)
int dbpool_open_at(struct dbpool_site site, struct uv_loop_s *loop,
                   const char *url, const struct dbpool_options *options,
                   struct dbpool **pool_out);

/* One caller's wish to hear of the end of a pool. Owner: the caller, until the
 * callback. All fields but data are private. */
struct dbpool_close_request;
typedef void (*dbpool_close_cb)(struct dbpool_close_request *request);

struct dbpool_close_request {
    void *data;
    dbpool_close_cb cb;
    struct dbpool_close_request *next;
};

/* Closes the pool: refuses new requests, answers all that are accepted, closes
 * each connection on its own thread, joins the threads, gives the loop's
 * handles back, frees the pool, and then calls back. Closing again before that
 * joins the first: each @request is called, in order of the calls. It never
 * blocks, allocates nothing and cannot fail.
 *
 * Thread:   the loop's; from any callback, too.
 * Owner:    @request (may be NULL, with @cb) stays alive until @cb. The pool
 *           must not be used after the first of the close callbacks.
 * Callback: exactly once, never before this call returns. */
void dbpool_close(struct dbpool *pool, struct dbpool_close_request *request,
                  dbpool_close_cb cb);

/* ---- Requests ------------------------------------------------------------*/
typedef void (*dbpool_request_cb)(struct dbpool_request *request);

/* Runs on one of the pool's threads, inside a transaction (run_interaction) or
 * without one (run_with_connection). DBPOOL_OK commits; a status below zero
 * rolls back and is the request's status. */
typedef int (*dbpool_interaction_fn)(struct dbpool_transaction *transaction,
                                     void *data);

/* One request. Owner: the caller, who keeps it, its SQL and its parameters
 * alive and unchanged until the callback; then it may be used again as it is
 * (its memory too), or given back. */
struct dbpool_request {
    /* In. */
    void *data;
    const struct dbpool_value *params;
    uint32_t params_count;
    bool names; /* keep the column names: dbpool_column_name() */

    /* Out, from the callback on. */
    int32_t status;
    int32_t code; /* the database's own (extended) code, or errno */
    uint32_t gather_index;
    struct dbpool_result result;

    /* Private. */
    struct dbpool_request *next;
    struct dbpool *pool;
    const char *sql;
    dbpool_interaction_fn function;
    dbpool_request_cb cb;
    struct dbpool_gather *gather;
    struct dbpool_site site;
    uint8_t kind;
    uint8_t state;
};

/* Thread: any. */
void dbpool_request_init(struct dbpool_request *request, void *data);

/* Gives the result's memory back. Not while the request is unanswered. */
void dbpool_request_fini(struct dbpool_request *request);

/* What happened, in words: the database's own message where there is one, else
 * dbpool_strerror(status). Valid until the request is used again. */
const char *dbpool_request_message(const struct dbpool_request *request);

/* Runs one statement and keeps its rows. All statements of a call of this kind
 * are a transaction of their own; reads that wait together share one that was
 * begun after the last of them was submitted.
 *
 * Owner:    @request, @sql and the parameters stay alive until @cb.
 * Callback: exactly once, on the loop thread, never before this call returns;
 *           never if this call fails. @cb may be NULL when the request is
 *           gathered.
 * Limit:    options.queue_limit requests unanswered, then DBPOOL_EFULL.
 * Returns:  0; DBPOOL_ECLOSED, DBPOOL_EFULL, DBPOOL_EINVAL, or DBPOOL_ETHREAD
 *           when this request called for a thread that cannot be started (then
 *           request->code is its errno). */
#define dbpool_run_query(pool, request, sql, cb)                               \
    dbpool_run_query_at(DBPOOL_HERE, pool, request, sql, cb)
int dbpool_run_query_at(struct dbpool_site site, struct dbpool *pool,
                        struct dbpool_request *request, const char *sql,
                        dbpool_request_cb cb);

/* As dbpool_run_query(), for statements whose rows nobody wants: changes and
 * last_insert_id are kept. */
#define dbpool_run_operation(pool, request, sql, cb)                           \
    dbpool_run_operation_at(DBPOOL_HERE, pool, request, sql, cb)
int dbpool_run_operation_at(struct dbpool_site site, struct dbpool *pool,
                            struct dbpool_request *request, const char *sql,
                            dbpool_request_cb cb);

/* Runs @function, with request->data, on a pool's thread in a transaction. If
 * it or the commit fails it is rolled back, and the original error reported. */
#define dbpool_run_interaction(pool, request, function, cb)                    \
    dbpool_run_interaction_at(DBPOOL_HERE, pool, request, function, cb)
int dbpool_run_interaction_at(struct dbpool_site site, struct dbpool *pool,
                              struct dbpool_request *request,
                              dbpool_interaction_fn function,
                              dbpool_request_cb cb);

/* As dbpool_run_interaction(), with no transaction begun: @function may begin
 * its own. One that it leaves open is committed, or rolled back on an error. */
#define dbpool_run_with_connection(pool, request, function, cb)                \
    dbpool_run_with_connection_at(DBPOOL_HERE, pool, request, function, cb)
int dbpool_run_with_connection_at(struct dbpool_site site, struct dbpool *pool,
                                  struct dbpool_request *request,
                                  dbpool_interaction_fn function,
                                  dbpool_request_cb cb);

/* ---- Inside an interaction -----------------------------------------------*/

/* Runs one statement on the interaction's connection, on its thread.
 *
 * Thread:  the one that the interaction's function was called on. Checked.
 * Owner:   @result is the caller's, initialised; NULL: the rows are not kept.
 * Returns: as a request's status; dbpool_transaction_message() says more. */
struct dbpool_statement {
    const char *sql;
    const struct dbpool_value *params;
    uint32_t params_count;
    bool names; /* keep the column names */
};

int dbpool_execute(struct dbpool_transaction *transaction,
                   const struct dbpool_statement *statement,
                   struct dbpool_result *result);

/* Of the last dbpool_execute(), until the next one. */
const char *
dbpool_transaction_message(const struct dbpool_transaction *transaction);

/* ---- Gathers -------------------------------------------------------------
 *
 * Waits for several requests, as Twisted's DeferredList does. The requests
 * themselves are the list of results, in the order in which they were given;
 * each one's own callback is called before the gather hears of it. */
typedef void (*dbpool_gather_cb)(struct dbpool_gather *gather);

struct dbpool_gather {
    /* In. */
    void *data;
    bool fire_on_one_callback; /* fire with the first success */
    bool fire_on_one_errback;  /* fire with the first failure */
    bool consume_errors;       /* a failure counts as handled: see
                                  dbpool_stats.failed_unhandled */

    /* Out. fired_index: the request that fired it, or -1 for all of them. */
    int64_t fired_index;
    int32_t fired_status; /* 0, or that of the first failure */
    size_t answered_count;
    size_t failed_count;

    /* Private. */
    struct dbpool *pool;
    struct dbpool_request **requests;
    size_t requests_count;
    dbpool_gather_cb cb;
    struct dbpool_gather *next;
    bool fired;
};

void dbpool_gather_init(struct dbpool_gather *gather, void *data);

/* Starts to wait for @requests_count requests of @pool that were submitted in
 * this turn of the loop (none was answered yet). An empty list fires in the
 * next turn, unless fire_on_one_callback: then it never does.
 *
 * Owner:    @gather and @requests stay alive until every one of the requests
 *           was answered and @cb, where it comes, has returned.
 * Callback: once at most, on the loop thread, never before this call returns.
 * Returns:  0; DBPOOL_ECLOSED; DBPOOL_EINVAL for a request of another pool, one
 *           that is gathered already, or one that is not unanswered. */
int dbpool_gather(struct dbpool *pool, struct dbpool_gather *gather,
                  struct dbpool_request **requests, size_t requests_count,
                  dbpool_gather_cb cb);

/* ---- Statistics ----------------------------------------------------------*/
struct dbpool_stats {
    uint64_t submitted; /* = succeeded + failed + unanswered */
    uint64_t succeeded;
    uint64_t failed;
    uint64_t failed_unhandled; /* no callback, and no gather that consumes */
    uint64_t refused;          /* calls that returned an error */
    uint64_t unanswered;
    uint64_t unanswered_peak;
    uint64_t batches; /* handed over to threads */
    uint64_t wakeups; /* of the loop, by threads */
    uint64_t connects;
    uint64_t connects_failed;
    uint64_t statements_prepared;
    uint64_t statements_hit;
    uint64_t statements_evicted;
    uint64_t rollbacks;
    unsigned threads; /* now */
    unsigned threads_failed;
};

void dbpool_stats(const struct dbpool *pool, struct dbpool_stats *stats_out);

/* ---- Census --------------------------------------------------------------
 *
 * All that the library holds in this process, of all pools, each with the line
 * that made it. It is always on: a list entry a thing, none a request. */
enum dbpool_kind {
    DBPOOL_KIND_POOL,
    DBPOOL_KIND_THREAD,
    DBPOOL_KIND_CONNECTION,
    DBPOOL_KIND_STATEMENT,
    DBPOOL_KIND_TRANSACTION,
    DBPOOL_KIND_HANDLE,
};

#define DBPOOL_CENSUS_TEXT_SIZE 96

struct dbpool_census_entry {
    enum dbpool_kind kind;
    uint64_t id;        /* unique in the process, rising */
    uint64_t owner_id;  /* a statement's connection, a connection's thread, a
                           thread's pool; 0: none */
    uint64_t tag;       /* options.tag of the pool */
    const void *object; /* a handle's uv_handle_t; identity only */
    int64_t thread_id;  /* the kernel's; threads only; 0: not yet running */
    struct dbpool_site site; /* of the call that made it necessary */
    struct dbpool_site pool_site;
    char text[DBPOOL_CENSUS_TEXT_SIZE]; /* name, path or SQL; cut */
};

/* Writes the first @capacity entries, in order of their ids, and returns how
 * many there are. Thread: any. */
size_t dbpool_census(struct dbpool_census_entry *entries, size_t capacity);

/* On whose behalf the library is working on this thread at this moment; for
 * tools that watch what is acquired underneath. Fields are NULL or 0 outside.
 * Thread: any; about the calling thread. */
struct dbpool_activity {
    const char *pool_name;
    uint64_t tag;
    unsigned thread_number; /* from 1; 0: not a pool's thread */
    struct dbpool_site pool_site;
    struct dbpool_site site; /* of the request or call */
};

struct dbpool_activity dbpool_activity(void);

/* ---- A connection by itself ----------------------------------------------*/

/* Opens an SQLite connection with exactly the settings that the pool's threads
 * use, for what has to be done outside of a pool (and as the peer that a pool
 * is measured against). Close it with sqlite3_close().
 *
 * Thread:  any; the connection is for one thread at a time.
 * Returns: 0; DBPOOL_EURL, DBPOOL_ECONNECT, DBPOOL_ENOMEM, ... and then the
 *          message in @message (message_size bytes, may be 0). */
int dbpool_sqlite_open(const char *url, const struct dbpool_options *options,
                       struct sqlite3 **connection_out, char *message,
                       size_t message_size);

/* For the whole process, once, before SQLite's first use: turns off its memory
 * statistics, whose one lock every allocation of every thread would take.
 * Thread: before others start. Returns: 0, or DBPOOL_EINVAL when SQLite is
 * already in use. */
int dbpool_tune_process(void);

#ifdef __cplusplus
}
#endif

#endif
