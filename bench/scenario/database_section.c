/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/database_section.h"

#include <stdbool.h>
#include <stddef.h>

#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "scenario/schema.h"
#include "scenario/value.h"

#define SEED_DEFAULT 1
#define PAGE_SIZE_DEFAULT 4096
#define BIO_SIGMA_DEFAULT 1.0

static void read_bio(struct problems *problems, const struct value *bio,
                     struct scenario_database *database) {
    struct value values[BIO_KEYS_COUNT];
    if (!bio->good) {
        return;
    }
    value_read_mapping(problems, &schema_bio, bio->node, values);
    const struct value *sigma = &values[BIO_SIGMA];
    database->bio_median = value_or(&values[BIO_MEDIAN], 0);
    database->bio_sigma = sigma->good ? sigma->decimal : BIO_SIGMA_DEFAULT;
}

/* How the users are laid out. */
static void read_form(struct problems *problems, const struct value *values,
                      struct scenario_database *database) {
    const struct value *page_size = &values[DATABASE_PAGE_SIZE];
    database->page_size = value_or(page_size, PAGE_SIZE_DEFAULT);
    database->journal = (enum scenario_journal)value_or(
        &values[DATABASE_JOURNAL], SCENARIO_WAL);
    database->without_rowid = value_or(&values[DATABASE_WITHOUT_ROWID], 0) != 0;
    if (page_size->good &&
        (database->page_size & (database->page_size - 1)) != 0) {
        problems_add(problems, page_size->node->place, "database.page_size",
                     "SQLite has pages of 512B, 1KiB, 2KiB, ... 64KiB",
                     "expected a power of two, got %s",
                     node_description(problems->arena, page_size->node));
    }
    read_bio(problems, &values[DATABASE_BIO], database);
}

static const char *text_of(const struct value *value) {
    return value->good ? value->node->text : NULL;
}

/* A file of the user's is what it is. */
static void refuse_beside_file(struct problems *problems,
                               const struct value *values) {
    static const enum schema_database_key generated[] = {
        DATABASE_USERS,   DATABASE_SEED,      DATABASE_TEMPORARY,
        DATABASE_JOURNAL, DATABASE_PAGE_SIZE, DATABASE_WITHOUT_ROWID,
        DATABASE_BIO,
    };
    const struct node *file = values[DATABASE_FILE].node;
    for (size_t i = 0; i < sizeof generated / sizeof generated[0]; i++) {
        if (values[generated[i]].node == NULL) {
            continue;
        }
        const char *name = schema_database.keys[generated[i]].name;
        problems_add(problems, file->place, "database.file",
                     "leave out one of the two: people are generated (users) "
                     "or yours (file), and then only read",
                     "contradicts %s%s", name,
                     problem_where(problems, &values[generated[i]].node->place,
                                   &file->place));
    }
}

static void refuse_without_file(struct problems *problems,
                                const struct value *values) {
    static const enum schema_database_key asked[] = {DATABASE_QUERY,
                                                     DATABASE_KEYS};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        const struct node *node = values[asked[i]].node;
        if (node != NULL) {
            problems_add(problems, node->place,
                         i == 0 ? "database.query" : "database.keys",
                         "name the database: database: {file: some.db, ...}",
                         "is asked of a database of yours, and there is none");
        }
    }
}

void database_section_read(struct problems *problems,
                           const struct node *section,
                           const struct value *values,
                           struct scenario_database *database_out) {
    const struct value *file = &values[DATABASE_FILE];
    *database_out = (struct scenario_database){
        .users = value_or(&values[DATABASE_USERS], 0),
        .seed = value_or(&values[DATABASE_SEED], SEED_DEFAULT),
        .temporary = (enum scenario_temporary)value_or(
            &values[DATABASE_TEMPORARY], SCENARIO_REMOVED),
        .temporary_given = values[DATABASE_TEMPORARY].good,
        .file = text_of(file),
        .query = text_of(&values[DATABASE_QUERY]),
        .keys = text_of(&values[DATABASE_KEYS]),
    };
    read_form(problems, values, database_out);
    if (file->node == NULL) {
        refuse_without_file(problems, values);
        if (section != NULL && values[DATABASE_USERS].node == NULL) {
            value_add_missing(problems, &schema_database, section, "users",
                              "how many people are in it: users: 1M");
        }
        return;
    }
    refuse_beside_file(problems, values);
    if (values[DATABASE_QUERY].node == NULL) {
        value_add_missing(problems, &schema_database, section, "query",
                          "what to ask of the file: query: SELECT * FROM users "
                          "WHERE login = ?");
    }
}

static bool all_keys_are_listed(const struct scenario_settings *settings) {
    for (size_t i = 0; i < settings->phases_count; i++) {
        if (settings->phases[i].keys.kind != SCENARIO_KEYS_LIST) {
            return false;
        }
    }
    return true;
}

/* What the phases ask for that such a database cannot answer. */
static void check_asked(struct problems *problems, const struct node *section,
                        const struct scenario_settings *settings) {
    const struct node *file = node_find(section, "file");
    const struct node *bio = node_find(section, "bio");
    for (size_t i = 0; i < settings->phases_count; i++) {
        const struct scenario_phase *phase = &settings->phases[i];
        const uint64_t *weights = phase->operations.weights;
        if (file != NULL && scenario_phase_is_mixed(phase)) {
            problems_add(problems, file->place, "database.file",
                         "what is yours is looked up, and nothing else",
                         "contradicts load.operations");
        }
        if (bio != NULL &&
            (weights[SCENARIO_SIGN_UP] > 0 || weights[SCENARIO_SIGN_OFF] > 0)) {
            problems_add(problems, bio->place, "database.bio",
                         "leave out one of the two: who signs up has no bio",
                         "contradicts load.operations.%s",
                         weights[SCENARIO_SIGN_UP] > 0 ? "sign_up"
                                                       : "sign_off");
        }
    }
}

void database_section_check(struct problems *problems,
                            const struct node *section,
                            const struct scenario_settings *settings) {
    const struct scenario_database *database = &settings->database;
    const struct node *file = node_find(section, "file");
    check_asked(problems, section, settings);
    if (database->file == NULL || file == NULL) {
        return;
    }
    if (settings->pool.subject == SCENARIO_COMMAND) {
        problems_add(problems, file->place, "database.file",
                     "a program may open any file by itself: leave it out, or "
                     "drive it with a built-in subject",
                     "cannot be kept read-only beside a command");
    } else if (node_find(section, "keys") == NULL &&
               !all_keys_are_listed(settings)) {
        value_add_missing(problems, &schema_database, section, "keys",
                          "what to ask it for: keys: SELECT login FROM users, "
                          "or lists of them as load.keys");
    }
}
