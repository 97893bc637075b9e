/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_H
#define DBPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#ifdef __GNUC__
#pragma GCC diagnostic push
/* A function and a struct of one name: as C has it, it hides no constructor. */
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#endif

/* dbpool: pooled asynchronous queries on a libuv loop.
 *
 * A pool holds min..max threads with one database connection each. A request
 * is submitted on the loop thread, runs on one of the pool's threads, and is
 * answered by a callback on the loop thread, which is the one that opened the
 * pool:
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
 * A child that was forked cannot use its parent's pools: each call that has a
 * status returns DBPOOL_EFORKED there and does nothing, dbpool_execute()
 * included; dbpool_close() and its like never call back, and give memory back
 * where it was the loop's thread that forked; dbpool_stats() gives zeros; the
 * census is empty; requests that are unanswered stay so, and may be given back.
 * Neither locks, threads nor the database are touched, and the parent goes on.
 * A child that was forked in a callback goes on with the loop only after
 * uv_loop_fork(), as libuv says, and answers nothing; one that returns from an
 * interaction aborts. Where the parent's pools had threads or connections at
 * the fork, a child opens no pools of its own either, for SQLite has left it
 * locks that only the parent has (DBPOOL_EFORKED): it may after exec.
 *
 * Thread: everything runs on the thread of the pool's loop, where nothing else
 *         is said. A call from another thread is a bug and aborts with a
 *         message that names the call and the thread. */

struct uv_loop_s;
struct sqlite3;

struct dbpool;             /* opaque */
struct dbpool_transaction; /* opaque */
struct dbpool_request;
struct dbpool_gather;

/* ---- Errors --------------------------------------------------------------
 *
 * Calls and requests have a status: DBPOOL_OK, or one of these, or what a
 * function of the caller's returned (below zero). */
enum dbpool_status {
    DBPOOL_OK = 0,
    DBPOOL_ENOMEM = -1,     /* out of memory */
    DBPOOL_ETHREAD = -2,    /* can't start new thread */
    DBPOOL_ECLOSED = -3,    /* the pool is closing or closed */
    DBPOOL_EINVAL = -4,     /* an argument or option is out of range */
    DBPOOL_EURL = -5,       /* no driver for this URL */
    DBPOOL_ECONNECT = -6,   /* the database cannot be opened, or SQLite was
                               compiled for one thread (SQLITE_THREADSAFE=0) */
    DBPOOL_ESQL = -7,       /* the statement is wrong, or a constraint failed */
    DBPOOL_EPARAMS = -8,    /* wrong number of parameters */
    DBPOOL_EBUSY = -9,      /* the database stayed locked for busy_timeout_ms */
    DBPOOL_EIO = -10,       /* the database could not be read or written */
    DBPOOL_ECORRUPT = -11,  /* the database is malformed, or is none */
    DBPOOL_EREADONLY = -12, /* a write to a database opened read-only */
    DBPOOL_EFULL = -13,     /* queue_limit requests are unanswered, or the
                               disk is full */
    DBPOOL_ETOOBIG = -14,   /* a value or a result is too large */
    DBPOOL_EABORT = -15,    /* for interactions to give up with; the library
                               never sets it by itself */
    DBPOOL_ELOOP = -16,     /* the loop has no room for the pool's handles */
    DBPOOL_ECANCELED = -17, /* canceled: by dbpool_cancel(), or by a close */
    DBPOOL_EDEADLK = -18,   /* the call would wait for itself */
    DBPOOL_ETIMEDOUT = -19, /* queue_timeout_ms or run_timeout_ms has passed:
                               the message says which */
    DBPOOL_EFORKED = -20,   /* forked from a process whose pools were in use
                             */
    DBPOOL_ELOST = -21,     /* the connection was lost: before the statement
                               ran, or see dbpool_request.cleanup_status */
};

/* A few words for a status; never NULL. Thread: any. */
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
    DBPOOL_TEXT, /* UTF-8; in a result, a NUL stands behind the last byte */
    DBPOOL_BLOB, /* the same */
};

/* As a parameter, text and blob are borrowed, and bound without a copy. As part
 * of a result, they belong to the result, and are copied into it once. */
struct dbpool_value {
    enum dbpool_type type;
    uint32_t size; /* of text and blob, in bytes, without the NUL. A size_t that
                      may be larger is for dbpool_text_n() and dbpool_blob():
                      by hand it would be cut */
    union {
        int64_t integer;
        double real;
        const char *text;
        const void *blob;
    } as;
};

/* Values to bind. A NULL pointer to text is the database's NULL. A size of 4
 * GiB or more is refused as too big when it is bound.
 *
 * Thread: any. */
struct dbpool_value dbpool_null(void);
struct dbpool_value dbpool_integer(int64_t integer);
struct dbpool_value dbpool_real(double real);
struct dbpool_value dbpool_text(const char *text); /* up to its NUL */
struct dbpool_value dbpool_text_n(const char *text, size_t size);
struct dbpool_value dbpool_blob(const void *bytes, size_t size);

/* ---- Results -------------------------------------------------------------
 *
 * The rows of one statement, in one block of memory that is kept and used
 * again until dbpool_result_fini(). It doubles as rows come, but for a large
 * value grows by little more than that. All fields but rows_count,
 * columns_count, named, changes and last_insert_id are private. What failed has
 * no rows.
 *
 * Thread: the one that owns the result: the loop's for a request's, the
 *         interaction's for one that dbpool_execute() fills. */
struct dbpool_result {
    size_t rows_count;
    uint32_t columns_count;
    bool named;             /* the column names are kept, too */
    int64_t changes;        /* rows that an INSERT, UPDATE or DELETE changed;
                               of other statements, 0 */
    int64_t last_insert_id; /* of the connection, after a statement that
                               writes; reads, 0 */
    struct dbpool_value *values; /* private, down to the end */
    struct dbpool_value *values_end;
    unsigned char *bytes_end;
    unsigned char *bytes;
};

/* For results of the caller's own; a request has its own already. After fini()
 * it is as after init(). */
void dbpool_result_init(struct dbpool_result *result);
void dbpool_result_fini(struct dbpool_result *result);

/* The columns_count values of @row, from 0; NULL out of range. They, their
 * texts and their blobs are valid until the result is used again or given back.
 */
const struct dbpool_value *dbpool_row(const struct dbpool_result *result,
                                      size_t row);

/* The value in @row and @column, both from 0; out of range is NULL's value.
 * Text and blob are valid until the result is used again or given back. */
struct dbpool_value dbpool_value(const struct dbpool_result *result, size_t row,
                                 uint32_t column);

/* The name of @column; NULL out of range, or when names were not asked for
 * (dbpool_request.names). Valid as long as the values are. */
const char *dbpool_column_name(const struct dbpool_result *result,
                               uint32_t column);

/* ---- Pools ---------------------------------------------------------------
 *
 * Threads are counted, not timed: from the first request on a pool has
 *
 *     min(max, max(min, the most requests that were unanswered at once))
 *
 * of them, until it is closed or, with idle_timeout_ms, idle: the loop, when it
 * runs, lets threads go that are idle for so long, while more than min and more
 * than the unanswered requests are left; the next requests that call for them
 * start them again. Each opens its connection when it first has
 * something to run.
 *
 * Writes go through one lane, in the order in which they were submitted: at any
 * moment one of the threads, whichever is free, runs them, and all others read.
 * Interactions and whole connections are writes, unless reads_only, operations
 * too, and queries whose statement writes. Such a query may have to be prepared
 * to know (WITH ... INSERT): it takes its place among the writes that have not
 * begun by then. No thread of the pool loses patience with another of it:
 * busy_timeout_ms is for locks of others. Threads that read have PRAGMA
 * query_only set. With symmetric, or read_only, there is no lane.
 *
 * Signals of the process are for its own threads: those of the pool block all
 * but what a thread brings on itself (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP,
 * SIGABRT, SIGSYS, SIGPIPE, SIGXFSZ) and SIGPROF. A program that an interaction
 * starts begins with them blocked, unless it is started otherwise.
 *
 * A pool keeps its loop alive while requests are unanswered or it is closing,
 * and no longer: uv_run() may return while the pool, its threads and its
 * connections are there. Nothing but dbpool_close() ends them. */

/* Called on a pool's thread right after each connect; a status below zero
 * closes the connection again and fails the request with it. A transaction
 * that it leaves open is committed. The connection is valid during the call,
 * for dbpool_execute(). */
typedef int (*dbpool_connect_cb)(struct dbpool_transaction *connection,
                                 void *data);

/* What a request is told when queue_limit are unanswered. */
enum dbpool_queue_policy {
    DBPOOL_QUEUE_REFUSE, /* the call returns DBPOOL_EFULL */
    DBPOOL_QUEUE_WAIT,   /* it is accepted, and handed to the threads when
                            others were answered, in order. It is unanswered,
                            and calls for a thread, from the first */
};

/* Why a connection was closed. */
enum dbpool_closed {
    DBPOOL_CLOSED_AT_END,  /* the pool closes */
    DBPOOL_CLOSED_REFUSED, /* on_connect failed */
    DBPOOL_CLOSED_LOST,    /* not even a rollback worked on it, or it was lost:
                              see options.reconnect */
    DBPOOL_CLOSED_EXPIRED, /* options.max_lifetime_ms */
    DBPOOL_CLOSED_IDLE,    /* its thread leaves: options.idle_timeout_ms */
    DBPOOL_CLOSED_CAUSES_MAX = 8,
};

/* What a program may watch; NULL: nobody is called. They look on: they may read
 * the request and its data, and call nothing of the pool's.
 *
 * Thread: each says its own; those of the pool's threads run at the same time
 *         as each other and as the loop's. */
typedef void (*dbpool_request_hook)(const struct dbpool_request *request,
                                    void *data);
typedef void (*dbpool_connect_hook)(const struct dbpool *pool, int status,
                                    void *data);
typedef void (*dbpool_disconnect_hook)(const struct dbpool *pool,
                                       enum dbpool_closed cause, void *data);

typedef void (*dbpool_close_hook)(const struct dbpool *pool, void *data);

/* An interaction, or a with_connection, that is open for too long. */
struct dbpool_slow {
    const struct dbpool *pool;
    const struct dbpool_request *request; /* not yet answered */
    struct dbpool_site site;              /* that submitted it */
    uint64_t age_ms;                      /* since it was begun */
    bool returned; /* false: still open; true, in a second call: it was open for
                      age_ms, and is about to be answered */
};
typedef void (*dbpool_slow_hook)(const struct dbpool_slow *slow, void *data);

struct dbpool_hooks {
    void *data;                    /* for all of them */
    dbpool_request_hook on_submit; /* accepted, its call about to return: loop
                                      thread */
    dbpool_request_hook on_start;  /* about to run: the pool's thread that does
                                      it */
    dbpool_request_hook on_done;   /* answered, its own callback is next: loop
                                      thread */
    dbpool_connect_hook on_connect_done;  /* after each connect and on_connect,
                                             with its status: the pool's
                                             thread */
    dbpool_disconnect_hook on_disconnect; /* a connection was closed: the pool's
                                             thread */
    dbpool_slow_hook on_slow; /* see options.interaction_warn_ms: loop thread */
    dbpool_close_hook on_close; /* the pool is closed, whoever asked for it, and
                                   is freed next, before its close callbacks:
                                   loop thread */
};

/* Begin with dbpool_options_init(): of zeros alone no pool can be opened. */
struct dbpool_options {
    unsigned min;             /* threads from the first request on: 3; 0..max */
    unsigned max;             /* threads at most: 5; 1..1024 */
    const char *name;         /* of the pool and its threads: "dbpool". Copied,
                                 cut to 31 bytes (thread names to 15) */
    bool read_only;           /* open the database read-only. In WAL mode SQLite
                                 makes -wal and -shm all the same, and a
                                 connection that may not write cannot remove
                                 them; where they cannot be made either, the
                                 request gets DBPOOL_EREADONLY */
    bool must_exist;          /* do not create a missing database */
    unsigned busy_timeout_ms; /* waiting for a lock of others: 5000; 0 (do not
                                 wait)..INT_MAX */
    unsigned statements_max;  /* cached statements a connection: 64; 1..4096 */
    unsigned batch_max;       /* requests taken at once by a thread: 64;
                                 1..1024. Nobody waits for the whole batch: see
                                 dbpool_run_query() */
    size_t queue_limit;       /* unanswered requests at most: 0, no limit */
    size_t stack_size; /* of a thread, in bytes: 1.5 MiB; 256 KiB..1 GiB. With
                          less than that, deep expressions and long compound
                          SELECTs are refused. A pattern of LIKE or GLOB may
                          have a byte for each 128 of stack but the first 32
                          KiB: 12,032; never more than 50,000. SQLite bounds
                          neither views, common table expressions and triggers
                          that are built on each other (up to 1.3 KiB of stack
                          each) nor what expressions of views become when they
                          are put together (500 bytes an operator): where there
                          is too little for them the process ends */
    uint64_t tag;      /* the caller's own number, shown by the census */
    dbpool_connect_cb on_connect; /* or NULL */
    void *on_connect_data;
    bool timing; /* read the clock for each request: see dbpool_stats */
    struct dbpool_hooks hooks; /* none */
    size_t stream_rows;  /* in a chunk of a stream at most: 1000; 1..1000000 */
    size_t stream_bytes; /* and as much memory, unless one row needs more: 64
                            KiB; 1 KiB..1 GiB. A stream has two chunks */
    unsigned interaction_warn_ms; /* hooks.on_slow is told of interactions and
                                     with_connections open for longer; looked
                                     for every quarter of it: 0, never */
    uint32_t acquire_timeout_ms;  /* queue_timeout_ms of requests that have
                                     none: 0, no limit */
    enum dbpool_queue_policy queue_policy; /* at queue_limit: refuse */
    bool symmetric;       /* every thread runs everything: no lane for writes */
    bool reconnect;       /* give lost connections up: see dbpool_open() */
    const char *good_sql; /* succeeds on a connection that is sound:
                             "SELECT 1". Copied */
    unsigned idle_timeout_ms; /* threads above min leave when idle for so long:
                                 0, never */
    unsigned max_lifetime_ms; /* a connection this old is opened anew, between
                                 batches: 0, never. Each a little earlier, up
                                 to 2.5 %, so that not all go at once */
    unsigned validate_after_idle_ms; /* a connection not used for so long is
                                        probed first, as with reconnect, and
                                        opened anew if that fails: 0, never */
    size_t mmap_bytes;  /* of the database are mapped into memory to be read,
                           at most: 2 GiB less 64 KiB, which is as much as
                           SQLite itself maps; 0: none. The rest is read in
                           pages. What is mapped and cannot be read ends the
                           process (SIGBUS): a file that others cut short, a
                           disk that fails, a network that is gone */
    size_t cache_bytes; /* of pages, a connection: 2 MiB; 4 KiB..1 TiB */
    unsigned spin_us;   /* how long a thread without work, and the loop while it
                           waits for answers, stay awake before they sleep: 50;
                           0..1000000. Less after having done so in vain, and
                           never where there is no processor to spare */
};

/* The defaults above. Thread: any. */
void dbpool_options_init(struct dbpool_options *options);

/* Opens a pool on @loop. No thread is started and no connection opened before
 * the first request, so a database that cannot be opened is that request's
 * error.
 *
 * @url is "sqlite:PATH", "sqlite:///ABSOLUTE/PATH", or a path alone; a relative
 * one is looked up when each connection is opened; SQLite's own URIs ("file:")
 * are refused. ":memory:" is one database for all threads of the pool and for
 * no other pool, from its opening to its end: there readers and writers wait
 * for each other, and it holds 1 GiB unless SQLite is configured otherwise
 * (SQLITE_CONFIG_MEMDB_MAXSIZE). It needs SQLite 3.36. @options may be NULL:
 * the defaults.
 *
 * With reconnect, a request's error that may mean a lost connection (the file
 * cannot be read or written, is malformed, or is not the one that was opened)
 * has the connection probed: is the file still there, can its header be read,
 * does good_sql succeed? If not, the connection is closed on its own thread,
 * the request is answered with its own error and DBPOOL_ELOST in
 * cleanup_status, and the next use connects again, on_connect included. A
 * batch that finds the file deleted, moved or replaced connects again before
 * it runs anything. SQL that is wrong is never mistaken for a lost connection.
 *
 * Thread:  the one that runs @loop; from here on it is the pool's loop thread.
 * Owner:   options and url are copied; what on_connect_data points to is not.
 *          The pool belongs to itself: it is freed just before its close
 *          callbacks.
 * Returns: 0; DBPOOL_EINVAL, DBPOOL_EURL, DBPOOL_ENOMEM, DBPOOL_ELOOP: nothing
 *          was made. With ":memory:", whatever keeps it from being opened. */
#define dbpool_open(loop, url, options, pool_out)                              \
    dbpool_open_at(DBPOOL_HERE, loop, url, options, pool_out)
int dbpool_open_at(struct dbpool_site site, struct uv_loop_s *loop,
                   const char *url, const struct dbpool_options *options,
                   struct dbpool **pool_out);

/* One caller's wish to hear of the end of a pool. Owner: the caller, until the
 * callback. */
struct dbpool_close_request;
typedef void (*dbpool_close_cb)(struct dbpool_close_request *request);

struct dbpool_close_request {
    void *data;

    /* Private. */
    dbpool_close_cb cb;
    struct dbpool_close_request *next;
};

/* Closes the pool: refuses new requests, answers all that are accepted, closes
 * each connection on its own thread, joins the threads, gives the loop's
 * handles back, frees the pool, and then calls back. Closing again before that
 * joins the first: each @request is called, in order of the calls. It never
 * waits for a request, allocates nothing and cannot fail. All of it needs a
 * loop that is run.
 *
 * In WAL mode -wal and -shm go with the last connection. SQLite needs memory to
 * write back what is still in the log. Where it has none, or had none to finish
 * connecting, the files stay: whole, and gone with the next clean close.
 *
 * Thread:   the loop's; from the callback of a request or a gather, too.
 * Owner:    @request stays alive until @cb, one for each call. The pool must
 *           not be used any more once the first close callback is called.
 * Callback: exactly once, never before this call returns; none when @request
 *           and @cb are NULL. One without the other aborts, and so does a
 *           @request that this pool has been given and not yet called. */
void dbpool_close(struct dbpool *pool, struct dbpool_close_request *request,
                  dbpool_close_cb cb);

/* How hard a pool is closed. What is given up is answered DBPOOL_ECANCELED. */
enum dbpool_close_grade {
    DBPOOL_CLOSE_DRAIN,  /* everything accepted is run */
    DBPOOL_CLOSE_CANCEL, /* what has not begun is given up; what runs is not */
    DBPOOL_CLOSE_ABORT,  /* what runs is interrupted and rolled back, too, as
                            by dbpool_cancel(), on every connection */
};

/* Of zeros: a drain, however long it takes. Where several closes say so, the
 * earliest deadline counts. */
struct dbpool_close_options {
    enum dbpool_close_grade grade;
    uint32_t drain_ms;  /* a drain becomes a cancel after this long: 0, never */
    uint32_t cancel_ms; /* a cancel, also one that was a drain, becomes an abort
                           after this long: 0, never */
};

/* As dbpool_close(), with a grade; @options may be NULL. A harder close of a
 * pool that is being closed hardens that; a softer one joins it.
 *
 * Returns: 0; DBPOOL_EINVAL for a grade that is none: nothing was done. */
int dbpool_close_with(struct dbpool *pool,
                      const struct dbpool_close_options *options,
                      struct dbpool_close_request *request, dbpool_close_cb cb);

/* Asks the loop thread to call dbpool_close(pool, NULL, NULL); asking again
 * changes nothing. The loop hears of it when it runs, and is not kept alive for
 * it.
 *
 * From then on the pool may be gone in any turn of the loop. Code of the loop's
 * that goes on using it is told by hooks.on_close; until that is called, its
 * requests are refused (DBPOOL_ECLOSED).
 *
 * Thread: any; also inside an interaction. The caller sees to it that the pool
 *         is not gone. */
void dbpool_close_soon(struct dbpool *pool);

/* Closes the pool and runs its loop, with all that is on it, until the pool is
 * gone: for programs whose loop does not run.
 *
 * Thread:  the loop's. In an interaction of the pool, and in a callback of any
 *          pool of this loop, it would wait for itself, and is refused; in
 *          other callbacks of the loop it must not be called, since uv_run()
 *          must not.
 * Returns: 0; DBPOOL_EDEADLK, and @message says where this call and the one
 *          that it would wait for are; DBPOOL_EINVAL. Then nothing was done.
 *          @message_size may be 0. */
#define dbpool_close_wait(pool, options, message, message_size)                \
    dbpool_close_wait_at(DBPOOL_HERE, pool, options, message, message_size)
int dbpool_close_wait_at(struct dbpool_site site, struct dbpool *pool,
                         const struct dbpool_close_options *options,
                         char *message, size_t message_size);

/* ---- Requests ------------------------------------------------------------*/
typedef void (*dbpool_request_cb)(struct dbpool_request *request);

/* Runs on one of the pool's threads, inside a transaction (run_interaction) or
 * without one (run_with_connection). DBPOOL_OK, or anything above, commits; a
 * status below zero rolls back and is the request's status. It may call
 * dbpool_execute(), and nothing that belongs to the loop. */
typedef int (*dbpool_interaction_fn)(struct dbpool_transaction *transaction,
                                     void *data);

/* When a request got how far: ns of uv_hrtime(), 0 where it never did. */
struct dbpool_request_times {
    uint64_t submitted_ns; /* its call was about to return */
    uint64_t taken_ns;     /* by the thread that ran it, perhaps with others */
    uint64_t begun_ns; /* what it waits for in its thread is behind it: other
                          requests, connecting, preparing. Of a function:
                          before its transaction */
    uint64_t ended_ns; /* with its rows kept */
    uint64_t delivered_ns; /* the loop had its answer, perhaps with others;
                              callbacks of those before it come first */
};

/* One request. Owner: the caller, who keeps it, its SQL and its parameters
 * alive and unchanged until the callback; then it may be used again as it is
 * (its memory too), or given back. */
struct dbpool_request {
    /* In. */
    void *data;
    const struct dbpool_value *params;
    uint32_t params_count;
    bool names;                /* keep the column names: dbpool_column_name() */
    bool reads_only;           /* the function of the caller's only reads: its
                                  transaction is no write, and a write is
                                  DBPOOL_EREADONLY, also one that would change
                                  nothing, and PRAGMA journal_mode: what
                                  sqlite3_stmt_readonly() says is one */
    uint8_t kind;              /* private */
    uint8_t state;             /* private */
    uint32_t queue_timeout_ms; /* waiting for a thread at most: 0, as
                                  options.acquire_timeout_ms says */
    uint32_t run_timeout_ms;   /* running at most, connecting and waiting for
                                  locks included: 0, no limit */
    struct dbpool_request_times *times; /* with options.timing: kept until the
                                           callback has returned; or NULL */

    /* Out, from the callback on; status and code also of a call that failed.
     * gather_index: the place in the list that was given to dbpool_gather(). */
    int32_t status;
    int32_t code; /* the database's own (extended) code, or errno; or 0 */
    uint32_t gather_index;
    int32_t cleanup_status; /* what failed behind @status, which stays what it
                               was: 0, or why the rollback failed (the
                               connection was closed instead, which ends it
                               surely), or DBPOOL_ELOST: see dbpool_open(). The
                               message names both */
    struct dbpool_result result;

    /* Private. */
    struct dbpool_request *next;
    struct dbpool_request *previous;
    struct dbpool *pool;
    dbpool_request_cb cb;
    struct dbpool_gather *gather;
    union {
        const char *sql;
        dbpool_interaction_fn function;
    } what;
    union {
        void (*rows_cb)(struct dbpool_request *request,
                        const struct dbpool_result *rows);
        size_t rows_count; /* of many */
        uint64_t slow_ns;  /* of a function */
    } more;
    struct dbpool_site site;
    uint64_t staged_ns;
    uint32_t number; /* in order of submission; begins again after the last */
    uint32_t due;    /* its place among those with a deadline; 0: it has none */
    uint8_t place;
    uint8_t stop;
    bool stopped;
    bool alarmed;
    bool slow;
    bool taken;   /* by a thread, perhaps not by the one that runs it */
    bool started; /* a thread has begun it, perhaps not the one it needs */
};

/* Once, before a request's first use. Thread: any. */
void dbpool_request_init(struct dbpool_request *request, void *data);

/* Gives the result's memory back; the request may be used again. Not while it
 * is unanswered: that aborts. In its own callback it no longer is. */
void dbpool_request_fini(struct dbpool_request *request);

/* How the request was answered, in words: the database's own message where
 * there is one, else dbpool_strerror(status); of a call that failed, too.
 * Valid until the request is used again or given back. */
const char *dbpool_request_message(const struct dbpool_request *request);

/* Runs one statement, exactly one, and keeps its rows. It is a transaction of
 * its own; reads that wait together share one that was begun after the last of
 * them was submitted. A transaction that it leaves open (BEGIN) is rolled back,
 * and that is DBPOOL_ESQL. Requests run at the same time: one that needs the
 * effect of another is submitted when that one was answered.
 *
 * A thread takes several at once, but nobody waits for all of them. Before a
 * function of the caller's those that are done are answered; and when a
 * statement has run for 100 us, which is looked for every thousand steps of
 * SQLite's machine and while it waits for a lock, those that are done are
 * answered, and those behind it are run by another thread, if one is idle
 * (writes stay in their lane).
 *
 * Owner:    @request, @sql and the parameters stay alive until @cb.
 * Callback: exactly once, on the loop thread, never before this call returns;
 *           never if this call fails. @cb may be NULL: a gather, or the close
 *           callback, tells that the request was answered.
 * Limit:    options.queue_limit requests unanswered, then DBPOOL_EFULL.
 * Returns:  0; DBPOOL_ECLOSED, DBPOOL_EFULL, DBPOOL_EINVAL (no @sql, or no
 *           params where there should be some), DBPOOL_ETHREAD when this
 *           request called for a thread that cannot be started (then
 *           request->code is its errno; threads already started stay, and the
 *           next request tries again), or DBPOOL_ENOMEM when there is no memory
 *           for a deadline (queue_timeout_ms, acquire_timeout_ms).
 * Status:   of the answer: 0, or what the database had to say: DBPOOL_ECONNECT,
 *           DBPOOL_ESQL, DBPOOL_EPARAMS, DBPOOL_EBUSY, DBPOOL_ENOMEM, ... */
#define dbpool_run_query(pool, request, sql, cb)                               \
    dbpool_run_query_at(DBPOOL_HERE, pool, request, sql, cb)
int dbpool_run_query_at(struct dbpool_site site, struct dbpool *pool,
                        struct dbpool_request *request, const char *sql,
                        dbpool_request_cb cb);

/* As dbpool_run_query(), for statements whose rows nobody wants: only changes
 * and last_insert_id are kept. */
#define dbpool_run_operation(pool, request, sql, cb)                           \
    dbpool_run_operation_at(DBPOOL_HERE, pool, request, sql, cb)
int dbpool_run_operation_at(struct dbpool_site site, struct dbpool *pool,
                            struct dbpool_request *request, const char *sql,
                            dbpool_request_cb cb);

/* Runs @function, with request->data, on a pool's thread in a transaction that
 * may write from its beginning (BEGIN IMMEDIATE; with read_only or reads_only a
 * plain BEGIN).
 * If it or the commit fails it is rolled back, and the original error reported.
 * It is a whole: the connection cannot be closed inside; dbpool_execute()
 * refuses BEGIN, COMMIT, END and ROLLBACK (not savepoints); and a statement's
 * error that ends the transaction (a full disk, ON CONFLICT ROLLBACK), or an
 * end by any other way (DBPOOL_ESQL), is the interaction's, whatever @function
 * returns, and the error of whatever @function still executes. Owner, Callback,
 * Limit, Returns: as dbpool_run_query(); what @function wants to keep it puts
 * where request->data points, for the request has no rows. */
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

/* Runs one statement once for each of @rows_count rows of parameters, in one
 * transaction: all of them or none. request->params holds the rows one behind
 * the other, request->params_count is that of one row. The answer has the sum
 * of changes, and the last last_insert_id; rows that the statement returns are
 * not kept. A failure's message begins with "row N: ", from 0.
 * Owner, Callback, Limit, Returns: as dbpool_run_query(). */
#define dbpool_run_many(pool, request, sql, rows_count, cb)                    \
    dbpool_run_many_at(DBPOOL_HERE, pool, request, sql, rows_count, cb)
int dbpool_run_many_at(struct dbpool_site site, struct dbpool *pool,
                       struct dbpool_request *request, const char *sql,
                       size_t rows_count, dbpool_request_cb cb);

/* Called with the next rows of a stream, which are valid during the call. */
typedef void (*dbpool_rows_cb)(struct dbpool_request *request,
                               const struct dbpool_result *rows);

/* As dbpool_run_query(), for results too large to be kept: the rows come in
 * chunks of at most options.stream_rows and stream_bytes, in order, each to
 * @rows_cb. The pool's thread fills the next chunk meanwhile, and then waits:
 * a stream never holds more than two, and it has its thread and connection to
 * itself until it is answered. Closing the pool waits for it. Without a
 * write-ahead log it keeps its SHARED lock for as long, also while it waits for
 * the loop, and whoever writes waits for it; one whose statement writes has the
 * lane for as long.
 *
 * Callback: @rows_cb on the loop thread, never before this call returns, not
 *           at all for no rows, and never after @cb, which comes exactly once.
 *           An error may come after rows.
 * Owner, Limit, Returns: as dbpool_run_query(); DBPOOL_EINVAL without @rows_cb,
 *           too. */
#define dbpool_run_stream(pool, request, sql, rows_cb, cb)                     \
    dbpool_run_stream_at(DBPOOL_HERE, pool, request, sql, rows_cb, cb)
int dbpool_run_stream_at(struct dbpool_site site, struct dbpool *pool,
                         struct dbpool_request *request, const char *sql,
                         dbpool_rows_cb rows_cb, dbpool_request_cb cb);

/* No more rows: rows_cb is not called again, and the request is answered with
 * DBPOOL_OK, or with an error that was there before. A statement that only
 * reads ends at once, in the middle of a step or of a wait for a lock, too; one
 * that writes with the chunk that is being filled, and what it has written
 * stays. Of a request that is answered, or no stream, nothing happens.
 *
 * Thread: the loop's; in rows_cb, too. */
void dbpool_stream_stop(struct dbpool_request *request);

/* Asks for @request not to be run, or not to its end. One that waits is
 * answered at once, whatever the threads are at; but what a connected thread
 * has taken together with others waits while that thread is in what nobody can
 * stop: an SQL function of the caller's, or a connection that is closed and
 * opened anew. One that runs is stopped in its statement or its wait for a
 * lock, and rolled back. It never hits another request. An interaction's
 * function is not interrupted itself: its next dbpool_execute() fails, and its
 * transaction is rolled back whatever it returns.
 *
 * Callback: the request's own, still exactly once, never before this call
 *           returns: with DBPOOL_ECANCELED, or with the answer that won the
 *           race.
 * Returns:  0; DBPOOL_EINVAL when it is not unanswered. */
int dbpool_cancel(struct dbpool_request *request);

/* ---- Inside an interaction -----------------------------------------------*/

struct dbpool_statement {
    const char *sql;
    const struct dbpool_value *params; /* params_count of them */
    uint32_t params_count;
    bool names; /* keep the column names */
};

/* Runs one statement, exactly one, on the interaction's connection, on its
 * thread.
 *
 * Thread:  the one that the interaction's function was called on. Checked.
 * Owner:   @result is the caller's, initialised; what was in it is lost, also
 *          when the statement fails. NULL: the rows are not kept.
 * Returns: as a request's status; dbpool_transaction_message() says more. */
int dbpool_execute(struct dbpool_transaction *transaction,
                   const struct dbpool_statement *statement,
                   struct dbpool_result *result);

/* Runs @function, with the same transaction, in a savepoint: a status below
 * zero undoes what it did, and nothing else; the function that called goes on.
 * Savepoints nest. Without a transaction the outermost one is one: inside of it
 * BEGIN, COMMIT, END and ROLLBACK are refused, too, and where an error ends it
 * whatever @function still executes fails with that. Their name is "dbpool",
 * which is not for other SQL to release.
 *
 * Thread:  as dbpool_execute().
 * Returns: what @function returned; DBPOOL_EINVAL without one; or the status of
 *          the savepoint's own statements. An interaction whose savepoint could
 *          not be undone is rolled back as a whole, whatever it returns. */
int dbpool_savepoint(struct dbpool_transaction *transaction,
                     dbpool_interaction_fn function, void *data);

/* Of the last dbpool_execute(), until the next one. Thread: as that. */
const char *
dbpool_transaction_message(const struct dbpool_transaction *transaction);

/* ---- Gathers -------------------------------------------------------------
 *
 * Waits for several requests, as Twisted's DeferredList does. The requests
 * themselves are the list of results, in the order in which they were given;
 * each one's own callback is called before the gather hears of it. One that
 * fired early goes on counting. */
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
    int32_t fired_status; /* of that request; 0 for all of them, whatever
                             failed_count is */
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

/* Starts to wait for @requests_count requests of @pool, none of which was
 * answered yet, as those that were submitted in this turn of the loop. An empty
 * list fires in the next turn, unless fire_on_one_callback: then it never does.
 *
 * Owner:    @gather and @requests stay alive until the own callback of every
 * one of the requests and @cb, where it comes, have returned. Callback: once at
 * most, on the loop thread, never before this call returns;
 *           @cb may be NULL. With neither fire_on_one_callback nor
 *           fire_on_one_errback, exactly once.
 * Returns:  0; DBPOOL_ECLOSED for an empty list; DBPOOL_EINVAL for a request of
 *           another pool, one that is gathered already (twice in the list,
 *           too), or one that is not unanswered: nothing is waited for. */
int dbpool_gather(struct dbpool *pool, struct dbpool_gather *gather,
                  struct dbpool_request **requests, size_t requests_count,
                  dbpool_gather_cb cb);

/* Cancels whichever of the gather's requests are unanswered, as dbpool_cancel()
 * does. It fires as ever: with fire_on_one_errback, with the first of them.
 *
 * Returns: 0; DBPOOL_EINVAL where there is nothing to wait for: it has fired,
 *          was never started, or never fires, as its list is empty. */
int dbpool_gather_cancel(struct dbpool_gather *gather);

/* ---- Statistics ----------------------------------------------------------
 *
 * Since the pool was opened. What threads count arrives with the answers. */
#define DBPOOL_TIMES_COUNT 32

/* How long something took. buckets[i] counts those of at most 2^(8+i) ns that
 * are in no bucket before it; the last one all that took longer still, which
 * is more than four minutes. Together they are count. */
struct dbpool_times {
    uint64_t count;
    uint64_t sum_ns;
    uint64_t max_ns;
    uint64_t buckets[DBPOOL_TIMES_COUNT];
};

/* What was asked for, in the order of dbpool_stats.kinds. */
enum dbpool_request_kind {
    DBPOOL_REQUEST_QUERY,
    DBPOOL_REQUEST_OPERATION,
    DBPOOL_REQUEST_INTERACTION,
    DBPOOL_REQUEST_WITH_CONNECTION,
    DBPOOL_REQUEST_STREAM,
    DBPOOL_REQUEST_MANY,
    DBPOOL_REQUEST_KINDS_MAX = 8, /* room for more */
};

struct dbpool_kind_stats {
    uint64_t submitted; /* = succeeded + failed + those unanswered */
    uint64_t succeeded;
    uint64_t failed;
};

struct dbpool_stats {
    uint64_t submitted; /* = succeeded + failed + unanswered */
    uint64_t succeeded;
    uint64_t failed;
    uint64_t failed_unhandled; /* no callback, no gather that consumes errors */
    uint64_t refused;          /* calls that returned an error */
    uint64_t unanswered;
    uint64_t unanswered_peak;
    uint64_t batches; /* run by threads */
    uint64_t wakeups; /* of the loop, by threads */
    uint64_t connects;
    uint64_t connects_failed;     /* on_connect, too */
    uint64_t statements_prepared; /* of all connections' caches: not there, */
    uint64_t statements_hit;      /* there already, */
    uint64_t statements_evicted;  /* and gone for want of room */
    uint64_t rollbacks;
    unsigned threads;        /* now */
    unsigned threads_failed; /* that could not be started */

    uint64_t direct; /* requests that a thread was idle for when they were */
    uint64_t waited; /* handed over, and those that had to wait for one:
                        together all but what this turn of the loop has not
                        handed over yet */
    uint64_t queue_peak; /* waiting for a thread at once */
    uint64_t busy;       /* answered with DBPOOL_EBUSY */
    uint64_t threads_started;
    uint64_t threads_joined; /* closing, or idle for too long */
    uint64_t connections;    /* now: connects + closed[REFUSED] less closed[] */
    uint64_t closed[DBPOOL_CLOSED_CAUSES_MAX];
    struct dbpool_kind_stats kinds[DBPOOL_REQUEST_KINDS_MAX];

    /* The clock is read once for what is handed over together, and twice for a
     * batch: a request's wait begins with the first one handed over with it.
     * With options.timing it is read for each request: its wait is its own, and
     * request counts. */
    struct dbpool_times wait;    /* of requests, until a thread took them */
    struct dbpool_times run;     /* of batches, by a thread */
    struct dbpool_times request; /* of requests, running; only with timing */
    uint64_t canceled;           /* of failed: DBPOOL_ECANCELED */
    uint64_t timed_out;          /* of failed: DBPOOL_ETIMEDOUT */
    uint64_t handed_over;        /* queries that turned out to write */
    uint64_t lock_waits;         /* for locks of the database, begun */
    uint64_t reads_ended_early;  /* shared reads, because a write waited */
    uint64_t left_open;          /* transactions and statements that a request
                                    left open, and that were ended for it */
    uint64_t rollbacks_failed;
    uint64_t connections_lost; /* given up, because a probe failed or the file
                                  had gone */
    uint64_t connections_expired; /* options.max_lifetime_ms */
    uint64_t threads_idled;       /* left: options.idle_timeout_ms */
    uint64_t waiting;             /* now, for a thread: of unanswered */
};

void dbpool_stats(const struct dbpool *pool, struct dbpool_stats *stats_out);

/* Writes @stats as OpenMetrics 1.0 text (application/openmetrics-text), up to
 * and with "# EOF", every sample with the label pool="@pool_name". What is no
 * UTF-8 in the name becomes U+FFFD.
 *
 * Thread:  any.
 * Returns: the size of the whole text, its NUL not counted; if that is @size or
 *          more, what is in @text (NULL, when @size is 0) is cut. */
size_t dbpool_stats_openmetrics(const struct dbpool_stats *stats,
                                const char *pool_name, char *text, size_t size);

/* ---- Census --------------------------------------------------------------
 *
 * All that the library holds in this process, of all pools, each with the line
 * that made it. It is always on: a list entry a thing, none a request. A batch
 * of reads has one transaction, whose entry costs about 220 instructions and
 * two locks that nobody else wants: 3.5 instructions a lookup in batches of 64
 * (make counts). What dbpool_sqlite_open() opened is the caller's, and not in
 * it. */
enum dbpool_kind {
    DBPOOL_KIND_POOL,
    DBPOOL_KIND_THREAD,
    DBPOOL_KIND_CONNECTION,
    DBPOOL_KIND_STATEMENT,
    DBPOOL_KIND_TRANSACTION,
    DBPOOL_KIND_HANDLE,
    DBPOOL_KIND_REQUEST, /* of dbpool_unanswered() alone */
};

#define DBPOOL_CENSUS_TEXT_SIZE 96

struct dbpool_census_entry {
    enum dbpool_kind kind;
    uint64_t id;        /* unique in the process, rising; of requests: in the
                           pool */
    uint64_t owner_id;  /* a statement's or a transaction's connection, a
                           connection's thread, a thread's or a handle's pool;
                           0: none, as a pool, or the connection that keeps
                           its ":memory:" */
    uint64_t last_id;   /* a connection's statement that was asked for last;
                           0: none is kept */
    uint64_t tag;       /* options.tag of the pool */
    const void *object; /* struct dbpool, uv_handle_t, sqlite3, sqlite3_stmt,
                           struct dbpool_request; NULL for threads and
                           transactions. Identity only */
    int64_t thread_id;  /* the kernel's; threads only; 0: not yet running */
    struct dbpool_site site;            /* of the call that made it necessary */
    struct dbpool_site pool_site;       /* of the call that opened the pool */
    char text[DBPOOL_CENSUS_TEXT_SIZE]; /* name, path or SQL; cut */
};

/* Writes the first @capacity entries, in order of their ids, and returns how
 * many there are, which may be more. Thread: any. */
size_t dbpool_census(struct dbpool_census_entry *entries, size_t capacity);

/* The same of the requests of @pool that are unanswered at this moment: object
 * is the request, id its number in the pool, text its SQL, "interaction" or
 * "whole connection". Of those that a thread has taken only the pool is known:
 * their object is NULL, their id 0. Nothing is kept for it while requests run.
 *
 * Thread: the loop's; on any other, nothing is listed. */
size_t dbpool_unanswered(struct dbpool *pool,
                         struct dbpool_census_entry *entries, size_t capacity);

/* A pool that was never shut down, and what it still held. */
struct dbpool_exit_report {
    struct dbpool_census_entry pool;
    size_t threads_count;
    size_t connections_count;
    size_t statements_count;
};

typedef void (*dbpool_exit_cb)(const struct dbpool_exit_report *report,
                               void *data);

/* When the process exits (exit(), or main() returns), calls @report_cb for each
 * pool that is still there; it may not use the pool, whose threads may still be
 * running. Nothing is reported where there is no memory for a census. Without
 * this call nothing is registered; a further one replaces the first, with NULL
 * by nothing.
 *
 * Thread:   any.
 * Owner:    @data stays alive until the process has exited.
 * Callback: on the thread that exits.
 * Returns:  0, DBPOOL_ENOMEM. */
int dbpool_at_exit(dbpool_exit_cb report_cb, void *data);

/* On whose behalf the library is working on this thread at this moment; for
 * tools that watch what is acquired underneath. Fields are NULL or 0 outside.
 * pool_name is the pool's own: copy what is to outlive it.
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
 * is measured against). Of @options (NULL: the defaults) read_only, must_exist,
 * busy_timeout_ms, stack_size, mmap_bytes and cache_bytes count; on_connect is
 * not called.
 *
 * Thread:  any; the connection is for one thread at a time.
 * Owner:   the caller, who closes it with sqlite3_close().
 * Returns: 0; DBPOOL_EINVAL (an option is out of range, also one that does not
 *          count here), DBPOOL_EURL, DBPOOL_ECONNECT, DBPOOL_ECORRUPT,
 *          DBPOOL_EBUSY, DBPOOL_EIO, DBPOOL_EREADONLY, DBPOOL_ENOMEM, and then
 *          the message in @message (message_size bytes, may be 0), cut to its
 *          size. */
int dbpool_sqlite_open(const char *url, const struct dbpool_options *options,
                       struct sqlite3 **connection_out, char *message,
                       size_t message_size);

/* For the whole process, once, before SQLite's first use: turns off its memory
 * statistics, whose one lock every allocation of every thread would take; and
 * the locks of connections, which are for one thread at a time from then on,
 * those of others in the process, too (SQLITE_CONFIG_MULTITHREAD).
 * Thread: before others start. Returns: 0, or DBPOOL_EINVAL when SQLite is
 * already in use. */
int dbpool_tune_process(void);

#ifdef __cplusplus
#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif
}
#endif

#endif
