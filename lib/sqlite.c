/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "annotate.h"
#include "guard.h"
#include "options.h"
#include "sqlite_error.h"
#include "watch.h"

/* Reads the header of the file: see dbpool__sqlite_open(). A recovery of the
 * write-ahead log ends soon, so it is waited for whatever the timeout is. */
int dbpool__sqlite_touch(struct sqlite3 *handle,
                         const struct dbpool__watch *watch) {
    int code;
    int tries = 0;
    do {
        if (tries != 0) {
            (void)sqlite3_sleep(1);
        }
        code = sqlite3_exec(handle, "PRAGMA schema_version", NULL, NULL, NULL);
        tries++;
    } while (
        code == SQLITE_BUSY_RECOVERY && tries < 1000 &&
        !(watch != NULL && dbpool__guard_stops(watch->busy.waiter->guard)));
    return code;
}

/* SQLite removes -wal and -shm when the last connection closes, and knows that
 * it is the last by getting an exclusive lock. Two that close at the same
 * moment, of one pool or of two, keep it from each other, and both leave the
 * files. */
int dbpool__sqlite_close(struct sqlite3 *handle) {
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    (void)pthread_mutex_lock(&one_at_a_time);
    int code = sqlite3_close(handle);
    (void)pthread_mutex_unlock(&one_at_a_time);
    return code;
}

static void lower_limit(struct sqlite3 *handle, int which, size_t limit) {
    if (limit < (size_t)sqlite3_limit(handle, which, -1)) {
        (void)sqlite3_limit(handle, which, (int)limit);
    }
}

/* SQLite compiles a statement by recursion: a level of an expression takes up
 * to 830 bytes of stack, an arm of a compound SELECT 520. It compares with the
 * pattern of a LIKE or GLOB by recursion, too: 128 bytes for each wildcard that
 * something follows, which is two bytes of pattern at least. Its own limits,
 * 1000, 500 and 50,000 bytes, would end the process on a smaller stack, that of
 * patterns on the default one, too. Each is given about twice what it takes
 * here: SQLite may be compiled otherwise. */
static void limit_depth(struct sqlite3 *handle, size_t stack_size) {
    const size_t reserve = (size_t)32 * 1024;
    const size_t level = 1536;
    const size_t pattern_byte = 128;
    size_t room = stack_size - reserve;
    lower_limit(handle, SQLITE_LIMIT_EXPR_DEPTH, room / level);
    lower_limit(handle, SQLITE_LIMIT_COMPOUND_SELECT, room / level);
    lower_limit(handle, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, room / pattern_byte);
}

/* Once the header was read: the size of the cache is asked of the schema. */
static int tune(struct sqlite3 *handle, const struct dbpool_options *options) {
    char sql[96];
    (void)snprintf(sql, sizeof sql,
                   "PRAGMA mmap_size = %zu; PRAGMA cache_size = -%zu",
                   options->mmap_bytes, options->cache_bytes / 1024);
    return sqlite3_exec(handle, sql, NULL, NULL, NULL);
}

static int open_flags(const struct dbpool_options *options) {
    int flags = SQLITE_OPEN_NOMUTEX; /* one thread a connection */
    flags |= SQLITE_OPEN_URI;        /* memory.c's: no other one gets here */
    if (options->read_only) {
        return flags | SQLITE_OPEN_READONLY;
    }
    flags |= SQLITE_OPEN_READWRITE;
    return options->must_exist ? flags : flags | SQLITE_OPEN_CREATE;
}

/* Connections of one database share more than their file, under locks that such
 * a build does not have. */
static int refuse_one_thread(struct dbpool__error *error) {
    return dbpool__error_set(error, DBPOOL_ECONNECT, SQLITE_MISUSE, "%s",
                             "SQLite was compiled for programs of one thread "
                             "(SQLITE_THREADSAFE=0)");
}

int dbpool__sqlite_open(const char *path, const struct dbpool_options *options,
                        struct dbpool__watch *watch,
                        struct sqlite3 **handle_out,
                        struct dbpool__error *error) {
    if (sqlite3_threadsafe() == 0) {
        return refuse_one_thread(error);
    }
    struct sqlite3 *handle = NULL;
    dbpool__annotate_log_index();
    int code = sqlite3_open_v2(path, &handle, open_flags(options), NULL);
    if (code == SQLITE_OK) {
        (void)sqlite3_extended_result_codes(handle, 1);
        /* Also for the moment in which several connections find a write-ahead
         * log that one of them has to recover: SQLITE_BUSY_RECOVERY. */
        if (watch != NULL) {
            dbpool__watch_install(watch, handle);
        } else {
            (void)sqlite3_busy_timeout(handle, (int)options->busy_timeout_ms);
        }
        limit_depth(handle, options->stack_size);
        code = dbpool__sqlite_touch(handle, watch);
        if (code == SQLITE_OK) {
            code = tune(handle, options);
        }
    }
    if (code != SQLITE_OK) {
        struct dbpool__error why;
        int status = watch != NULL && watch->busy.handle != NULL
                         ? dbpool__busy_error(&watch->busy, code, false, &why)
                         : dbpool__sqlite_error(handle, code, &why);
        (void)dbpool__sqlite_close(handle);
        return dbpool__error_set(error, status, why.code, "%s: %s", path,
                                 why.message);
    }
    *handle_out = handle;
    return DBPOOL_OK;
}

int dbpool_sqlite_open(const char *url, const struct dbpool_options *options,
                       struct sqlite3 **connection_out, char *message,
                       size_t message_size) {
    struct dbpool_options defaults;
    if (options == NULL) {
        dbpool_options_init(&defaults);
        options = &defaults;
    }
    const struct dbpool__driver *driver;
    const char *path;
    struct dbpool__error error;
    int status =
        url == NULL ? DBPOOL_EURL : dbpool__driver_find(url, &driver, &path);
    if (status != DBPOOL_OK || driver != &dbpool__driver_sqlite) {
        status = dbpool__error_set(&error, DBPOOL_EURL, 0, "%s: %s",
                                   url == NULL ? "NULL" : url,
                                   dbpool_strerror(DBPOOL_EURL));
    } else if (dbpool__options_check(options) != DBPOOL_OK) {
        status = dbpool__error_set(&error, DBPOOL_EINVAL, 0, "%s",
                                   "an option is out of range: begin with "
                                   "dbpool_options_init()");
    } else {
        status =
            dbpool__sqlite_open(path, options, NULL, connection_out, &error);
    }
    if (status != DBPOOL_OK && message_size != 0) {
        (void)snprintf(message, message_size, "%s", error.message);
    }
    return status;
}

/* No buffer of pages (SQLITE_CONFIG_PAGECACHE): all connections would share it
 * under one lock, where now each has a cache of its own. */
int dbpool_tune_process(void) {
    int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (code == SQLITE_OK) {
        code = sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    }
    return code == SQLITE_OK ? DBPOOL_OK : DBPOOL_EINVAL;
}
