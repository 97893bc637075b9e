/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan tsan memcheck helgrind drd */
#include "support/suite.h"

#include <pthread.h>

/* Two threads that count in one place, with no lock. */
static int counter;

static void *count(void *data) {
    (void)data;
    for (int i = 0; i < 1000; i++) {
        counter++;
    }
    return NULL;
}

static void planted(void **state) {
    pthread_t threads[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted),
    };
    return SUITE_RUN(tests, argc, argv);
}
