/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/user_command.h"

#include <string.h>

#include "base/arena.h"
#include "base/leftover.h"
#include "scenario/expectation.h"
#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"
#include "scenario/value.h"

#define PATH "pool.subject"
#define ARGUMENTS_MAX 1000

/* ---- The command itself --------------------------------------------------*/

static bool refuse(struct problems *problems, const struct node *node,
                   const char *expected) {
    problems_add(problems, node->place, PATH,
                 "write it as " USER_COMMAND_EXAMPLE, "expected %s, got %s",
                 expected, node_description(problems->arena, node));
    return false;
}

static bool check_arguments(struct problems *problems,
                            const struct node *list) {
    bool good = true;
    if (list->count == 0 || list->count > ARGUMENTS_MAX) {
        problems_add(problems, list->place, PATH,
                     "write it as " USER_COMMAND_EXAMPLE,
                     "expected a program and its arguments, %d at most, got "
                     "%zu",
                     ARGUMENTS_MAX, list->count);
        return false;
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct node *item = list->items[i];
        if (item->kind != NODE_SCALAR) {
            good = refuse(problems, item, "an argument, a text");
        } else if (i == 0 && *item->text == '\0') {
            good = refuse(problems, item, "the name of a program");
        }
    }
    return good;
}

bool user_command_check(struct problems *problems, const struct node *subject) {
    const struct node *list = node_find(subject, "command");
    for (size_t i = 0; i < subject->count; i++) {
        if (strcmp(subject->keys[i]->text, "command") != 0) {
            problems_add(
                problems, subject->keys[i]->place, PATH, "there is: command",
                "unknown key %s",
                problem_quoted(problems->arena, subject->keys[i]->text));
            return false;
        }
    }
    if (list == NULL) {
        return refuse(problems, subject, "a program to run");
    }
    if (list->kind != NODE_LIST) {
        return refuse(problems, list, "a list: a program and its arguments");
    }
    return check_arguments(problems, list);
}

void user_command_read(struct arena *arena, const struct node *subject,
                       struct scenario_command *command_out) {
    const struct node *list = node_find(subject, "command");
    const char **arguments =
        arena_alloc(arena, (list->count + 1) * sizeof *arguments);
    for (size_t i = 0; i < list->count; i++) {
        arguments[i] = list->items[i]->text;
    }
    *command_out = (struct scenario_command){
        .arguments = arguments,
        .arguments_count = list->count,
        .line = node_line(list),
    };
}

/* ---- What does not go with it --------------------------------------------*/

bool user_command_is_given(const struct value *pool) {
    const struct node *subject =
        pool->good ? node_find(pool->node, "subject") : NULL;
    return subject != NULL && subject->kind == NODE_MAPPING &&
           node_find(subject, "command") != NULL;
}

void user_command_refuse_beside(struct problems *problems,
                                const struct node *pool,
                                const struct value *root_values) {
    static const char own_affair[] =
        "leave it out: it is the program's own affair";
    const struct node *limits = root_values[ROOT_LIMITS].node;
    const struct {
        const char *key;
        const struct node *node;
        const char *advice;
    } others[] = {
        {"load", root_values[ROOT_LOAD].node, own_affair},
        {"cycles", root_values[ROOT_CYCLES].node, own_affair},
        {"stages", root_values[ROOT_STAGES].node,
         "leave it out: its lookups are not seen from outside"},
        {"pool.shutdown", node_find(pool, "shutdown"), own_affair},
        {"limits.by", limits == NULL ? NULL : node_find(limits, "by"),
         "leave it out: who has more threads than limits.threads is seen from "
         "outside, and killed"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i].node != NULL) {
            problems_add(problems, others[i].node->place, others[i].key,
                         others[i].advice,
                         "contradicts pool.subject, a command");
        }
    }
}

/* ---- What cannot be expected of it ---------------------------------------*/

struct objection {
    const char *message; /* NULL: none */
    const char *advice;
};

static const struct objection not_seen = {
    "a command's lookups are not seen from outside",
    "there are left_behind, left_behind.KIND, threads, fds, rss and duration"};

static struct objection object_to_metric(enum expectation_metric metric) {
    switch (metric) {
    case EXPECTATION_LEFT_BEHIND:
    case EXPECTATION_THREADS:
    case EXPECTATION_FDS:
    case EXPECTATION_RSS:
    case EXPECTATION_DURATION:
        return (struct objection){0};
    case EXPECTATION_HEAP:
        return (struct objection){
            "a command's heap is not seen from outside",
            "rss is the memory that it has from the kernel"};
    case EXPECTATION_EXHAUSTED:
    case EXPECTATION_EXHAUSTED_AT:
        return (struct objection){
            "what a command asked for in vain is not seen from outside",
            "limits.threads and limits.fds fail a command that has more"};
    default:
        return not_seen;
    }
}

static struct objection object_to_kind(enum result_kind kind,
                                       struct arena *arena) {
    if (leftover_is_seen_outside(kind)) {
        return (struct objection){0};
    }
    return (struct objection){
        arena_format(arena,
                     "a command's leftovers of the kind %s are not seen "
                     "from outside",
                     result_kind_name(kind)),
        "there are thread, fd, socket, map, file, lock, process, timer, signal "
        "and shm"};
}

static struct objection object(const struct expectation *expectation,
                               struct arena *arena) {
    struct objection objection = object_to_metric(expectation->metric);
    if (objection.message != NULL) {
        return objection;
    }
    if (expectation->phase != NULL) {
        return (struct objection){"a command has no phases",
                                  "leave out \"in\""};
    }
    if (expectation->per_cycle) {
        return (struct objection){
            "a command's cycles are not seen from outside",
            "leave out \"per cycle\""};
    }
    if (expectation->operand == EXPECTATION_SUBJECT) {
        return (struct objection){"a command is compared with no other subject",
                                  "write a value"};
    }
    if (expectation->kind_given) {
        return object_to_kind(expectation->kind, arena);
    }
    for (size_t i = 0; i < expectation->kinds_count; i++) {
        objection = object_to_kind(expectation->kinds[i].kind, arena);
        if (objection.message != NULL) {
            return objection;
        }
    }
    return objection;
}

void user_command_refuse_expectation(struct problems *problems,
                                     const struct node *item,
                                     const struct expectation *expectation) {
    const struct objection objection = object(expectation, problems->arena);
    if (objection.message != NULL) {
        problems_add(problems, item->place, "expect", objection.advice, "%s",
                     objection.message);
    }
}
