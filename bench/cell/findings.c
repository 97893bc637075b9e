/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/findings.h"

#include <string.h>

#include "base/arena.h"

static void append(struct findings *findings,
                   const struct result_finding *finding) {
    findings->items = arena_more(findings->arena, findings->items,
                                 findings->count, sizeof *findings->items);
    findings->items[findings->count++] = *finding;
}

void findings_add(struct findings *findings,
                  const struct result_finding *finding) {
    if (findings->count == FINDINGS_MAX) {
        findings->dropped++;
        return;
    }
    append(findings, finding);
}

void findings_give(struct findings *findings, struct result_cell *cell) {
    if (findings->count == 0) {
        return;
    }
    if (findings->dropped != 0) {
        append(findings,
               &(struct result_finding){
                   .tool = findings->items[0].tool,
                   .kind = "more",
                   .text = arena_format(findings->arena, "and %zu more",
                                        findings->dropped),
               });
    }
    const size_t count = cell->findings_count + findings->count;
    struct result_finding *all =
        arena_alloc(findings->arena, count * sizeof *all);
    if (cell->findings_count != 0) {
        memcpy(all, cell->findings, cell->findings_count * sizeof *all);
    }
    memcpy(all + cell->findings_count, findings->items,
           findings->count * sizeof *all);
    cell->findings = all;
    cell->findings_count = count;
}
