/* SPDX-License-Identifier: Apache-2.0 */
/* The tutorial's program as it was meant: three avatars are looked up at once
 * and greeted in order, the pool is shut down, and nothing is left. `make
 * example` builds it; scenarios/tutorial.yaml puts the same under load. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <uv.h>

#include "dbpool.h"

#define DATABASE "tutorial.db"

enum { LOOKUPS_COUNT = 3, STATEMENTS_COUNT = 2 };
enum { LOGIN, NAME, FORNAME }; /* columns of users */

static struct dbpool *pool;
static struct dbpool_close_request closing;
static struct dbpool_request creation;
static struct dbpool_value logins[LOOKUPS_COUNT];
static struct dbpool_request avatars[LOOKUPS_COUNT];
static struct dbpool_request *list[LOOKUPS_COUNT] = {&avatars[0], &avatars[1],
                                                     &avatars[2]};
static struct dbpool_gather gather;

static void require(int status, const char *message) {
    if (status != 0) {
        (void)fprintf(stderr, "tutorial: %s\n", message);
        exit(EXIT_FAILURE);
    }
}

/* On a thread of the pool, in a transaction. */
static int create_users(struct dbpool_transaction *transaction, void *data) {
    static const struct dbpool_statement statements[STATEMENTS_COUNT] = {
        {.sql = "CREATE TABLE users (login TEXT UNIQUE, name TEXT, "
                "forname TEXT)"},
        {.sql = "INSERT INTO users VALUES ('yoen', 'Van der Veld', 'Yoen'), "
                "('esteban', 'Garcia Marquez', 'Estebán'), "
                "('mohamed', 'Al Ghâlib', 'Mohamed')"},
    };
    (void)data;
    int status = DBPOOL_OK;
    for (int i = 0; status == DBPOOL_OK && i < STATEMENTS_COUNT; i++) {
        status = dbpool_execute(transaction, &statements[i], NULL);
    }
    return status;
}

static void shut_down(struct dbpool_close_request *request) {
    (void)request;
    require(unlink(DATABASE), "the database cannot be removed");
}

/* All are answered; the requests are the results, in their order. */
static void greet(struct dbpool_gather *answered) {
    (void)answered;
    for (int i = 0; i < LOOKUPS_COUNT; i++) {
        const struct dbpool_result *user = &avatars[i].result;
        require(avatars[i].status, dbpool_request_message(&avatars[i]));
        require(user->rows_count != 1, "there is no such user");
        printf("Mr '%s %s' is connected under '%s'\n",
               dbpool_value(user, 0, FORNAME).as.text,
               dbpool_value(user, 0, NAME).as.text,
               dbpool_value(user, 0, LOGIN).as.text);
        dbpool_request_fini(&avatars[i]);
    }
    dbpool_close(pool, &closing, shut_down); /* called, not handed over */
}

static void look_up(struct dbpool_request *created) {
    static const char *const names[] = {"yoen", "esteban", "mohamed"};
    require(created->status, dbpool_request_message(created));
    dbpool_request_fini(created);
    for (int i = 0; i < LOOKUPS_COUNT; i++) {
        logins[i] = dbpool_text(names[i]);
        dbpool_request_init(&avatars[i], NULL);
        avatars[i].params = &logins[i];
        avatars[i].params_count = 1;
        int status = dbpool_run_query(
            pool, &avatars[i], "SELECT * FROM users WHERE login = ?", NULL);
        require(status, dbpool_strerror(status));
    }
    dbpool_gather_init(&gather, NULL);
    int status = dbpool_gather(pool, &gather, list, LOOKUPS_COUNT, greet);
    require(status, dbpool_strerror(status));
}

int main(void) {
    uv_loop_t *loop = uv_default_loop();
    require(access(DATABASE, F_OK) == 0, DATABASE " is there already");
    int status = dbpool_open(loop, "sqlite:" DATABASE, NULL, &pool);
    require(status, dbpool_strerror(status));
    dbpool_request_init(&creation, NULL);
    status = dbpool_run_interaction(pool, &creation, create_users, look_up);
    require(status, dbpool_strerror(status));
    (void)uv_run(loop, UV_RUN_DEFAULT);
    require(uv_loop_close(loop), "the loop is not empty");
    return EXIT_SUCCESS;
}
