/* SPDX-License-Identifier: Apache-2.0 */
#include "upkeep.h"

#include "pool.h"

#define NS_PER_MS UINT64_C(1000000)

/* Scatters numbers that follow each other (splitmix64). */
static uint64_t scatter(uint64_t number) {
    number += UINT64_C(0x9e3779b97f4a7c15);
    number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
    return number ^ (number >> 31);
}

void dbpool__upkeep_opened(struct dbpool__session *session) {
    uint64_t lifetime_ns = session->pool->options.max_lifetime_ms * NS_PER_MS;
    if (lifetime_ns != 0) {
        uint64_t seed =
            dbpool__session_driver(session)->census_id(session->connection);
        uint64_t earlier_ns = scatter(seed) % (lifetime_ns / 40 + 1);
        session->expires_ns = uv_hrtime() + lifetime_ns - earlier_ns;
    }
}

static void give_up(struct dbpool__session *session) {
    session->counts.connections_lost++;
    session->close_cause = DBPOOL_CLOSED_LOST;
    dbpool__session_close(session);
}

static bool was_idle(const struct dbpool__session *session) {
    uint64_t limit_ns =
        session->pool->options.validate_after_idle_ms * NS_PER_MS;
    return limit_ns != 0 && uv_hrtime() - session->used_ns >= limit_ns;
}

static bool is_sound(struct dbpool__session *session) {
    struct dbpool__error ignored; /* there is no request to tell it to */
    return dbpool__session_driver(session)->probe(
               session->connection, session->pool->options.good_sql,
               &ignored) == DBPOOL_OK;
}

void dbpool__upkeep_before_batch(struct dbpool__session *session) {
    const struct dbpool_options *options = &session->pool->options;
    if (session->connection == NULL) {
        return;
    }
    if (options->max_lifetime_ms != 0 && uv_hrtime() >= session->expires_ns) {
        session->counts.connections_expired++;
        session->close_cause = DBPOOL_CLOSED_EXPIRED;
        dbpool__session_close(session);
    } else if ((options->reconnect &&
                dbpool__session_driver(session)->has_moved(
                    session->connection)) ||
               (was_idle(session) && !is_sound(session))) {
        give_up(session);
    }
}

void dbpool__upkeep_after_batch(struct dbpool__session *session) {
    if (session->pool->options.validate_after_idle_ms != 0 &&
        session->looked_after) {
        session->used_ns = uv_hrtime();
    }
}

bool dbpool__upkeep_may_be_lost(const struct dbpool__session *session) {
    return session->pool->options.reconnect && session->connection != NULL &&
           dbpool__session_driver(session)->may_be_lost(&session->error);
}

void dbpool__upkeep_after_error(struct dbpool__session *session) {
    struct dbpool__error why;
    if (session->connection != NULL &&
        dbpool__session_driver(session)->probe(session->connection,
                                               session->pool->options.good_sql,
                                               &why) != DBPOOL_OK) {
        session->cleanup = why;
        session->cleanup.status = DBPOOL_ELOST;
        give_up(session);
    }
}
