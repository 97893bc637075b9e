/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include "cell/footprint.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/suite.h"

#define MUCH ((size_t)32 << 20)

/* It has been given back since, and counts. */
static void the_most_that_was_had_is_told(void **state) {
    (void)state;
    uint64_t before = footprint_peak_bytes(getpid());
    assert_true(before > 0);
    void *bytes = mmap(NULL, MUCH, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    assert_true(bytes != MAP_FAILED);
    assert_int_equal(munmap(bytes, MUCH), 0);
    uint64_t after = footprint_peak_bytes(getpid());
    assert_true(after >= MUCH);
    assert_true(after > before);
}

static void of_who_has_ended_nothing_is_known(void **state) {
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        _exit(0);
    }
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(footprint_peak_bytes(pid), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(footprint_peak_bytes(pid), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_that_was_had_is_told),
        cmocka_unit_test(of_who_has_ended_nothing_is_known),
    };
    return SUITE_RUN(tests, argc, argv);
}
