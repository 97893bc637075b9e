/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/text.h"
#include "support/json_at.h"
#include "support/scratch.h"
#include "support/suite.h"

/* What ci/generation makes of what it has measured: writers are compared within
 * their block. */

#define BLOCKS 7

static void add_run(struct text *text, unsigned block, const char *writer,
                    double seconds) {
    text_format(text,
                "%s{\"users\": 1000, \"block\": %u, \"writer\": \"%s\","
                " \"seconds\": %f, \"cpu_s\": 1, \"sync_s\": %f,"
                " \"bytes\": 1048576, \"peak_rss_bytes\": %u}",
                text->bytes[text->size - 1] == '[' ? "" : ", ", block, writer,
                seconds, seconds, 1048576 * (block + 1));
}

/* The machine is half as fast in each next block: the figures spread by 64
 * times, the ratios do not. */
static const char *measured(struct scratch *scratch) {
    struct text text;
    text_init(&text);
    text_append(&text,
                "{\"command\": \"make generation\", \"surroundings\": "
                "{\"version\": \"1\", \"seed\": 1, \"started_at\": \"now\", "
                "\"environment\": {\"cores\": 2}}, \"runs\": [");
    for (unsigned block = 0; block < BLOCKS; block++) {
        double machine = 1U << block;
        add_run(&text, block, "import", machine * 12);
        add_run(&text, block, "sqlite", machine * 10);
        add_run(&text, block, "pages", machine * 2);
    }
    text_append(&text, "]}");
    const char *path = scratch_write(scratch, "measured.json", text.bytes);
    text_fini(&text);
    return path;
}

static void writers_are_compared_within_their_block(void **state) {
    struct scratch *scratch = *state;
    const char *command = arena_format(
        scratch->arena, "REPORTS=%s ci/generation set-out %s >%s 2>&1",
        scratch->folder, measured(scratch), scratch_path(scratch, "said"));
    assert_int_equal(system(command), 0); // NOLINT: of the test's own making
    json_t *found =
        json_load_file(scratch_path(scratch, "generation.json"), 0, NULL);
    assert_non_null(found);
    assert_string_equal(json_text_at(found, "cells/2/writer"), "pages");
    assert_true(json_real_value(json_at(found, "cells/2/to_import/median")) ==
                6);
    assert_true(json_real_value(json_at(found, "cells/2/to_import/low")) == 6);
    assert_true(json_is_true(json_at(found, "cells/2/to_import/reached")));
    assert_true(json_is_false(json_at(found, "cells/1/to_import/reached")));
    /* Of the block that took most. */
    assert_int_equal(json_int_at(found, "cells/0/peak_rss_bytes"),
                     (json_int_t)1048576 * BLOCKS);
    json_decref(found);
    scratch_expect_in(scratch, "generation.md",
                      "| page by page | 62 | 6.00 (6.00 to 6.00) | 31 |");
    scratch_expect_in(scratch, "generation.md",
                      "SQLite's API: >= 1.4 × .import | 1.20 (1.20 to 1.20) | "
                      "missed |");
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(writers_are_compared_within_their_block),
    };
    return SUITE_RUN(tests, argc, argv);
}
