/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SELFTEST_SLOW_H
#define PLUNGE_SELFTEST_SLOW_H

struct arena;
struct defect;
struct trial;

/* Slowed lookups: several runs, that are compared. */
void slow_run_counted(const struct defect *defect, struct arena *arena,
                      struct trial *trial);
void slow_run_timed(const struct defect *defect, struct arena *arena,
                    struct trial *trial);

#endif
