/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_JOIN_H
#define PLUNGE_LEDGER_JOIN_H

struct ledger;
struct view;

/* Joins what the observers say, by identity: one entry for each real thing,
 * and a dispute for each contradiction between them. Pure: reads @view alone,
 * and the ledger keeps pointers into its strings. */
void join_view(const struct view *view, struct ledger *ledger);

/* The parts of it; join.c calls them. */
void join_census(const struct view *view, struct ledger *ledger);
void join_heap(const struct view *view, struct ledger *ledger);
void join_locks(const struct view *view, struct ledger *ledger);
void join_maps(const struct view *view, struct ledger *ledger);
void join_own(const struct view *view, struct ledger *ledger);
void join_shared(const struct view *view, struct ledger *ledger);
void join_threads(const struct view *view, struct ledger *ledger);

#endif
