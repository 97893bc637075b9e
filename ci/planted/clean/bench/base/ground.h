/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_BASE_GROUND_H
#define PLUNGE_BASE_GROUND_H

int ground_level(void);

#endif
