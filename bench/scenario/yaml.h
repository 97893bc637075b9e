/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_YAML_H
#define PLUNGE_SCENARIO_YAML_H

#include <stddef.h>

struct node;
struct problems;

/* One YAML document as a tree, strictly: UTF-8, one document, no tags, keys are
 * words, each given once, and all within yaml_limits.h. What is wrong is left
 * out of the tree or, a key that is given twice, is in it twice, so that the
 * rest can be judged too.
 *
 * @bytes need not end in NUL. @origin is NULL for a file, or the text of the
 * command line that all its places are to name. A byte order mark is to be
 * taken away first.
 * Memory:  in the arena of @problems.
 * Returns: the root, or NULL: nothing can be read, a problem says why. */
const struct node *yaml_read(const char *bytes, size_t size, const char *origin,
                             struct problems *problems);

#endif
