/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_GATE_H
#define TESTS_SUPPORT_GATE_H

#include <uv.h>

/* Holds a worker at an exact place, without sleeping: the worker passes the
 * gate, the test waits until it has arrived, does what it wants to do while
 * the worker stands there, and opens. */
struct gate {
    uv_sem_t arrived;
    uv_sem_t open;
};

void gate_init(struct gate *gate);
void gate_fini(struct gate *gate);

/* The worker. */
void gate_pass(struct gate *gate);

/* The test. */
void gate_wait(struct gate *gate);
void gate_open(struct gate *gate);

#endif
