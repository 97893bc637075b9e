/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/check.h"
#include "command/command.h"
#include "database/database.h"
#include "measure/checkup.h"
#include "measure/checkup_take.h"

#define SCHEMA "plunge-doctor/1"

static const char usage[] =
    "usage: plunge doctor [--json]\n\n"
    "Says what this machine is, how noisy it is at the moment, and what is "
    "missing.\nTakes a processor for two seconds.\n\n"
    "      --json  all of it as JSON\n"
    "      --help  this text\n\n"
    "Exit status: 0, or 3 if something is missing without which nothing "
    "runs.\n";

enum { OPTION_JSON = 256 };

static const struct option options[] = {
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* ---- As JSON -------------------------------------------------------------*/

static void put(json_t *object, const char *name, json_t *value) {
    if (value == NULL || json_object_set_new(object, name, value) != 0) {
        check_out_of_memory();
    }
}

static json_t *text_of(const char *text) {
    return text == NULL ? json_null() : json_string(text);
}

static json_t *number_of(double number) {
    return isfinite(number) ? json_real(number) : json_null();
}

static json_t *json_of_item(const struct checkup_item *item) {
    json_t *object = json_object();
    put(object, "check", json_string(item->check));
    put(object, "level", json_string(checkup_level_name(item->level)));
    put(object, "value", json_string(item->value));
    put(object, "number", number_of(item->number));
    put(object, "advice", text_of(item->advice));
    return object;
}

static void print_json(const struct checkup *checkup) {
    json_t *list = json_array();
    for (size_t i = 0; i < checkup->count; i++) {
        if (json_array_append_new(list, json_of_item(&checkup->items[i])) !=
            0) {
            check_out_of_memory();
        }
    }
    json_t *object = json_object();
    put(object, "schema", json_string(SCHEMA));
    put(object, "grade", json_string(checkup_grade_name(checkup->grade)));
    put(object, "smallest_difference", number_of(checkup->smallest_difference));
    put(object, "missing", json_boolean(checkup_is_missing(checkup)));
    put(object, "checks", list);
    if (json_dumpf(object, stdout,
                   JSON_INDENT(2) | JSON_PRESERVE_ORDER |
                       JSON_REAL_PRECISION(6)) == 0) {
        (void)putchar('\n');
    }
    json_decref(object);
}

/* ---- As text -------------------------------------------------------------*/

static const char *mark_of(enum checkup_level level) {
    static const char *const marks[] = {
        [CHECKUP_GOOD] = "✔",
        [CHECKUP_NOTE] = "·",
        [CHECKUP_NOISY] = "~",
        [CHECKUP_MISSING] = "✘",
    };
    return marks[level];
}

static void print_text(const struct checkup *checkup) {
    static const char *const words[] = {
        [CHECKUP_QUIET] = "a quiet machine",
        [CHECKUP_USABLE] = "a usable machine",
        [CHECKUP_LOUD] = "a noisy machine",
    };
    for (size_t i = 0; i < checkup->count; i++) {
        const struct checkup_item *item = &checkup->items[i];
        printf("  %s %-16s %s\n", mark_of(item->level), item->check,
               item->value);
        if (item->advice != NULL) {
            printf("    %-16s %s\n", "", item->advice);
        }
    }
    printf("\n  %s: clocks show no difference below %.1f %% here%s\n",
           words[checkup->grade], checkup->smallest_difference * 100,
           checkup->grade == CHECKUP_LOUD
               ? "; counts and leftovers are as exact as anywhere"
               : "");
    if (checkup_is_missing(checkup)) {
        printf("  something is missing (✘): nothing can be run like this\n");
    }
}

int command_doctor(int argc, char **argv) {
    bool json = false;
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(usage, stdout);
            return COMMAND_OK;
        }
        if (option != OPTION_JSON) {
            return command_usage_error("doctor");
        }
        json = true;
    }
    if (optind != argc) {
        (void)fprintf(stderr, "plunge: doctor: takes no argument, got %s\n",
                      argv[optind]);
        return COMMAND_WRONG_INPUT;
    }
    struct arena *arena = arena_new();
    struct checkup checkup;
    const char *problem = NULL;
    const char *folder = database_folder(arena, &problem);
    checkup_take(&checkup, folder, problem, arena);
    if (json) {
        print_json(&checkup);
    } else {
        print_text(&checkup);
    }
    const int status =
        checkup_is_missing(&checkup) ? COMMAND_NOT_COMPLETED : COMMAND_OK;
    arena_free(arena);
    return status;
}
