/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POOL_H
#define POOL_H

int dbpool__pool_answer(void);

#endif
