/* SPDX-License-Identifier: Apache-2.0 */
#include "report/page.h"

#include <math.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/point.h"
#include "base/quantity.h"
#include "base/result.h"
#include "base/text.h"
#include "measure/total.h"

/* What all blocks of a phase did. */
struct blocks {
    struct result_phase sum;
    bool mixed;
    bool wanted;   /* to be steady */
    bool found;    /* in every block */
    double from_s; /* the latest of them */
};

static void add_operations(struct result_operations *sum,
                           const struct result_operations *one) {
    sum->lookup += one->lookup;
    sum->rename += one->rename;
    sum->sign_up += one->sign_up;
    sum->sign_off += one->sign_off;
    sum->transfer += one->transfer;
    sum->scan += one->scan;
}

static void add_block(struct blocks *blocks, const struct result_phase *one) {
    struct result_phase *sum = &blocks->sum;
    if (one->failed != RESULT_UNKNOWN) {
        sum->wrong += one->wrong;
        sum->failed += one->failed;
        sum->rejected += one->rejected;
        sum->cancelled += one->cancelled;
    }
    if (one->mixed) {
        blocks->mixed = true;
        add_operations(&sum->operations, &one->operations);
    }
    if (one->steady.wanted) {
        blocks->found = one->steady.found && (blocks->found || !blocks->wanted);
        blocks->wanted = true;
        blocks->from_s = fmax(blocks->from_s, one->steady.from_s);
    }
}

static struct blocks add_up(const struct point *point, const char *phase) {
    struct blocks blocks = {0};
    for (size_t i = 0; i < point->cells_count; i++) {
        const struct result_phase *one = total_phase(point->cells[i], phase);
        if (one != NULL) {
            add_block(&blocks, one);
        }
    }
    return blocks;
}

static const char *separator(const struct text *text) {
    return text->size == 0 ? "" : ", ";
}

static void append_count(struct text *text, uint64_t count, const char *what) {
    char number[QUANTITY_SIZE];
    if (count != 0 && count != RESULT_UNKNOWN) {
        text_format(text, "%s%s %s", separator(text),
                    quantity_count(number, count), what);
    }
}

static void append_steady(struct text *text, const struct blocks *blocks) {
    char time[QUANTITY_SIZE];
    if (!blocks->wanted) {
        return;
    }
    if (blocks->found) {
        text_format(
            text, "%ssteady from %s on", separator(text),
            quantity_duration(time, blocks->from_s * (double)CLOCK_NS_PER_S));
    } else {
        text_format(text, "%snever steady", separator(text));
    }
}

/* "60 % lookups, 5.3 % renames". */
static void append_operations(struct text *text,
                              const struct result_operations *counts) {
    const struct {
        const char *name;
        uint64_t count;
    } kinds[] = {
        {"lookups", counts->lookup},     {"renames", counts->rename},
        {"sign-ups", counts->sign_up},   {"sign-offs", counts->sign_off},
        {"transfers", counts->transfer}, {"pages", counts->scan},
    };
    uint64_t total = counts->lookup + counts->rename + counts->sign_up +
                     counts->sign_off + counts->transfer + counts->scan;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].count != 0) {
            text_format(text, "%s%.3g %% %s", separator(text),
                        100 * (double)kinds[i].count / (double)total,
                        kinds[i].name);
        }
    }
}

const char *page_phase_notes(const struct page *page, const struct point *point,
                             const struct result_phase *phase) {
    const struct blocks blocks = add_up(point, phase->name);
    struct text text;
    text_init(&text);
    text_append(&text, phase->measured ? "" : "not measured");
    append_count(&text, blocks.sum.wrong, "wrong");
    append_count(&text, blocks.sum.failed, "failed");
    append_count(&text, blocks.sum.rejected, "rejected");
    append_count(&text, blocks.sum.cancelled, "cancelled");
    append_steady(&text, &blocks);
    if (blocks.mixed) {
        append_operations(&text, &blocks.sum.operations);
    }
    const char *notes = arena_text(page->arena, text.bytes);
    text_fini(&text);
    return notes;
}
