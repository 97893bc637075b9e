/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/hang.h"

#include <stdatomic.h>

#include "base/result.h"
#include "cell/findings.h"
#include "load/load.h"

bool hang_look(struct hang *hang, pid_t process, struct load_board *board,
               bool is_stalled, struct arena *arena) {
    if (hang->is_seen || !(is_stalled || atomic_load(&board->is_stalled))) {
        return false;
    }
    hang->is_seen = true;
    hang->scene = scene_take(process, arena);
    atomic_store(&board->stall_is_seen, true);
    return true;
}

void hang_conclude(const struct hang *hang, struct arena *arena,
                   struct result_cell *cell) {
    if (cell->outcome.state != RESULT_HUNG) {
        return;
    }
    struct findings findings = {.arena = arena};
    for (size_t i = 0; i < hang->scene.count; i++) {
        findings_add(&findings, &(struct result_finding){
                                    .tool = "plunge",
                                    .kind = "hang",
                                    .text = hang->scene.threads[i].text,
                                    .stack = hang->scene.threads[i].stack,
                                });
    }
    findings_give(&findings, cell);
}
