/* SPDX-License-Identifier: Apache-2.0 */
#include "load/alarm.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "load/watch.h"

static void alarm_arm(uv_prepare_t *prepare) {
    struct alarm *alarm = prepare->data;
    if (alarm->wanted_ns == alarm->armed_ns) {
        return;
    }
    struct itimerspec when = {0}; /* none */
    if (alarm->wanted_ns != UINT64_MAX) {
        when.it_value.tv_sec = (time_t)(alarm->wanted_ns / CLOCK_NS_PER_S);
        when.it_value.tv_nsec = (long)(alarm->wanted_ns % CLOCK_NS_PER_S);
    }
    /* Also makes a descriptor that has rung silent again. */
    CHECK(timerfd_settime(alarm->fd, TFD_TIMER_ABSTIME, &when, NULL) == 0);
    alarm->armed_ns = alarm->wanted_ns;
}

/* 0 is no moment of the clock: it is armed anew, whatever is wanted then. */
static void alarm_rings(uv_poll_t *poll, int status, int events) {
    struct alarm *alarm = poll->data;
    (void)events;
    CHECK(status == 0);
    alarm->armed_ns = 0;
    alarm->cb(alarm->data);
}

void alarm_init(struct alarm *alarm, struct uv_loop_s *loop, alarm_cb cb,
                void *data) {
    *alarm = (struct alarm){
        .loop = loop,
        .cb = cb,
        .data = data,
        .fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
        .wanted_ns = UINT64_MAX,
    };
    CHECK(alarm->fd >= 0);
    CHECK(uv_poll_init(loop, &alarm->poll, alarm->fd) == 0);
    (void)uv_prepare_init(loop, &alarm->prepare);
    alarm->poll.data = alarm;
    alarm->prepare.data = alarm;
}

void alarm_fini(struct alarm *alarm) {
    watch_close_handle(alarm->loop, (uv_handle_t *)&alarm->poll);
    watch_close_handle(alarm->loop, (uv_handle_t *)&alarm->prepare);
    (void)close(alarm->fd);
}

void alarm_start(struct alarm *alarm) {
    alarm->wanted_ns = UINT64_MAX;
    alarm->armed_ns = 0;
    (void)uv_poll_start(&alarm->poll, UV_READABLE, alarm_rings);
    (void)uv_prepare_start(&alarm->prepare, alarm_arm);
}

void alarm_stop(struct alarm *alarm) {
    (void)uv_poll_stop(&alarm->poll);
    (void)uv_prepare_stop(&alarm->prepare);
}
