/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_ARENA_H
#define PLUNGE_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

/* Memory that is given back all at once: whatever a scenario or a result
 * points to lives in one arena, so nobody frees a part of it.
 *
 * Thread: one at a time.
 * Errors: none. The harness cannot measure a machine without memory: on
 *         exhaustion a message is written and the process ends with 3. */
struct arena;

struct arena *arena_new(void);

/* NULL is allowed. */
void arena_free(struct arena *arena);

/* Zeroed, aligned for any type, never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/* Copies; NULL stays NULL. */
char *arena_text(struct arena *arena, const char *text);
char *arena_text_n(struct arena *arena, const char *bytes, size_t size);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vformat(struct arena *arena, const char *format, va_list list)
    __attribute__((format(printf, 2, 0)));

/* Room for one more item behind the @items_count that @items holds: returns
 * the array, moved when it was full (it doubles). Assign the result, then
 * write items[items_count++]. @items is NULL or came from here, one at a time
 * up to @items_count: the capacity is told from the count. */
void *arena_more(struct arena *arena, void *items, size_t items_count,
                 size_t item_size);

#endif
