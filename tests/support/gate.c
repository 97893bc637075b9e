/* SPDX-License-Identifier: Apache-2.0 */
#include "support/gate.h"

void gate_init(struct gate *gate) {
    (void)uv_sem_init(&gate->arrived, 0);
    (void)uv_sem_init(&gate->open, 0);
}

void gate_fini(struct gate *gate) {
    uv_sem_destroy(&gate->arrived);
    uv_sem_destroy(&gate->open);
}

void gate_pass(struct gate *gate) {
    uv_sem_post(&gate->arrived);
    uv_sem_wait(&gate->open);
}

void gate_wait(struct gate *gate) {
    uv_sem_wait(&gate->arrived);
}

void gate_open(struct gate *gate) {
    uv_sem_post(&gate->open);
}
