/* SPDX-License-Identifier: Apache-2.0 */
#include "times.h"

#define BITS_FIRST 8 /* the first bucket ends with 2^8 ns */

static unsigned bucket_of(uint64_t ns) {
    uint64_t above = ns == 0 ? 0 : (ns - 1) >> BITS_FIRST;
    unsigned bucket = above == 0 ? 0 : 64 - (unsigned)__builtin_clzll(above);
    return bucket < DBPOOL_TIMES_COUNT ? bucket : DBPOOL_TIMES_COUNT - 1;
}

void dbpool__times_add(struct dbpool__times *times, uint64_t ns,
                       uint64_t count) {
    struct dbpool_times *to = &times->times;
    unsigned bucket = bucket_of(ns);
    to->count += count;
    to->sum_ns += ns * count;
    if (ns > to->max_ns) {
        to->max_ns = ns;
    }
    to->buckets[bucket] += count;
    times->touched |= UINT32_C(1) << bucket;
}

void dbpool__times_taken(const struct dbpool__queue *queue, uint64_t now_ns) {
    struct dbpool_request *request = queue->head;
    for (size_t left = queue->count; left != 0; left--) {
        if (request->times != NULL) {
            request->times->taken_ns = now_ns;
        }
        request = request->next;
    }
}

void dbpool__times_delivered(const struct dbpool__queue *queue,
                             uint64_t now_ns) {
    struct dbpool_request *request = queue->head;
    for (size_t left = queue->count; left != 0; left--) {
        if (request->times != NULL) {
            request->times->delivered_ns = now_ns;
        }
        request = request->next;
    }
}

static void move(struct dbpool_times *to, struct dbpool__times *from) {
    to->count += from->times.count;
    to->sum_ns += from->times.sum_ns;
    if (from->times.max_ns > to->max_ns) {
        to->max_ns = from->times.max_ns;
    }
    from->times.count = 0;
    from->times.sum_ns = 0;
    from->times.max_ns = 0;
    while (from->touched != 0) {
        int bucket = __builtin_ctz(from->touched);
        to->buckets[bucket] += from->times.buckets[bucket];
        from->times.buckets[bucket] = 0;
        from->touched &= from->touched - 1;
    }
}

void dbpool__timing_move(struct dbpool__times_sum *to,
                         struct dbpool__timing *from) {
    move(&to->wait, &from->wait);
    move(&to->run, &from->run);
    move(&to->request, &from->request);
}
