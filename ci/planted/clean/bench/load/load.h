/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_LOAD_LOAD_H
#define PLUNGE_LOAD_LOAD_H

int load_level(void);

#endif
