/* SPDX-License-Identifier: Apache-2.0 */
#include "selftest/defect.h"

#include "base/arena.h"
#include "base/check.h"
#include "plant/plant.h"

const char *defect_expected(const struct defect *defect) {
    switch (defect->sign) {
    case DEFECT_LEFT:
        return result_kind_name(defect->kind);
    case DEFECT_ENDED:
        return result_state_name(defect->state);
    case DEFECT_WRONG:
        return "wrong";
    case DEFECT_COUNTED:
        return "instructions";
    case DEFECT_TIMED:
        return "time";
    }
    return "";
}

const char *defect_path(const char *name, struct arena *arena) {
    return arena_format(arena, "selftest/%s.yaml", name);
}

const char *defect_site(const struct defect *defect, struct arena *arena) {
    char site[PLANT_SITE_SIZE];
    const struct plant *plant = plant_find(defect->plant);
    CHECK(plant != NULL);
    if (defect->line != 0) {
        return arena_format(arena, "%s:%u", defect_path(defect->name, arena),
                            defect->line);
    }
    if (defect->sign == DEFECT_ENDED) {
        return arena_format(arena, "cycle %llu",
                            (unsigned long long)defect->cycle);
    }
    if (defect->sign == DEFECT_WRONG) {
        return "phase first";
    }
    plant_site(plant, site);
    return arena_text(arena, site);
}
