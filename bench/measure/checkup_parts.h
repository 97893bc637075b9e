/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_MEASURE_CHECKUP_PARTS_H
#define PLUNGE_MEASURE_CHECKUP_PARTS_H

struct checkup;

/* Of checkup_take(), one part each. */
void checkup_machine(struct checkup *checkup);
void checkup_noise(struct checkup *checkup);
void checkup_limits(struct checkup *checkup);
void checkup_folder(struct checkup *checkup, const char *folder,
                    const char *problem);
void checkup_tools(struct checkup *checkup);

#endif
