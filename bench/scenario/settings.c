/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/settings.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "scenario/database_section.h"
#include "scenario/node.h"
#include "scenario/phases.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"
#include "scenario/user_command.h"
#include "scenario/value.h"

#define POOL_MIN_DEFAULT 3
#define POOL_MAX_DEFAULT 5
#define BATCH_DEFAULT 100
#define STALL_NS_DEFAULT (10 * CLOCK_NS_PER_S)
#define TIME_NS_REST (60 * CLOCK_NS_PER_S)
/* Left out of time limits, so that a deadline can be added to a clock. */
#define TIME_NS_MAX (UINT64_MAX / 4)

/* A section's values, all "not given" where there is no such section. Returns
 * the line that stands for it. */
static unsigned read_section(struct problems *problems,
                             const struct schema_mapping *schema,
                             const struct node *root,
                             const struct value *section,
                             struct value *values) {
    memset(values, 0, schema->keys_count * sizeof *values);
    if (!section->good) {
        return node_line(root);
    }
    value_read_mapping(problems, schema, section->node, values);
    const unsigned line = node_line(section->node);
    return line != 0 ? line : node_line(root);
}

static void read_database(struct problems *problems, const struct node *root,
                          const struct value *section,
                          struct scenario_database *database_out) {
    struct value values[DATABASE_KEYS_COUNT];
    const unsigned line =
        read_section(problems, &schema_database, root, section, values);
    database_section_read(problems, section->good ? section->node : NULL,
                          values, database_out);
    database_out->line = line;
}

/* min alone is checked against the default max, and the other way round the
 * default min gives way. */
static void read_threads(struct problems *problems, const struct value *values,
                         struct scenario_pool *pool_out) {
    const struct value *min = &values[POOL_MIN];
    const struct value *max = &values[POOL_MAX];
    pool_out->max = (unsigned)value_or(max, POOL_MAX_DEFAULT);
    pool_out->min = (unsigned)value_or(min, pool_out->max < POOL_MIN_DEFAULT
                                                ? pool_out->max
                                                : POOL_MIN_DEFAULT);
    if (pool_out->min <= pool_out->max || (max->node != NULL && !max->good)) {
        return;
    }
    const char *where =
        max->node == NULL
            ? " by default"
            : problem_where(problems, &max->node->place, &min->node->place);
    problems_add(problems, min->node->place, "pool.min",
                 "a pool has min to max threads",
                 "%u is more than pool.max, which is %u%s", pool_out->min,
                 pool_out->max, where);
}

static void read_pool(struct problems *problems, const struct node *root,
                      const struct value *section,
                      struct scenario_pool *pool_out) {
    struct value values[POOL_KEYS_COUNT];
    const unsigned line =
        read_section(problems, &schema_pool, root, section, values);
    *pool_out = (struct scenario_pool){
        .subject = (enum scenario_subject)value_or(&values[POOL_SUBJECT],
                                                   SCENARIO_DBPOOL),
        .shutdown = (enum scenario_shutdown)value_or(&values[POOL_SHUTDOWN],
                                                     SCENARIO_CLEAN),
        .batch = (unsigned)value_or(&values[POOL_BATCH], BATCH_DEFAULT),
        .line = line,
    };
    if (pool_out->subject == SCENARIO_COMMAND) {
        user_command_read(problems->arena, values[POOL_SUBJECT].node,
                          &pool_out->command);
    }
    read_threads(problems, values, pool_out);
}

static void read_limits(struct problems *problems, const struct node *root,
                        const struct value *section,
                        struct scenario_settings *settings_out) {
    struct value values[LIMITS_KEYS_COUNT];
    const unsigned line =
        read_section(problems, &schema_limits, root, section, values);
    uint64_t time_ns = 0;
    if (__builtin_mul_overflow(scenario_planned_ns(settings_out), 2,
                               &time_ns) ||
        __builtin_add_overflow(time_ns, TIME_NS_REST, &time_ns) ||
        time_ns > TIME_NS_MAX) {
        time_ns = TIME_NS_MAX;
    }
    time_ns = value_or(&values[LIMITS_TIME], time_ns);
    /* Nobody knows how long a program of the user's may be busy. */
    const bool command = settings_out->pool.subject == SCENARIO_COMMAND;
    if (values[LIMITS_BY].good && !command &&
        values[LIMITS_THREADS].node == NULL) {
        problems_add(problems, values[LIMITS_BY].node->place, "limits.by",
                     "add how many: limits: {threads: 64, by: ...}",
                     "says who holds limits.threads, which is missing");
    }
    settings_out->limits = (struct scenario_limits){
        .threads = value_or(&values[LIMITS_THREADS], 0),
        .fds = value_or(&values[LIMITS_FDS], 0),
        .by =
            (enum scenario_by)value_or(&values[LIMITS_BY], SCENARIO_BY_BUDGET),
        .memory_bytes = value_or(&values[LIMITS_MEMORY], 0),
        .time_ns = time_ns,
        .stall_ns = value_or(&values[LIMITS_STALL],
                             command ? time_ns : STALL_NS_DEFAULT),
        .line = line,
    };
}

void settings_read(struct problems *problems, const struct node *root,
                   struct scenario_settings *settings_out) {
    struct value values[ROOT_KEYS_COUNT];
    memset(settings_out, 0, sizeof *settings_out);
    value_read_mapping(problems, &schema_root, root, values);
    read_database(problems, root, &values[ROOT_DATABASE],
                  &settings_out->database);
    read_pool(problems, root, &values[ROOT_POOL], &settings_out->pool);
    settings_out->cycles = value_or(&values[ROOT_CYCLES], 1);
    settings_out->stages = value_or(&values[ROOT_STAGES], 0) != 0;
    if (values[ROOT_LOAD].good) {
        phases_read(problems, values[ROOT_LOAD].node, settings_out);
    }
    if (user_command_is_given(&values[ROOT_POOL])) {
        user_command_refuse_beside(problems, values[ROOT_POOL].node, values);
    } else if (values[ROOT_LOAD].node == NULL) {
        value_add_missing(problems, &schema_root, root, "load",
                          "what is asked of the pool: load: {in_flight: 10k, "
                          "for: 10s}");
    }
    if (values[ROOT_DATABASE].good) {
        database_section_check(problems, values[ROOT_DATABASE].node,
                               settings_out);
    }
    read_limits(problems, root, &values[ROOT_LIMITS], settings_out);
}
