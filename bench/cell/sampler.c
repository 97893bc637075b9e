/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/sampler.h"

#include "base/check.h"
#include "base/interrupt.h"
#include "ledger/ledger.h"
#include "ledger/primitives.h"
#include "load/load.h"

static void raise_to(uint64_t *peak, uint64_t value) {
    if (value != RESULT_UNKNOWN && (*peak == RESULT_UNKNOWN || value > *peak)) {
        *peak = value;
    }
}

struct result_usage sampler_take(struct sampler *sampler) {
    struct result_usage usage;
    if (sampler->fds_max == 0) {
        ledger_usage(&usage);
    } else {
        ledger_usage_aside(sampler->fds_max, &usage);
    }
    raise_to(&sampler->peak.threads, usage.threads);
    raise_to(&sampler->peak.fds, usage.fds);
    raise_to(&sampler->peak.rss_bytes, usage.rss_bytes);
    raise_to(&sampler->peak.heap_bytes, usage.heap_bytes);
    return usage;
}

struct result_usage sampler_restart(struct sampler *sampler) {
    sampler->risen = false;
    sampler->peak = (struct result_usage){
        .threads = RESULT_UNKNOWN,
        .fds = RESULT_UNKNOWN,
        .rss_bytes = RESULT_UNKNOWN,
        .heap_bytes = RESULT_UNKNOWN,
    };
    return sampler_take(sampler);
}

static void on_period(uv_timer_t *timer) {
    struct sampler *sampler = timer->data;
    sampler->interrupted = interrupt_pending();
    const struct result_usage usage = sampler_take(sampler);
    load_look(sampler->load, &usage);
}

static void on_before_wait(uv_prepare_t *prepare) {
    struct sampler *sampler = prepare->data;
    uint64_t threads = primitives_threads_live();
    if (threads > sampler->peak.threads) {
        sampler->peak.threads = threads;
        sampler->risen = true;
    }
}

static void on_after_wait(uv_check_t *check) {
    struct sampler *sampler = check->data;
    if (sampler->risen) {
        sampler->risen = false;
        (void)sampler_take(sampler);
    }
}

void sampler_start(struct sampler *sampler, uv_loop_t *loop) {
    (void)sampler_restart(sampler);
    sampler->interrupted = interrupt_pending();
    sampler->timer.data = sampler;
    sampler->before_wait.data = sampler;
    sampler->after_wait.data = sampler;
    CHECK(uv_timer_init(loop, &sampler->timer) == 0);
    CHECK(uv_prepare_init(loop, &sampler->before_wait) == 0);
    CHECK(uv_check_init(loop, &sampler->after_wait) == 0);
    CHECK(uv_timer_start(&sampler->timer, on_period, SAMPLER_PERIOD_MS,
                         SAMPLER_PERIOD_MS) == 0);
    CHECK(uv_prepare_start(&sampler->before_wait, on_before_wait) == 0);
    CHECK(uv_check_start(&sampler->after_wait, on_after_wait) == 0);
    /* A loop that has nothing but these left has run dry. */
    uv_unref((uv_handle_t *)&sampler->timer);
    uv_unref((uv_handle_t *)&sampler->before_wait);
    uv_unref((uv_handle_t *)&sampler->after_wait);
}

void sampler_stop(struct sampler *sampler) {
    uv_close((uv_handle_t *)&sampler->timer, NULL);
    uv_close((uv_handle_t *)&sampler->before_wait, NULL);
    uv_close((uv_handle_t *)&sampler->after_wait, NULL);
}
