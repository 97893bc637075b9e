/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/yaml_limits.h"

#include <yaml.h>

#include "base/check.h"
#include "scenario/problem.h"

struct census {
    unsigned nodes_count;
    unsigned anchors_count;
    unsigned depth;
};

static void count_event(struct census *census, const yaml_event_t *event) {
    const yaml_char_t *anchor = NULL;
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        anchor = event->data.scalar.anchor;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = event->data.sequence_start.anchor;
        census->depth++;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = event->data.mapping_start.anchor;
        census->depth++;
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        census->depth--;
        return;
    default:
        break;
    }
    census->nodes_count++;
    census->anchors_count += anchor != NULL;
}

/* What there is too much of; NULL: nothing. */
static const char *excess(const struct census *census, int *limit_out) {
    if (census->depth > YAML_DEPTH_MAX) {
        *limit_out = YAML_DEPTH_MAX;
        return "levels of nesting";
    }
    if (census->nodes_count > YAML_NODES_MAX) {
        *limit_out = YAML_NODES_MAX;
        return "values";
    }
    *limit_out = YAML_ANCHORS_MAX;
    return census->anchors_count > YAML_ANCHORS_MAX ? "anchors (&)" : NULL;
}

static void refuse(struct problems *problems, struct place where,
                   const yaml_mark_t *mark, const char *what, int limit) {
    if (where.origin == NULL) {
        where.line = (unsigned)mark->line + 1;
        where.column = (unsigned)mark->column + 1;
    }
    problems_add(problems, where, NULL, "a scenario is a short text",
                 "more than %d %s", limit, what);
}

bool yaml_limits_hold(const char *bytes, size_t size, struct place where,
                      struct problems *problems) {
    struct census census = {0};
    const char *what = NULL;
    bool end = false;
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0) {
        check_out_of_memory();
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
    while (!end && what == NULL) {
        yaml_event_t event;
        int limit = 0;
        if (yaml_parser_parse(&parser, &event) == 0) {
            break;
        }
        end = event.type == YAML_STREAM_END_EVENT;
        count_event(&census, &event);
        what = excess(&census, &limit);
        if (what != NULL) {
            refuse(problems, where, &event.start_mark, what, limit);
        }
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return what == NULL;
}
