/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_INCLUDE_H
#define PLUNGE_SCENARIO_INCLUDE_H

struct node;
struct problems;
struct scenario;
struct scenario_source;

/* `include: common.yaml`, or a list of such: the mappings of other files, under
 * that of the file which names them. Who includes wins, and of two that are
 * included the later one; mappings are merged key by key, anything else is
 * replaced. A path is relative to the file it stands in. Each file is read
 * once, whoever includes it.
 *
 * Returns @root, a mapping, merged and without `include`; what was read is in
 * scenario->includes. Files that cannot be read, that include themselves, or
 * are more than INCLUDE_DEPTH_MAX deep or INCLUDE_FILES_MAX many, are problems
 * of the line that names them. */
#define INCLUDE_DEPTH_MAX 8
#define INCLUDE_FILES_MAX 32

const struct node *include_merge(struct problems *problems,
                                 const struct node *root,
                                 const struct scenario_source *source,
                                 struct scenario *scenario);

#endif
