/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_YAML_LIMITS_H
#define PLUNGE_SCENARIO_YAML_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

#include "scenario/problem.h"

/* How large a tree may be, with every alias expanded. */
#define YAML_NODES_MAX 100000
#define YAML_KEYS_MAX 1000 /* of one mapping */
#define YAML_DEPTH_MAX 32
#define YAML_ANCHORS_MAX 1000

/* Looks through @bytes before libyaml makes a document of them, which takes it
 * minutes for a mebibyte of brackets or of anchors. False: over a limit, a
 * problem says so. What is not YAML ends the look, and is told later. */
bool yaml_limits_hold(const char *bytes, size_t size, struct place where,
                      struct problems *problems);

#endif
