/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_QUANTITY_H
#define PLUNGE_BASE_QUANTITY_H

#include <stddef.h>
#include <stdint.h>

/* Numbers as people read them, always with their unit, three digits where there
 * is a fraction; "unknown" for RESULT_UNKNOWN and what is not finite. Each
 * writes at most QUANTITY_SIZE bytes into @text and returns it. */
#define QUANTITY_SIZE 40

char *quantity_count(char *text, uint64_t count);        /* 1,234,567 */
char *quantity_duration(char *text, double nanoseconds); /* 4.13 ms */
char *quantity_size(char *text, double bytes);           /* 64.0 KiB */
char *quantity_rate(char *text, double per_second);      /* 512,345/s */

/* The count that is nearest to @value, which arithmetic has made: 0 for what is
 * negative or no number, and never more than the highest that is known. */
uint64_t quantity_whole(double value);

#endif
