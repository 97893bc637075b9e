# SPDX-License-Identifier: Apache-2.0
"""What ci/decides-by-counts plants into lib/: where a lookup is slowed down, and
a defect for every count. Each change is (file, anchor, code): the code comes
before the line that begins with the anchor, or is the file's first.
"""

PLACES = [
    {"part": "submit", "function": "dbpool_run_query_at",
     "file": "lib/request.c",
     "anchor": "    const struct how how = {.kind = DBPOOL__QUERY, .sql"},
    {"part": "hand-over", "function": "dbpool__share_take",
     "file": "lib/share.c",
     "anchor": "        next->place = DBPOOL__PLACE_TAKEN;"},
    {"part": "execute", "function": "dbpool__batch_run",
     "file": "lib/batch.c",
     "anchor": "        dbpool__activity_now.site = &request->site;"},
    {"part": "answer", "function": "dbpool_row", "file": "lib/result.c",
     "anchor": "    size_t first = result->named ? result->columns_count : 0;"},
]

SUBMIT = "lib/request.c", PLACES[0]["anchor"]
EXECUTE = "lib/batch.c", PLACES[2]["anchor"]
QUERY = "lib/driver_sqlite.c", "    return dbpool__sqlite_run("


def statements(*texts):
    """Prepared and run beside each lookup, on its connection."""
    code = "    struct sqlite3_stmt *planted = NULL;"
    for sql in texts:
        code += f"""
    (void)sqlite3_prepare_v2(connection->handle, "{sql}", -1, &planted, NULL);
    (void)sqlite3_step(planted);
    (void)sqlite3_finalize(planted);"""
    return [(*QUERY, code)]


DEFECTS = [
    {"name": "a block for each request",
     "changes": [("lib/request.c", None, "#include <stdlib.h>"),
                 (*SUBMIT, "    void *volatile planted = malloc(24);\n"
                  "    free(planted);")],
     "red": ["allocations, dbpool", "bytes allocated, dbpool"]},
    {"name": "a block of SQLite's for each request",
     "changes": [(*QUERY, "    sqlite3_free(sqlite3_malloc(24));")],
     "red": ["allocations, SQLite", "bytes allocated, SQLite"]},
    {"name": "who is asking is asked of the kernel",
     "changes": [("lib/request.c", None, "#include <unistd.h>"),
                 (*SUBMIT, "    (void)getuid();")],
     "red": ["system calls, dbpool and libuv"]},
    {"name": "each request is announced to the loop, and that is waited for",
     "changes": [
         ("lib/batch.c", None,
          "#include <uv.h>\nextern uv_cond_t dbpool__planted;"),
         (*EXECUTE, """        uv_mutex_lock(&session->pool->mutex);
        (void)uv_async_send(&session->pool->wake);
        uv_cond_wait(&dbpool__planted, &session->pool->mutex);
        uv_mutex_unlock(&session->pool->mutex);"""),
         ("lib/pool.c", None, "#include <uv.h>\nextern uv_cond_t "
          "dbpool__planted;\nuv_cond_t dbpool__planted = "
          "PTHREAD_COND_INITIALIZER;"),
         ("lib/pool.c", "    struct dbpool *pool = wake->data;",
          "    uv_cond_broadcast(&dbpool__planted);")],
     "red": ["futex waits", "futex wakes", "context switches"]},
    {"name": "one statement more",
     "changes": statements("SELECT 1"),
     "red": ["statements", "VM steps"]},
    {"name": "the schema is looked through",
     "changes": statements("SELECT name FROM sqlite_master"),
     "red": ["pages asked for"]},
    {"name": "the connection's cache is emptied",
     "changes": [(*QUERY,
                  "    (void)sqlite3_db_release_memory(connection->handle);")],
     "red": ["pages read"]},
    {"name": "something is written",
     "changes": statements("PRAGMA query_only = OFF", "PRAGMA user_version = 7",
                           "PRAGMA query_only = ON"),
     "red": ["pages written", "system calls, SQLite"]},
    {"name": "the clock is read",
     "changes": [(*SUBMIT, "    (void)uv_hrtime();")],
     "red": ["readings of the clock"]},
]
