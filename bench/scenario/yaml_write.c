/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/yaml_write.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "scenario/node.h"
#include "scenario/source.h"

#define STEP 2

/* ---- Scalars -------------------------------------------------------------*/

/* Fewer than could be: what is no word or number may be taken for something
 * else by somebody. */
static bool is_plain(const char *text) {
    const size_t size = strlen(text);
    return size != 0 && strchr("-%+=<>* ", *text) == NULL &&
           text[strspn(text,
                       "abcdefghijklmnopqrstuvwxyz"
                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./%+-=<>* ")] ==
               '\0' &&
           text[size - 1] != ' ';
}

static void append_escaped(struct text *text, const char *bytes, size_t size,
                           uint32_t code) {
    if (code == '"' || code == '\\') {
        text_format(text, "\\%c", (char)code);
    } else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
        text_format(text, "\\x%02" PRIx32, code);
    } else if (code == 0x2028 || code == 0x2029 || code == 0xfeff) {
        text_format(text, "\\u%04" PRIx32, code);
    } else {
        text_append_n(text, bytes, size);
    }
}

static void write_scalar(const char *bytes, struct text *text) {
    if (is_plain(bytes)) {
        text_append(text, bytes);
        return;
    }
    size_t rest = strlen(bytes);
    text_append(text, "\"");
    while (rest != 0) {
        uint32_t code = 0;
        const size_t taken = source_character(bytes, rest, &code);
        const size_t size = taken == 0 ? 1 : taken;
        if (strncmp(bytes, "$(", 2) == 0) {
            text_append(text, "$"); /* it is meant: see let.h */
        }
        append_escaped(text, bytes, size, code);
        bytes += size;
        rest -= size;
    }
    text_append(text, "\"");
}

/* ---- On one line ---------------------------------------------------------*/

static void write_flow(const struct node *node, struct text *text) {
    if (node->kind == NODE_SCALAR) {
        write_scalar(node->text, text);
        return;
    }
    text_append(text, node->kind == NODE_LIST ? "[" : "{");
    for (size_t i = 0; i < node->count; i++) {
        text_append(text, i == 0 ? "" : ", ");
        if (node->kind == NODE_MAPPING) {
            write_scalar(node->keys[i]->text, text);
            text_append(text, ": ");
        }
        write_flow(node->items[i], text);
    }
    text_append(text, node->kind == NODE_LIST ? "]" : "}");
}

/* ---- On several ----------------------------------------------------------*/

/* Words, and lists of them, are told at a glance; sentences and mappings are
 * not. */
static bool is_for_one_line(const struct node *node) {
    if (node->kind == NODE_SCALAR) {
        return strchr(node->text, ' ') == NULL;
    }
    for (size_t i = 0; node->kind == NODE_LIST && i < node->count; i++) {
        if (!is_for_one_line(node->items[i])) {
            return false;
        }
    }
    return node->kind == NODE_LIST || node->count == 0;
}

static void write_block(const struct node *mapping, int indent, bool begun,
                        struct text *text);

static void write_list(const struct node *list, int indent, struct text *text) {
    for (size_t i = 0; i < list->count; i++) {
        const struct node *item = list->items[i];
        text_format(text, "%*s- ", indent, "");
        if (item->kind == NODE_MAPPING && item->count != 0) {
            write_block(item, indent + STEP, true, text);
        } else {
            write_flow(item, text);
            text_append(text, "\n");
        }
    }
}

/* @begun: its first key stands on a line that has begun. */
static void write_block(const struct node *mapping, int indent, bool begun,
                        struct text *text) {
    for (size_t i = 0; i < mapping->count; i++) {
        const struct node *item = mapping->items[i];
        text_format(text, "%*s", begun && i == 0 ? 0 : indent, "");
        write_scalar(mapping->keys[i]->text, text);
        text_append(text, ":");
        if (item->kind == NODE_SCALAR || is_for_one_line(item)) {
            text_append(text, " ");
            write_flow(item, text);
            text_append(text, "\n");
        } else if (item->kind == NODE_LIST) {
            text_append(text, "\n");
            write_list(item, indent + STEP, text);
        } else {
            text_append(text, "\n");
            write_block(item, indent + STEP, false, text);
        }
    }
}

void yaml_write(const struct node *mapping, struct text *text) {
    write_block(mapping, 0, false, text);
}

void yaml_write_line(const struct node *mapping, struct text *text) {
    write_flow(mapping, text);
}
