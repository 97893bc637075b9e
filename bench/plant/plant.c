/* SPDX-License-Identifier: Apache-2.0 */
#include "plant/plant.h"

#include <stdio.h>
#include <string.h>

static const struct plant *find_in(const struct plant *plants, size_t count,
                                   const char *name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(plants[i].name, name) == 0) {
            return &plants[i];
        }
    }
    return NULL;
}

const struct plant *plant_find(const char *name) {
    const struct plant *plant =
        find_in(plants_leftover, plants_leftover_count, name);
    if (plant == NULL) {
        plant = find_in(plants_pooled, plants_pooled_count, name);
    }
    return plant != NULL ? plant
                         : find_in(plants_conduct, plants_conduct_count, name);
}

void plant_site(const struct plant *plant, char site_out[PLANT_SITE_SIZE]) {
    site_out[0] = '\0';
    if (plant->function != NULL) {
        (void)snprintf(site_out, PLANT_SITE_SIZE, "%s %s", plant->function,
                       plant->file);
    } else if (plant->plant != NULL && plant->file != NULL) {
        (void)snprintf(site_out, PLANT_SITE_SIZE, "%s:%u", plant->file,
                       plant->plant(NULL));
    }
}
