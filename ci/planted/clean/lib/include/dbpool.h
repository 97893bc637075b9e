/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_H
#define DBPOOL_H

int dbpool_answer(void);

#endif
