/* SPDX-License-Identifier: Apache-2.0 */
#include "support/json_at.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/suite.h"

static const json_t *step(const json_t *json, const char *name) {
    return json_is_array(json) ? json_array_get(json, strtoul(name, NULL, 10))
                               : json_object_get(json, name);
}

const json_t *json_at(const json_t *json, const char *place) {
    char names[128];
    int size = snprintf(names, sizeof names, "%s", place);
    assert_in_range(size, 1, sizeof names - 1);
    char *rest = names;
    for (char *name = strsep(&rest, "/"); name != NULL;
         name = strsep(&rest, "/")) {
        json = step(json, name);
        if (json == NULL) {
            fail_msg("%s: there is no %s", place, name);
        }
    }
    return json;
}

json_int_t json_int_at(const json_t *json, const char *place) {
    const json_t *value = json_at(json, place);
    if (!json_is_integer(value)) {
        fail_msg("%s is no whole number", place);
    }
    return json_integer_value(value);
}

const char *json_text_at(const json_t *json, const char *place) {
    const json_t *value = json_at(json, place);
    if (!json_is_string(value) && !json_is_null(value)) {
        fail_msg("%s is no string", place);
    }
    return json_string_value(value);
}

json_int_t json_left(const json_t *cell, const char *kind) {
    const json_t *list = json_at(cell, "left_behind");
    json_int_t count = 0;
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry) {
        if (kind == NULL || strcmp(json_text_at(entry, "kind"), kind) == 0) {
            count += json_int_at(entry, "count");
        }
    }
    return count;
}
