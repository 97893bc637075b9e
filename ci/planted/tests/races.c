/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "support/suite.h"

#include <pthread.h>

/* Two threads that count in one place, with no lock. */
static int counter;
static pthread_barrier_t both_are_there;

static void *count(void *data) {
    (void)data;
    pthread_barrier_wait(&both_are_there);
    for (int i = 0; i < 1000; i++) {
        counter++;
    }
    return NULL;
}

static void planted(void **state) {
    pthread_t threads[2];
    (void)state;
    pthread_barrier_init(&both_are_there, NULL, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    pthread_barrier_destroy(&both_are_there);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted),
    };
    return SUITE_RUN(tests, argc, argv);
}
