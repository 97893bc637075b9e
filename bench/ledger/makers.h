/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LEDGER_MAKERS_H
#define PLUNGE_LEDGER_MAKERS_H

#include <stdint.h>

#include "base/result.h"

struct ledger;
struct ledger_entry;
struct view;

/* Who made last what the kernel alone knows of: a child, a timer, the handler
 * of a signal, a setting. That it is there is the kernel's word; the wrapped
 * call has only its site. */

/* The setting that has a wrapped call: own_value.numbers[0]. */
#define MAKERS_UMASK 1

/* @number: the process, the timer, the signal, the setting. @value: what it was
 * set to, as own.h says it, or how that begins; "": it has none. */
void makers_note(enum result_kind kind, uint64_t number, const char *primitive,
                 const char *value);

/* Fills in site, cycle and stack where the maker is known, and not somebody
 * else who has set it to something else since: "started by fork ...", with
 * "started" as @verb. */
void makers_name(const struct view *view, uint64_t number, const char *verb,
                 struct ledger *ledger, struct ledger_entry *entry);

#endif
