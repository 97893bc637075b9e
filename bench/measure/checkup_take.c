/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/checkup_take.h"

#include "measure/checkup.h"
#include "measure/checkup_parts.h"

void checkup_take(struct checkup *checkup, const char *folder,
                  const char *problem, struct arena *arena) {
    *checkup = (struct checkup){.arena = arena};
    checkup_machine(checkup);
    checkup_noise(checkup);
    checkup_limits(checkup);
    checkup_folder(checkup, folder, problem);
    checkup_tools(checkup);
    checkup->grade = checkup_grade(checkup);
}
