/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include "pool.h"
#include "upkeep.h"

int dbpool__session_open(struct dbpool__session *session,
                         const struct dbpool_site *site) {
    if (session->connection != NULL) {
        return DBPOOL_OK;
    }
    struct dbpool *pool = session->pool;
    int status = dbpool__session_driver(session)->connect(
        &pool->target, &session->owner, site, &session->waiter,
        &session->connection, &session->error);
    if (status == DBPOOL_OK) {
        dbpool__upkeep_opened(session);
        uv_mutex_lock(&pool->mutex);
        session->live = session->connection;
        uv_mutex_unlock(&pool->mutex);
    }
    return status;
}

void dbpool__session_close(struct dbpool__session *session) {
    if (session->connection == NULL) {
        return;
    }
    dbpool__session_count(session);
    uv_mutex_lock(&session->pool->mutex);
    session->live = NULL;
    uv_mutex_unlock(&session->pool->mutex);
    dbpool__session_driver(session)->disconnect(session->connection);
    session->connection = NULL;
    session->read_sql = NULL;
    session->driver_seen = (struct dbpool__counts){0};
    session->counts.closed[session->close_cause]++;
    const struct dbpool_hooks *hooks = &session->pool->options.hooks;
    if (hooks->on_disconnect != NULL) {
        hooks->on_disconnect(session->pool, session->close_cause, hooks->data);
    }
    session->close_cause = DBPOOL_CLOSED_AT_END;
}

void dbpool__session_roll_back(struct dbpool__session *session) {
    session->counts.rollbacks++;
    if (dbpool__session_driver(session)->rollback(
            session->connection, &session->cleanup) != DBPOOL_OK) {
        if (session->close_cause != DBPOOL_CLOSED_REFUSED) {
            session->close_cause = DBPOOL_CLOSED_LOST;
        }
        session->counts.rollbacks_failed++;
        dbpool__session_close(session); /* which ends it surely */
    }
}

void dbpool__session_begin_entry(struct dbpool__session *session,
                                 const struct dbpool_site *site,
                                 const char *text) {
    session->transaction_entry = (struct dbpool__entry){
        .kind = DBPOOL_KIND_TRANSACTION,
        .owner_id =
            dbpool__session_driver(session)->census_id(session->connection),
        .tag = session->owner.tag,
        .pool_site = session->owner.pool_site,
        .site = *site,
        .text = text,
    };
    dbpool__census_add(&session->transaction_entry);
}

void dbpool__session_end_entry(struct dbpool__session *session) {
    dbpool__census_remove(&session->transaction_entry);
}

void dbpool__session_count(struct dbpool__session *session) {
    if (session->connection == NULL) {
        return;
    }
    struct dbpool__counts now;
    dbpool__session_driver(session)->counts(session->connection, &now);
    struct dbpool__counts *sum = &session->counts.driver;
    struct dbpool__counts *seen = &session->driver_seen;
    sum->statements_prepared +=
        now.statements_prepared - seen->statements_prepared;
    sum->statements_hit += now.statements_hit - seen->statements_hit;
    sum->statements_evicted +=
        now.statements_evicted - seen->statements_evicted;
    *seen = now;
}

void dbpool__session_hand_over(struct dbpool__session *session) {
    struct dbpool__work_counts *to = &session->pool->counts;
    const struct dbpool__work_counts *from = &session->counts;
    to->batches += from->batches;
    to->wakeups += from->wakeups;
    to->connects += from->connects;
    to->connects_failed += from->connects_failed;
    to->rollbacks += from->rollbacks;
    for (int i = 0; i < DBPOOL_CLOSED_CAUSES_MAX; i++) {
        to->closed[i] += from->closed[i];
    }
    to->handed_over += from->handed_over;
    to->reads_ended_early += from->reads_ended_early;
    to->left_open += from->left_open;
    to->rollbacks_failed += from->rollbacks_failed;
    to->connections_lost += from->connections_lost;
    to->connections_expired += from->connections_expired;
    to->driver.statements_prepared += from->driver.statements_prepared;
    to->driver.statements_hit += from->driver.statements_hit;
    to->driver.statements_evicted += from->driver.statements_evicted;
    session->counts = (struct dbpool__work_counts){0};
    dbpool__timing_move(&session->pool->times, &session->timing);
}
