/* SPDX-License-Identifier: Apache-2.0 */
#include "counting/turns.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"

#define THREADS_MAX 64
#define CLOCK_STEP_NS 100

enum turn_state {
    TURN_READY,   /* has the turn, or may have it */
    TURN_WAITING, /* until somebody wakes it */
    TURN_POLLING, /* for events: may have it if nobody else may */
    TURN_ENDED,
};

struct turn {
    enum turn_state state;
    const void *waits_for;
    uint64_t since; /* a condition wakes who has waited longest */
    sem_t go;
    pthread_t handle;
    void *(*start)(void *);
    void *argument;
};

/* All of it belongs to whose turn it is. The first is main()'s. */
static struct turn turns[THREADS_MAX] = {{.state = TURN_READY}};
static size_t turns_count = 1;
static size_t current;
static uint64_t waits_begun;
static uint64_t now_ns = CLOCK_NS_PER_S;
static struct turns_counts counts;

struct turns_counts turns_counts(void) {
    return counts;
}

/* turns_count: nobody is in @state. */
static size_t next_in(enum turn_state state) {
    for (size_t i = 1; i <= turns_count; i++) {
        size_t at = (current + i) % turns_count;
        if (turns[at].state == state) {
            return at;
        }
    }
    return turns_count;
}

int __real_sem_wait(sem_t *semaphore);
int __real_sem_post(sem_t *semaphore);

static void wait_for_turn(struct turn *turn) {
    while (__real_sem_wait(&turn->go) != 0) {
    }
}

/* Gives the turn to who is next; comes back with it, unless this has ended. */
static void pass_on(struct turn *self) {
    size_t next = next_in(TURN_READY);
    if (next == turns_count) {
        next = next_in(TURN_POLLING);
    }
    CHECK(next < turns_count);
    if (&turns[next] == self) {
        return;
    }
    bool ended = self->state == TURN_ENDED;
    counts.switches++;
    current = next;
    CHECK(__real_sem_post(&turns[next].go) == 0);
    if (!ended) {
        wait_for_turn(self);
    }
}

static void wait_for(const void *what) {
    struct turn *self = &turns[current];
    self->state = TURN_WAITING;
    self->waits_for = what;
    self->since = waits_begun++;
    pass_on(self);
}

static bool wake_one(const void *what) {
    struct turn *longest = NULL;
    for (size_t i = 0; i < turns_count; i++) {
        struct turn *turn = &turns[i];
        if (turn->state == TURN_WAITING && turn->waits_for == what &&
            (longest == NULL || turn->since < longest->since)) {
            longest = turn;
        }
    }
    if (longest != NULL) {
        longest->state = TURN_READY;
    }
    return longest != NULL;
}

/* ---- Threads -------------------------------------------------------------*/

int __real_pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __real_pthread_join(pthread_t handle, void **result);
int __wrap_pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument);
int __wrap_pthread_join(pthread_t handle, void **result);

static void *run(void *data) {
    struct turn *turn = data;
    wait_for_turn(turn);
    void *result = turn->start(turn->argument);
    turn->state = TURN_ENDED;
    (void)wake_one(turn);
    pass_on(turn);
    return result;
}

int __wrap_pthread_create(pthread_t *handle, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *argument) {
    CHECK(turns_count < THREADS_MAX);
    struct turn *turn = &turns[turns_count];
    *turn = (struct turn){.start = start, .argument = argument};
    CHECK(sem_init(&turn->go, 0, 0) == 0);
    int status = __real_pthread_create(handle, attributes, run, turn);
    if (status == 0) {
        turn->handle = *handle;
        turns_count++;
    }
    return status;
}

int __wrap_pthread_join(pthread_t handle, void **result) {
    for (size_t i = 1; i < turns_count; i++) {
        struct turn *turn = &turns[i];
        if (pthread_equal(turn->handle, handle) != 0) {
            if (turn->state != TURN_ENDED) {
                wait_for(turn);
            }
        }
    }
    return __real_pthread_join(handle, result);
}

/* ---- Conditions ----------------------------------------------------------*/

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                                  const struct timespec *until);
int __wrap_pthread_cond_signal(pthread_cond_t *cond);
int __wrap_pthread_cond_broadcast(pthread_cond_t *cond);

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex) {
    CHECK(pthread_mutex_unlock(mutex) == 0);
    counts.waits++;
    wait_for(cond);
    return pthread_mutex_lock(mutex);
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                                  const struct timespec *until) {
    (void)until;
    return __wrap_pthread_cond_wait(cond, mutex);
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond) {
    counts.wakes += wake_one(cond) ? 1 : 0;
    return 0;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *cond) {
    bool any = false;
    while (wake_one(cond)) {
        any = true;
    }
    counts.wakes += any ? 1 : 0;
    return 0;
}

/* ---- Semaphores ----------------------------------------------------------*/

int __wrap_sem_wait(sem_t *semaphore);
int __wrap_sem_post(sem_t *semaphore);

int __wrap_sem_wait(sem_t *semaphore) {
    while (sem_trywait(semaphore) != 0) {
        counts.waits++;
        wait_for(semaphore);
    }
    return 0;
}

int __wrap_sem_post(sem_t *semaphore) {
    int status = __real_sem_post(semaphore);
    counts.wakes += wake_one(semaphore) ? 1 : 0;
    return status;
}

/* ---- Events --------------------------------------------------------------*/

int __real_epoll_pwait(int epoll, struct epoll_event *events, int events_count,
                       int timeout_ms, const sigset_t *signals);
int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int events_count,
                       int timeout_ms, const sigset_t *signals);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int events_count,
                      int timeout_ms);

/* For ever only where nothing but the kernel could wake anybody. */
int __wrap_epoll_pwait(int epoll, struct epoll_event *events, int events_count,
                       int timeout_ms, const sigset_t *signals) {
    if (timeout_ms != 0) {
        struct turn *self = &turns[current];
        self->state = TURN_POLLING;
        pass_on(self);
        self->state = TURN_READY;
    }
    int found = __real_epoll_pwait(epoll, events, events_count,
                                   timeout_ms > 0 ? 0 : timeout_ms, signals);
    if (found == 0 && timeout_ms > 0) {
        now_ns += (uint64_t)timeout_ms * CLOCK_NS_PER_MS;
    }
    return found;
}

int __wrap_epoll_wait(int epoll, struct epoll_event *events, int events_count,
                      int timeout_ms) {
    return __wrap_epoll_pwait(epoll, events, events_count, timeout_ms, NULL);
}

/* ---- Time ----------------------------------------------------------------*/

int __wrap_clock_gettime(clockid_t clock, struct timespec *now_out);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now_out) {
    (void)clock;
    counts.clock++;
    now_ns += CLOCK_STEP_NS;
    *now_out = (struct timespec){
        .tv_sec = (time_t)(now_ns / CLOCK_NS_PER_S),
        .tv_nsec = (long)(now_ns % CLOCK_NS_PER_S),
    };
    return 0;
}
