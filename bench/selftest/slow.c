/* SPDX-License-Identifier: Apache-2.0 */
#include "selftest/slow.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/private_folder.h"
#include "base/result.h"
#include "base/text.h"
#include "cell/instrument.h"
#include "cell/under.h"
#include "measure/callgrind.h"
#include "selftest/defect.h"
#include "selftest/trial.h"
#include "selftest/trial_scenario.h"

/* Lookups that cost more than they did: by comparison alone. */

#define CALLGRIND_SIZE_MAX ((size_t)64 * 1024 * 1024)

/* Of all instructions. What depends on the clock, in writing the result down,
 * is less than a hundredth. */
#define COUNTED_LIMIT 0.03

/* All of them the same way by chance: once in 4,096. */
#define TRIPLES 12

static struct trial_scenario scenario_of(const struct defect *defect,
                                         bool planted) {
    return (struct trial_scenario){
        .name = defect->name,
        .title = defect->title,
        .text = defect->text,
        .plant = planted ? defect->plant : "nothing",
    };
}

/* ---- By instructions -----------------------------------------------------*/

static void skip(struct trial *trial, const char *why) {
    trial->state = TRIAL_SKIPPED;
    trial_say(trial->said, "%s", why);
}

static bool count_once(const struct defect *defect, bool planted,
                       const struct cell_under *under, struct arena *arena,
                       struct callgrind *callgrind_out, struct trial *trial) {
    const struct trial_scenario scenario = scenario_of(defect, planted);
    const struct result *result =
        trial_scenario_run(&scenario, under, arena, trial);
    if (result == NULL) {
        return false;
    }
    const char *output = result->cells[0].under.output;
    const char *problem = "callgrind wrote nothing";
    struct text text;
    text_init(&text);
    int status = -1;
    if (output != NULL &&
        file_read(arena_format(arena, "%s/%s", under->output_folder, output),
                  CALLGRIND_SIZE_MAX, &text) == 0) {
        status = callgrind_read(text.bytes, arena, callgrind_out, &problem);
    }
    text_fini(&text);
    if (status != 0) {
        trial->state = TRIAL_BROKEN;
        trial_say(trial->said, "%s", problem);
    }
    return status == 0;
}

static double change(const struct callgrind *from, const struct callgrind *to) {
    return (double)to->instructions / (double)from->instructions - 1;
}

static void judge_counted(const struct defect *defect,
                          const struct callgrind counts[3], struct arena *arena,
                          struct trial *trial) {
    int64_t difference = 0;
    const struct callgrind_function *grown =
        callgrind_grown(&counts[0], &counts[2], &difference);
    const double noise = change(&counts[0], &counts[1]);
    const double slowed = change(&counts[0], &counts[2]);
    trial->compared = true;
    trial->alarms = noise > COUNTED_LIMIT || noise < -COUNTED_LIMIT
                        ? 1u << TRIAL_ALARM_COUNTED
                        : 0;
    trial->caught = slowed > COUNTED_LIMIT;
    trial->kind_right = trial->caught;
    trial_say(trial->said, "%+.1f %% instructions; without the defect %+.2f %%",
              slowed * 100, noise * 100);
    if (grown != NULL) {
        trial_say(trial->site, "%s %s", grown->name, grown->file);
    }
    /* The file is named from the folder that it was compiled in. */
    const char *site = defect_site(defect, arena);
    const char *space = strchr(site, ' ');
    trial->site_judged = true;
    trial->site_right =
        grown != NULL && space != NULL &&
        strncmp(grown->name, site, (size_t)(space - site)) == 0 &&
        strstr(grown->file, space + 1) != NULL;
}

static void run_counted(const struct defect *defect,
                        const struct cell_under *under, struct arena *arena,
                        struct trial *trial) {
    struct callgrind counts[3];
    for (int i = 0; i < 3; i++) {
        if (!count_once(defect, i == 2, under, arena, &counts[i], trial)) {
            return;
        }
    }
    judge_counted(defect, counts, arena, trial);
}

void slow_run_counted(const struct defect *defect, struct arena *arena,
                      struct trial *trial) {
    struct cell_under under = {.tool = under_find("callgrind")};
    const char *problem = under_refuses(under.tool);
    if (problem == NULL) {
        under.valgrind = under_valgrind(arena, &problem);
    }
    if (under.valgrind == NULL) {
        skip(trial, problem);
        return;
    }
    const char *wanted = NULL;
    const char *folder = private_folder_make(arena, &wanted);
    if (folder == NULL) {
        trial->state = TRIAL_BROKEN;
        trial_say(trial->said, "cannot make the folder %s", wanted);
        return;
    }
    under.output_folder = folder;
    run_counted(defect, &under, arena, trial);
    private_folder_remove(folder);
}

/* ---- By the clock --------------------------------------------------------*/

/* The median lookup, which one that was interrupted does not move. 0: none. */
static double time_once(const struct defect *defect, bool planted,
                        struct arena *arena, struct trial *trial) {
    const struct trial_scenario scenario = scenario_of(defect, planted);
    const struct result *result =
        trial_scenario_run(&scenario, NULL, arena, trial);
    if (result == NULL || result->cells[0].phases_count == 0 ||
        result->cells[0].phases[0].service.count == 0) {
        return 0;
    }
    return (double)result->cells[0].phases[0].service.p50;
}

/* One triple: a run with the defect between two without, or before or behind
 * them. */
struct times {
    double planted;
    double clean;
    double again; /* without it, too */
};

static double least(const struct times *times) {
    double ratio = times[0].planted / times[0].clean;
    for (size_t i = 1; i < TRIPLES; i++) {
        double other = times[i].planted / times[i].clean;
        ratio = other < ratio ? other : ratio;
    }
    return ratio;
}

/* How much slower than the fastest the slowest is, without the defect: what is
 * less than that this machine may not see. */
static double spread(const struct times *times) {
    double low = times[0].clean;
    double high = times[0].clean;
    for (size_t i = 0; i < TRIPLES; i++) {
        const double both[] = {times[i].clean, times[i].again};
        for (size_t j = 0; j < 2; j++) {
            low = both[j] < low ? both[j] : low;
            high = both[j] > high ? both[j] : high;
        }
    }
    return high / low;
}

static bool differ(const struct times *times, bool planted) {
    struct trial_times pairs[TRIPLES];
    for (size_t i = 0; i < TRIPLES; i++) {
        pairs[i] = (struct trial_times){
            .clean = times[i].clean,
            .planted = planted ? times[i].planted : times[i].again,
        };
    }
    return trial_times_differ(pairs, TRIPLES);
}

static void judge_timed(const struct times *times, struct trial *trial) {
    trial->caught = differ(times, true);
    trial->kind_right = trial->caught;
    trial->compared = true;
    trial->alarms = differ(times, false) ? 1u << TRIAL_ALARM_TIMED : 0;
    trial_say(trial->said,
              "%+.0f %% and more in each of %d pairs; without the defect runs "
              "differ by up to %.0f %%",
              (least(times) - 1) * 100, TRIPLES, (spread(times) - 1) * 100);
    if (!trial->caught && spread(times) > least(times)) {
        trial->state = TRIAL_SKIPPED;
    }
}

static bool time_three(const struct defect *defect, size_t turn,
                       struct arena *arena, struct times *times_out,
                       struct trial *trial) {
    double runs[3];
    for (size_t i = 0; i < 3; i++) {
        runs[i] = time_once(defect, i == turn % 3, arena, trial);
        if (!(runs[i] > 0)) {
            return false;
        }
    }
    *times_out = (struct times){
        .planted = runs[turn % 3],
        .clean = runs[(turn + 1) % 3],
        .again = runs[(turn + 2) % 3],
    };
    return true;
}

void slow_run_timed(const struct defect *defect, struct arena *arena,
                    struct trial *trial) {
    struct times times[TRIPLES];
    for (size_t i = 0; i < TRIPLES; i++) {
        if (!time_three(defect, i, arena, &times[i], trial)) {
            if (trial->state == TRIAL_DONE) {
                trial->state = TRIAL_BROKEN;
                trial_say(trial->said, "nothing was answered");
            }
            return;
        }
    }
    judge_timed(times, trial);
}
