/* SPDX-License-Identifier: Apache-2.0 */
#include "subject/subject.h"

#include <stdatomic.h>
#include <stdlib.h>

#include <uv.h>

#include "base/annotate.h"
#include "base/check.h"
#include "subject/closing.h"
#include "subject/lane.h"

/* The ceiling: a thread a core, each with a connection of its own, and nothing
 * handed over.
 *
 * Threads run from drive() until the source is dry. They wait at a gate until
 * all of them are there: either all start, or none has drawn a lookup. */
struct direct {
    /* Fixed from open to close. */
    struct subject subject;
    struct direct_lane {
        struct direct *direct;
        struct lane lane;
        uv_thread_t thread;
    } lanes[SUBJECT_LANES_MAX];
    unsigned lanes_count;
    uv_sem_t gate;

    /* Fixed while the threads run. */
    struct subject_source source;
    bool called_off; /* written before the gate opens */

    /* Loop thread only. */
    uv_async_t dry; /* referenced while the threads run */
    subject_cb done;
    void *done_data;
    struct closing closing;

    /* Any thread. */
    _Atomic unsigned running;
};

static void direct_thread(void *data) {
    struct direct_lane *lane = data;
    struct direct *direct = lane->direct;
    uv_sem_wait(&direct->gate);
    if (direct->called_off) {
        return;
    }
    lane_run(&lane->lane, &direct->source);
    if (atomic_fetch_sub(&direct->running, 1) == 1) {
        (void)uv_async_send(&direct->dry);
    }
}

static void direct_join(struct direct *direct, unsigned started) {
    for (unsigned i = 0; i < started; i++) {
        (void)uv_thread_join(&direct->lanes[i].thread);
    }
}

static void direct_dry(uv_async_t *dry) {
    struct direct *direct = dry->data;
    direct_join(direct, direct->lanes_count);
    uv_unref((uv_handle_t *)dry);
    direct->done(direct->done_data);
}

/* Accepts one that is half built. */
static void direct_free(struct direct *direct) {
    for (unsigned i = 0; i < direct->lanes_count; i++) {
        lane_fini(&direct->lanes[i].lane);
    }
    uv_sem_destroy(&direct->gate);
    free(direct);
}

static unsigned direct_lanes(unsigned max) {
    unsigned cores = uv_available_parallelism();
    unsigned lanes = max < cores ? max : cores;
    return lanes < SUBJECT_LANES_MAX ? lanes : SUBJECT_LANES_MAX;
}

static int direct_open(const struct subject_options *options,
                       struct subject **subject_out,
                       struct subject_error *error_out) {
    struct direct *direct = calloc(1, sizeof *direct);
    if (direct == NULL || uv_sem_init(&direct->gate, 0) != 0) {
        check_out_of_memory();
    }
    direct->subject.calls = &subject_direct;
    direct->lanes_count = direct_lanes(options->max);
    for (unsigned i = 0; i < direct->lanes_count; i++) {
        struct direct_lane *lane = &direct->lanes[i];
        lane->direct = direct;
        lane->lane.number = i;
        lane->lane.batch = options->writes ? 1 : options->batch;
        lane->lane.sink = options->sink;
        if (lane_init(&lane->lane, options->database, options->query,
                      error_out) < 0) {
            direct_free(direct);
            return -1;
        }
    }
    /* Last, since only a turn of the loop could undo it. */
    int code = uv_async_init(options->loop, &direct->dry, direct_dry);
    if (code < 0) {
        direct_free(direct);
        (void)subject_fail(error_out, DBPOOL_ELOOP, uv_strerror(code));
        error_out->error_number = -code;
        return -1;
    }
    direct->dry.data = direct;
    uv_unref((uv_handle_t *)&direct->dry);
    *subject_out = &direct->subject;
    return 0;
}

static void direct_open_gate(struct direct *direct, unsigned started) {
    for (unsigned i = 0; i < started; i++) {
        uv_sem_post(&direct->gate);
    }
}

static int direct_drive(struct subject *subject,
                        const struct subject_source *source, subject_cb done,
                        void *data, struct subject_error *error_out) {
    struct direct *direct = (struct direct *)subject;
    const uv_thread_options_t thread_options = {
        .flags = UV_THREAD_HAS_STACK_SIZE,
        .stack_size = lane_stack_size(),
    };
    direct->source = *source;
    direct->done = done;
    direct->done_data = data;
    direct->called_off = false;
    ANNOTATE_UNCHECKED(direct->running);
    atomic_store(&direct->running, direct->lanes_count);
    for (unsigned i = 0; i < direct->lanes_count; i++) {
        struct direct_lane *lane = &direct->lanes[i];
        int code = uv_thread_create_ex(&lane->thread, &thread_options,
                                       direct_thread, lane);
        if (code < 0) {
            direct->called_off = true;
            direct_open_gate(direct, i);
            direct_join(direct, i);
            (void)subject_fail(error_out, DBPOOL_ETHREAD, NULL);
            error_out->error_number = -code;
            return -1;
        }
    }
    uv_ref((uv_handle_t *)&direct->dry);
    direct_open_gate(direct, direct->lanes_count);
    return 0;
}

static void direct_closed(uv_handle_t *handle) {
    struct direct *direct = handle->data;
    struct closing closing = direct->closing;
    direct_free(direct);
    closing_call(closing);
}

static void direct_close(struct subject *subject, subject_cb closed,
                         void *data) {
    struct direct *direct = (struct direct *)subject;
    closing_add(&direct->closing, closed, data);
    if (!uv_is_closing((uv_handle_t *)&direct->dry)) {
        uv_close((uv_handle_t *)&direct->dry, direct_closed);
    }
}

const struct subject_calls subject_direct = {
    .name = "direct",
    .reference = true,
    .open = direct_open,
    .drive = direct_drive,
    .close = direct_close,
};
