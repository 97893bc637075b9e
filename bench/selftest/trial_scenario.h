/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SELFTEST_TRIAL_SCENARIO_H
#define PLUNGE_SELFTEST_TRIAL_SCENARIO_H

struct arena;
struct cell_under;
struct result;
struct trial;

/* A scenario of a trial, run once. */
struct trial_scenario {
    const char *name;
    const char *title;
    const char *text;  /* behind the title */
    const char *plant; /* NULL: none */
};

/* NULL: the trial says why. */
const struct result *trial_scenario_run(const struct trial_scenario *scenario,
                                        const struct cell_under *under,
                                        struct arena *arena,
                                        struct trial *trial);

#endif
