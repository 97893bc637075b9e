/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_ALARM_H
#define PLUNGE_LOAD_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

/* Wakes a loop at a moment of clock_now_ns(), which a timer of libuv's does to
 * the ms alone. It is a timerfd that the loop polls: nothing watches a clock,
 * so no processor is taken from the subject. It is armed before the loop waits
 * and only where the moment has changed: one system call a turn at most,
 * however often the moment moves.
 *
 * Thread: the loop's. */
typedef void (*alarm_cb)(void *data);

struct alarm {
    /* Fixed. */
    struct uv_loop_s *loop;
    alarm_cb cb;
    void *data;
    int fd;
    uv_poll_t poll;
    uv_prepare_t prepare; /* sets the timer before the loop waits */

    uint64_t wanted_ns; /* UINT64_MAX: none */
    uint64_t armed_ns;
};

/* Calls @cb in a turn of the loop in which the moment has come. */
void alarm_init(struct alarm *alarm, struct uv_loop_s *loop, alarm_cb cb,
                void *data);

/* Turns the loop. */
void alarm_fini(struct alarm *alarm);

/* From start to stop it keeps the loop alive. No moment is set at first. */
void alarm_start(struct alarm *alarm);
void alarm_stop(struct alarm *alarm);

static inline void alarm_set(struct alarm *alarm, uint64_t at_ns) {
    alarm->wanted_ns = at_ns;
}

#endif
