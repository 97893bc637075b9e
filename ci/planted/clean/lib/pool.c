/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include "dbpool.h"

int dbpool__pool_answer(void) {
    return 42;
}

int dbpool_answer(void) {
    return dbpool__pool_answer();
}
