/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_DATABASE_GENERATOR_H
#define PLUNGE_DATABASE_GENERATOR_H

struct arena;
struct database_options;

/* What becomes of a file that is there when the new one is ready. */
enum generator_existing {
    GENERATOR_REPLACE,
    /* A whole one stays, and ours is thrown away: another process was first
     * with the same bytes, and somebody may be reading them already. */
    GENERATOR_KEEP_WHOLE,
};

/* database_generate(), with the choice. */
int generator_run(const char *path, enum generator_existing existing,
                  const struct database_options *options, struct arena *arena,
                  const char **problem_out);

#endif
