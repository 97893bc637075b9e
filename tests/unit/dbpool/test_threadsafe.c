/* SPDX-License-Identifier: Apache-2.0 */
/* variants: debug asan ubsan memcheck */
#include <sqlite3.h>
#include <string.h>

#include "support/dbpool/faults.h"
#include "support/dbpool/pool_fixture.h"
#include "support/suite.h"

/* Its connections would spoil each other's memory. */
static void an_sqlite_for_one_thread_is_refused(void **state) {
    struct pool_fixture *fixture = *state;
    sqlite3 *connection = NULL;
    char message[128] = "";
    struct dbpool_request request;
    dbpool_request_init(&request, fixture);
    faults_say_one_thread(true);
    int alone = dbpool_sqlite_open(fixture->url, NULL, &connection, message,
                                   sizeof message);
    int memory = dbpool_open(&fixture->loop, ":memory:", NULL, &fixture->pool);
    fixture_open(fixture);
    int status = fixture_query(fixture, &request, "SELECT 1");
    faults_say_one_thread(false);
    assert_int_equal(alone, DBPOOL_ECONNECT);
    assert_non_null(strstr(message, "SQLITE_THREADSAFE=0"));
    assert_int_equal(memory, DBPOOL_ECONNECT);
    assert_int_equal(status, DBPOOL_ECONNECT);
    assert_non_null(
        strstr(dbpool_request_message(&request), "SQLITE_THREADSAFE=0"));
    assert_int_equal(fixture_query(fixture, &request, "SELECT 1"), DBPOOL_OK);
    dbpool_request_fini(&request);
    fixture_close_and_run(fixture);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_sqlite_for_one_thread_is_refused,
                                        fixture_setup, fixture_teardown),
    };
    return SUITE_RUN(tests, argc, argv);
}
