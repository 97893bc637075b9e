/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_YAML_H
#define PLUNGE_SCENARIO_YAML_H

#include <stddef.h>

#include "scenario/problem.h"

struct node;

/* One YAML document as a tree, strictly: UTF-8, one document, no tags, keys are
 * words, each given once, and all within yaml_limits.h. What is wrong is left
 * out of the tree or, a key that is given twice, is in it twice, so that the
 * rest can be judged too.
 *
 * @bytes need not end in NUL. @where has the file, or the text of the command
 * line, that all its places are to name; of zeros for the scenario itself. A
 * byte order mark is to be taken away first.
 * Memory:  in the arena of @problems.
 * Returns: the root, or NULL: nothing can be read, a problem says why. */
const struct node *yaml_read(const char *bytes, size_t size, struct place where,
                             struct problems *problems);

#endif
