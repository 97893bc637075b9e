/* SPDX-License-Identifier: Apache-2.0 */
#include "upkeep.h"

#include "pool.h"

static const struct dbpool__driver *
driver_of(const struct dbpool__session *session) {
    return session->pool->target.driver;
}

static void give_up(struct dbpool__session *session) {
    session->counts.connections_lost++;
    session->close_cause = DBPOOL_CLOSED_LOST;
    dbpool__session_close(session);
}

void dbpool__upkeep_before_batch(struct dbpool__session *session) {
    const struct dbpool_options *options = &session->pool->options;
    if (session->connection == NULL) {
        return;
    }
    if (options->reconnect &&
        driver_of(session)->has_moved(session->connection)) {
        give_up(session);
    }
}

bool dbpool__upkeep_may_be_lost(const struct dbpool__session *session) {
    return session->pool->options.reconnect && session->connection != NULL &&
           driver_of(session)->may_be_lost(&session->error);
}

void dbpool__upkeep_after_error(struct dbpool__session *session) {
    struct dbpool__error why;
    if (session->connection != NULL &&
        driver_of(session)->probe(session->connection,
                                  session->pool->options.good_sql,
                                  &why) != DBPOOL_OK) {
        session->cleanup = why;
        session->cleanup.status = DBPOOL_ELOST;
        give_up(session);
    }
}
