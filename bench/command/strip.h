/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_COMMAND_STRIP_H
#define PLUNGE_COMMAND_STRIP_H

#include <stddef.h>
#include <stdint.h>

struct text;

/* The last values of a figure as a line of bars, each as high as its share of
 * the highest: "▁▂▅█▇". What is not known is a space. */
#define STRIP_VALUES_MAX 40

struct strip {
    uint64_t values[STRIP_VALUES_MAX]; /* a ring; RESULT_UNKNOWN: a space */
    size_t count;                      /* ever put */
};

void strip_put(struct strip *strip, uint64_t value);

/* The newest @width of them, the newest at the right. */
void strip_append(const struct strip *strip, size_t width, struct text *text);

#endif
