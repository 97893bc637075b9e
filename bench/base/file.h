/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_FILE_H
#define PLUNGE_BASE_FILE_H

#include <stddef.h>

struct text;

/* Whole files. Returns 0 or -errno, with nothing left half-written: a file is
 * written under a temporary name beside it, synced, and renamed. */
int file_write(const char *path, const char *bytes, size_t size);

/* Appends the whole of @path to @text; more than @size_max is -EFBIG, a
 * folder is -EISDIR. */
int file_read(const char *path, size_t size_max, struct text *text);

/* mkdir -p. */
int file_make_folder(const char *path);

/* Removes a folder and all in it; a missing one is no error. */
int file_remove_tree(const char *path);

#endif
