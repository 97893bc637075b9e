/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_CHECK_H
#define DBPOOL_CHECK_H

/* A bug, ours or a broken contract of the caller: says which and aborts, in
 * release too. What can happen to a correct program is a status, never this. */
#define CHECK(condition, what)                                                 \
    ((condition) ? (void)0 : dbpool__check_failed(what, #condition, __func__))

/* The same, in the name of the public call that it is a part of. */
#define CHECK_IN(function, condition, what)                                    \
    ((condition) ? (void)0 : dbpool__check_failed(what, #condition, function))

/* Aborts when the calling thread is not the one that @pool was opened on. */
#define CHECK_LOOP_THREAD(pool) CHECK_LOOP_THREAD_IN(__func__, pool)
#define CHECK_LOOP_THREAD_IN(function, pool)                                   \
    CHECK_IN(function, dbpool__pool_is_loop_thread(pool),                      \
             "called on a thread that is not the one of the pool's loop")

_Noreturn void dbpool__check_failed(const char *what, const char *condition,
                                    const char *function);

#endif
