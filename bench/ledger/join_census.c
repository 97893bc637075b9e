/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/join.h"

#include <stdbool.h>

#include "base/arena.h"
#include "ledger/entries.h"
#include "ledger/view.h"

/* What only dbpool knows of: pools, statements, transactions, requests. */

static const char *site_of(const struct dbpool_census_entry *entry,
                           struct arena *arena) {
    const char *pool =
        origin_site_text(&entry->pool_site, "of the pool opened", arena);
    const char *request =
        origin_site_text(&entry->site, "for the request", arena);
    if (pool == NULL || request == NULL) {
        return pool != NULL ? pool : request;
    }
    return arena_format(arena, "%s, %s", pool, request);
}

static void add(struct ledger *ledger,
                const struct dbpool_census_entry *counted,
                const struct ledger_entry *words) {
    struct ledger_entry entry = *words;
    entry.key.numbers[0] = counted->id;
    entry.cycle = counted->tag;
    entries_add(ledger, &entry);
}

static void join_pool(struct ledger *ledger,
                      const struct dbpool_census_entry *counted) {
    struct arena *arena = ledger->arena;
    add(ledger, counted,
        &(struct ledger_entry){
            .key.kind = RESULT_POOL,
            .identity = arena_format(arena, "pool '%s'", counted->text),
            .site = origin_site_text(&counted->pool_site, "opened", arena),
        });
}

static void join_statement(struct ledger *ledger,
                           const struct dbpool_census_entry *counted) {
    struct arena *arena = ledger->arena;
    add(ledger, counted,
        &(struct ledger_entry){
            .key.kind = RESULT_STATEMENT,
            .identity = arena_format(arena, "statement %s", counted->text),
            .site = site_of(counted, arena),
        });
}

static void join_transaction(struct ledger *ledger,
                             const struct dbpool_census_entry *counted) {
    struct arena *arena = ledger->arena;
    add(ledger, counted,
        &(struct ledger_entry){
            .key.kind = RESULT_TRANSACTION,
            .identity = arena_format(arena, "transaction %s", counted->text),
            .site = site_of(counted, arena),
        });
}

/* Those that a thread has taken are told apart by their order alone. */
static void join_requests(const struct view *view, struct ledger *ledger) {
    struct arena *arena = ledger->arena;
    for (size_t i = 0; i < view->requests_count; i++) {
        const struct dbpool_census_entry *request = &view->requests[i];
        bool is_taken = request->object == NULL;
        const char *text = is_taken ? "taken by a thread" : request->text;
        entries_add(ledger,
                    &(struct ledger_entry){
                        .key.kind = RESULT_REQUEST,
                        .key.numbers = {request->owner_id, request->id,
                                        is_taken ? i : 0},
                        .identity = arena_format(arena, "request %s", text),
                        .site = site_of(request, arena),
                        .cycle = request->tag,
                    });
    }
}

void join_census(const struct view *view, struct ledger *ledger) {
    for (size_t i = 0; i < view->census_count; i++) {
        const struct dbpool_census_entry *counted = &view->census[i];
        switch (counted->kind) {
        case DBPOOL_KIND_POOL:
            join_pool(ledger, counted);
            break;
        case DBPOOL_KIND_STATEMENT:
            join_statement(ledger, counted);
            break;
        case DBPOOL_KIND_TRANSACTION:
            join_transaction(ledger, counted);
            break;
        case DBPOOL_KIND_THREAD:
        case DBPOOL_KIND_CONNECTION:
        case DBPOOL_KIND_HANDLE:
        case DBPOOL_KIND_REQUEST:
            break; /* others see them too; requests are listed apart */
        }
    }
    join_requests(view, ledger);
}
