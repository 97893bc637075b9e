/* SPDX-License-Identifier: Apache-2.0 */
#include "support/hardened.h"

#ifdef PLUNGE_COVERAGE
#include <stdio.h>
#include <stdlib.h>

#define PATH_SIZE 4096

void __gcov_dump(void);
void __gcov_reset(void);

static bool begun;

/* false: nobody asks. */
static bool write_to(const char *name) {
    const char *folder = getenv("COVERAGE_HARDENED");
    char path[PATH_SIZE];
    if (folder == NULL) {
        return false;
    }
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return setenv("GCOV_PREFIX", path, 1) == 0;
}

static void dump(void) {
    __gcov_dump();
    __gcov_reset();
}

void hardened_begin(void) {
    if (!begun && getenv("COVERAGE_HARDENED") != NULL) {
        begun = true;
        dump();
    }
}

void hardened_end(bool injected) {
    if (begun && injected && write_to("faults")) {
        dump();
        (void)unsetenv("GCOV_PREFIX");
    }
    begun = false;
}

void hardened_program(void) {
    (void)write_to("plants");
}

#else

void hardened_begin(void) {
}

void hardened_end(bool injected) {
    (void)injected;
}

void hardened_program(void) {
}

#endif
