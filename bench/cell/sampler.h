/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_CELL_SAMPLER_H
#define PLUNGE_CELL_SAMPLER_H

#include <stdbool.h>

#include <uv.h>

#include "base/result.h"

struct load;

/* Looks at what this process holds while its loop runs, for the peaks: ten
 * times a second, and whenever there are more threads than ever, so that a
 * cycle of a millisecond has its peak, too. Passes on that somebody asked the
 * process to stop.
 *
 * Thread: the loop's. Its handles do not keep the loop alive. */
#define SAMPLER_PERIOD_MS 100

struct sampler {
    uv_timer_t timer;
    uv_prepare_t before_wait; /* what the turn's callbacks started is there */
    uv_check_t after_wait;    /* what they started had time to open things */
    bool risen;
    struct load *load; /* is told what is seen each time; or NULL */
    struct result_usage peak;
    uint64_t fds_max;         /* 0, or only as many descriptors may be open:
                                 then looking takes none */
    volatile int interrupted; /* the signal, as interrupt.h has it */
};

/* From here to sampler_stop() it belongs to the loop and stays in place; it is
 * the loop's until the turn after that. */
void sampler_start(struct sampler *sampler, uv_loop_t *loop);
void sampler_stop(struct sampler *sampler);

/* What is held at this moment; counts for the peak. */
struct result_usage sampler_take(struct sampler *sampler);

/* The same, and peaks are counted from here on. */
struct result_usage sampler_restart(struct sampler *sampler);

#endif
