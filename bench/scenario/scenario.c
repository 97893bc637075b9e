/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/scenario.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "scenario/digest.h"
#include "scenario/expectation_list.h"
#include "scenario/find.h"
#include "scenario/include.h"
#include "scenario/let.h"
#include "scenario/node.h"
#include "scenario/override.h"
#include "scenario/problem.h"
#include "scenario/schema.h"
#include "scenario/source.h"
#include "scenario/sweep.h"
#include "scenario/value.h"
#include "scenario/yaml.h"

/* rush, of scenarios/rush.yaml */
static const char *name_of(struct arena *arena, const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(name, '.');
    if (dot == NULL || dot == name ||
        (strcmp(dot, ".yaml") != 0 && strcmp(dot, ".yml") != 0)) {
        return arena_text(arena, name);
    }
    return arena_text_n(arena, name, (size_t)(dot - name));
}

static void read_tree(struct problems *problems, const struct node *root,
                      struct scenario *scenario) {
    struct value values[ROOT_KEYS_COUNT];
    value_read_mapping(problems, &schema_root, root, values);
    if (values[ROOT_TITLE].good) {
        scenario->title = values[ROOT_TITLE].node->text;
    }
    scenario->blocks = (unsigned)value_or(&values[ROOT_BLOCKS], 1);
    root = find_read(problems, root, scenario);
    value_read_mapping(problems, &schema_root, root, values);
    sweep_expand(problems, root, scenario);
    expectation_list_read(
        problems, values[ROOT_EXPECT].good ? values[ROOT_EXPECT].node : NULL,
        scenario);
    sweep_add_references(problems, root, scenario);
}

static void read_text(struct problems *problems,
                      const struct scenario_source *source, size_t size,
                      struct scenario *scenario) {
    const char *bytes = source_skip_mark(scenario->text);
    size -= (size_t)(bytes - scenario->text);
    problems->source = bytes;
    const struct node *root =
        yaml_read(bytes, size, (struct place){0}, problems);
    if (root == NULL) {
        return;
    }
    if (root->kind != NODE_MAPPING) {
        problems_add(problems, root->place, NULL,
                     "a scenario needs title, database and load",
                     "expected a mapping, got %s",
                     node_description(problems->arena, root));
        return;
    }
    root = include_merge(problems, root, source, scenario);
    struct let *let =
        let_read(problems, root, source->overrides, source->overrides_count);
    root = let_apply(let, node_without(problems->arena, root, "let"));
    root = override_apply(problems, root, let, source);
    let_check_use(let);
    scenario->tree = root;
    read_tree(problems, root, scenario);
}

/* The whole text, in the arena; or -errno. */
static int load_text(const struct scenario_source *source, struct arena *arena,
                     const char **text_out, size_t *size_out) {
    if (source->text != NULL) {
        *text_out = arena_text(arena, source->text);
        *size_out = strlen(source->text);
        return *size_out > SOURCE_BYTES_MAX ? -EFBIG : 0;
    }
    struct text text;
    text_init(&text);
    const int status = file_read(source->path, SOURCE_BYTES_MAX, &text);
    if (status == 0) {
        *text_out = arena_text_n(arena, text.bytes, text.size);
        *size_out = text.size;
    }
    text_fini(&text);
    return status;
}

enum scenario_read_status scenario_read(const struct scenario_source *source,
                                        struct arena *arena,
                                        struct scenario **scenario_out,
                                        struct problems *problems,
                                        int *error_number_out) {
    struct scenario *scenario = arena_alloc(arena, sizeof *scenario);
    size_t size = 0;
    scenario->path = arena_text(arena, source->path);
    problems_init(problems, arena, scenario->path, "");
    const int status = load_text(source, arena, &scenario->text, &size);
    if (status == -EFBIG) {
        problems_add(problems, (struct place){.line = 1, .column = 1}, NULL,
                     "a scenario is a short text", "larger than 1 MiB");
        return SCENARIO_WRONG;
    }
    if (status != 0) {
        *error_number_out = -status;
        return SCENARIO_UNREADABLE;
    }
    scenario->name = name_of(arena, source->path);
    scenario->sha256 = digest_sha256(arena, scenario->text, size);
    read_text(problems, source, size, scenario);
    if (problems->count != 0) {
        return SCENARIO_WRONG;
    }
    *scenario_out = scenario;
    return SCENARIO_OK;
}

const char *scenario_subject_name(enum scenario_subject subject) {
    return subject == SCENARIO_COMMAND
               ? "command"
               : schema_pool.keys[POOL_SUBJECT].words[subject];
}

const char *scenario_shutdown_name(enum scenario_shutdown shutdown) {
    return schema_pool.keys[POOL_SHUTDOWN].words[shutdown];
}

const char *scenario_by_name(enum scenario_by by) {
    return schema_limits.keys[LIMITS_BY].words[by];
}

bool scenario_shutdown_is_clean(enum scenario_shutdown shutdown) {
    return shutdown != SCENARIO_MISSING && shutdown != SCENARIO_UNCALLED;
}

bool scenario_leaves_nothing(const struct scenario_settings *settings) {
    bool closed = settings->pool.subject != SCENARIO_DBPOOL ||
                  scenario_shutdown_is_clean(settings->pool.shutdown);
    return closed && settings->database.temporary != SCENARIO_KEPT;
}

bool scenario_phase_is_mixed(const struct scenario_phase *phase) {
    for (size_t i = 0; i < SCENARIO_OPERATIONS_COUNT; i++) {
        if (i != SCENARIO_LOOKUP && phase->operations.weights[i] > 0) {
            return true;
        }
    }
    return false;
}

bool scenario_writes(const struct scenario_settings *settings) {
    for (size_t i = 0; i < settings->phases_count; i++) {
        const uint64_t *weights = settings->phases[i].operations.weights;
        if (weights[SCENARIO_RENAME] > 0 || weights[SCENARIO_SIGN_UP] > 0 ||
            weights[SCENARIO_SIGN_OFF] > 0 || weights[SCENARIO_TRANSFER] > 0) {
            return true;
        }
    }
    return false;
}

bool scenario_wants_private_copy(const struct scenario_settings *settings) {
    return settings->database.file == NULL &&
           (settings->pool.subject == SCENARIO_COMMAND ||
            settings->database.temporary_given || scenario_writes(settings) ||
            !scenario_shutdown_is_clean(settings->pool.shutdown));
}

bool scenario_phase_is_timed(const struct scenario_phase *phase) {
    return phase->rate.kind != SCENARIO_RATE_NONE ||
           phase->think.kind != SCENARIO_THINK_NONE;
}

bool scenario_has_open_loop(const struct scenario_settings *settings) {
    for (size_t i = 0; i < settings->phases_count; i++) {
        if (settings->phases[i].rate.kind != SCENARIO_RATE_NONE) {
            return true;
        }
    }
    return false;
}

/* Lookups of an open loop take their time; those of a closed one think. */
static uint64_t phase_planned_ns(const struct scenario_phase *phase) {
    if (phase->for_ns != 0) {
        return phase->for_ns;
    }
    if (phase->rate.kind != SCENARIO_RATE_NONE) {
        return rate_planned_ns(&phase->rate, phase->lookups);
    }
    uint64_t rounds =
        phase->lookups / (phase->in_flight + (phase->in_flight == 0));
    uint64_t think_ns = 0;
    return phase->think.kind == SCENARIO_THINK_NONE ? 0
           : __builtin_mul_overflow(rounds, phase->think.ns, &think_ns)
               ? UINT64_MAX
               : think_ns;
}

uint64_t scenario_planned_ns(const struct scenario_settings *settings) {
    uint64_t cycle_ns = 0;
    uint64_t all_ns = 0;
    for (size_t i = 0; i < settings->phases_count; i++) {
        if (__builtin_add_overflow(
                cycle_ns, phase_planned_ns(&settings->phases[i]), &cycle_ns)) {
            return UINT64_MAX;
        }
    }
    return __builtin_mul_overflow(cycle_ns, settings->cycles, &all_ns)
               ? UINT64_MAX
               : all_ns;
}

/* What a phase by the clock has in flight at its end, it hands on to the next:
 * lookups that are few come on top. One by lookups ends with its last answer.
 */
uint64_t scenario_in_flight_peak(const struct scenario_settings *settings) {
    uint64_t carried = 0;
    uint64_t most = 0;
    for (size_t i = 0; i < settings->phases_count; i++) {
        const struct scenario_phase *phase = &settings->phases[i];
        bool by_clock = phase->lookups == 0;
        uint64_t peak = phase->in_flight;
        if (!by_clock && carried < peak && phase->lookups < peak - carried) {
            peak = carried + phase->lookups;
        }
        most = peak > most ? peak : most;
        if (by_clock && peak > carried) {
            carried = peak;
        }
    }
    return most;
}
