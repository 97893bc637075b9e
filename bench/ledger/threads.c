/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/threads.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"

struct threads_record {
    struct threads_record *next;
    struct threads_entry entry;
    void *(*start)(void *);
    void *argument;
    pthread_t handle;
    bool has_handle; /* and may be found by it: not while it is joined */
    bool is_created; /* pthread_create has returned; before that, the record is
                        its caller's too, and is kept */
    bool is_detached;
    uint64_t ended_ns; /* when it was joined */
};

/* The newest first, because the newest is what is usually looked for. */
static struct threads_record *records;
static size_t records_count;
static size_t joined_count; /* of these, in THREADS_JOINED */
static uint64_t last_serial;
static uint64_t live = 1; /* the main thread */
static uint64_t live_max; /* 0: no limit */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock(void) {
    (void)pthread_mutex_lock(&mutex);
}

static void unlock(void) {
    (void)pthread_mutex_unlock(&mutex);
}

/* ---- All below is called with the mutex held, up to the next line ------- */

static bool is_live(int64_t tid) {
    for (const struct threads_record *record = records; record != NULL;
         record = record->next) {
        if (record->entry.state == THREADS_RUNNING &&
            record->entry.tid == tid) {
            return true;
        }
    }
    return false;
}

/* A thread's number may belong to a younger one already. */
static bool is_gone(const struct threads_record *record) {
    bool is_answered =
        tgkill(getpid(), (pid_t)record->entry.tid, 0) == 0 || errno != ESRCH;
    return !is_answered || is_live(record->entry.tid);
}

static void note_lateness(struct threads_record *record) {
    record->entry.late_ms =
        (double)(clock_now_ns() - record->ended_ns) / (double)CLOCK_NS_PER_MS;
}

/* Whether a joined thread is done with, and when not, why. */
static bool can_strike(struct threads_record *record) {
    if (!record->is_created) {
        return false;
    }
    if (!is_gone(record)) {
        note_lateness(record);
        return false;
    }
    joined_count--;
    record->entry.tid = 0;
    if (record->entry.late_ms > THREADS_LATE_MS_MAX) {
        record->entry.state = THREADS_LATE;
        return false;
    }
    return true;
}

/* Takes the joined threads off the roll that the kernel no longer has; returns
 * them as a list. */
static struct threads_record *strike_gone(void) {
    struct threads_record *struck = NULL;
    struct threads_record **link = &records;
    size_t left = joined_count;
    while (left != 0 && *link != NULL) {
        struct threads_record *record = *link;
        bool is_joined = record->entry.state == THREADS_JOINED;
        left -= is_joined ? 1 : 0;
        if (is_joined && can_strike(record)) {
            *link = record->next;
            records_count--;
            record->next = struck;
            struck = record;
        } else {
            link = &record->next;
        }
    }
    return struck;
}

static void end(struct threads_record *record) {
    record->entry.state = THREADS_JOINED;
    record->has_handle = false;
    record->ended_ns = clock_now_ns();
    joined_count++;
}

/* One that nobody will join is done with as soon as it has finished. */
static void end_detached(struct threads_record *record) {
    if (record->is_detached && record->is_created &&
        record->entry.state == THREADS_FINISHED) {
        end(record);
    }
}

static struct threads_record *find(pthread_t handle) {
    for (struct threads_record *record = records; record != NULL;
         record = record->next) {
        if (record->has_handle && pthread_equal(record->handle, handle) != 0) {
            return record;
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------------- */

static void free_list(struct threads_record *list) {
    while (list != NULL) {
        struct threads_record *next = list->next;
        free(list);
        list = next;
    }
}

/* So that the roll does not grow with the number of threads that were. */
static void strike(void) {
    lock();
    struct threads_record *struck = strike_gone();
    unlock();
    free_list(struck);
}

struct threads_record *threads_begin(void *(*start)(void *), void *argument,
                                     bool detached) {
    struct threads_record *record = calloc(1, sizeof *record);
    if (record == NULL) {
        check_out_of_memory();
    }
    record->start = start;
    record->argument = argument;
    record->is_detached = detached;
    origin_now("pthread_create", &record->entry.origin);
    lock();
    bool is_allowed = live_max == 0 || live < live_max;
    if (is_allowed) {
        live++;
        record->entry.serial = ++last_serial;
        record->next = records;
        records = record;
        records_count++;
    }
    unlock();
    if (!is_allowed) {
        free(record);
        return NULL;
    }
    return record;
}

static void enter(struct threads_record *record) {
    lock();
    record->entry.state = THREADS_RUNNING;
    record->entry.tid = gettid();
    if (!record->is_created) {
        record->handle = pthread_self();
        record->has_handle = true;
    }
    unlock();
}

/* Also when the thread leaves by pthread_exit(). */
static void leave(void *data) {
    struct threads_record *record = data;
    char name[THREADS_NAME_SIZE] = "";
    (void)prctl(PR_GET_NAME, name);
    lock();
    live--;
    record->entry.state = THREADS_FINISHED;
    memcpy(record->entry.name, name, sizeof name);
    end_detached(record);
    unlock();
}

void *threads_run(void *data) {
    struct threads_record *record = data;
    void *result = NULL;
    enter(record);
    pthread_cleanup_push(leave, record);
    result = record->start(record->argument);
    pthread_cleanup_pop(1);
    return result;
}

void threads_failed(struct threads_record *record) {
    lock();
    struct threads_record **link = &records;
    while (*link != record) {
        link = &(*link)->next;
    }
    *link = record->next;
    records_count--;
    live--;
    unlock();
    free(record);
}

void threads_created(struct threads_record *record, pthread_t handle) {
    lock();
    record->is_created = true;
    if (record->entry.state == THREADS_STARTING) {
        record->handle = handle;
        record->has_handle = true;
    }
    end_detached(record);
    unlock();
    strike();
}

struct threads_record *threads_joining(pthread_t handle) {
    lock();
    struct threads_record *record = find(handle);
    if (record != NULL) {
        /* As soon as it is joined, a new thread may have the same handle. */
        record->has_handle = false;
    }
    unlock();
    return record;
}

void threads_joined(struct threads_record *record, bool success) {
    if (record == NULL) {
        return;
    }
    lock();
    if (success) {
        end(record);
    } else {
        record->has_handle = true;
    }
    unlock();
    strike();
}

void threads_detached(pthread_t handle) {
    lock();
    struct threads_record *record = find(handle);
    if (record != NULL) {
        record->is_detached = true;
        record->has_handle = false;
        end_detached(record);
    }
    unlock();
}

static bool is_any_starting(void) {
    for (const struct threads_record *record = records; record != NULL;
         record = record->next) {
        if (record->entry.state == THREADS_STARTING) {
            return true;
        }
    }
    return false;
}

void threads_settle(void) {
    static const struct timespec pause = {.tv_nsec = 100000};
    uint64_t began_ns = clock_now_ns();
    for (;;) {
        lock();
        struct threads_record *struck = strike_gone();
        bool is_leaving = joined_count != 0;
        bool is_starting = is_any_starting();
        unlock();
        free_list(struck);
        uint64_t waited_ms = (clock_now_ns() - began_ns) / CLOCK_NS_PER_MS;
        if ((!is_leaving || waited_ms > THREADS_LATE_MS_MAX) &&
            (!is_starting || waited_ms > THREADS_START_MS_MAX)) {
            return;
        }
        (void)nanosleep(&pause, NULL);
    }
}

size_t threads_list(struct threads_entry *entries, size_t capacity) {
    size_t written = 0;
    lock();
    size_t count = records_count;
    for (const struct threads_record *record = records;
         record != NULL && written < capacity; record = record->next) {
        entries[written++] = record->entry;
    }
    unlock();
    return count;
}

uint64_t threads_live(void) {
    lock();
    uint64_t count = live;
    unlock();
    return count;
}

void threads_limit(uint64_t limit) {
    lock();
    live_max = limit;
    unlock();
}
