/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_WAIT_H
#define DBPOOL_WAIT_H

#include <stdint.h>
#include <uv.h>

#include "annotate.h"

/* Every wait with an end: until @condition is signalled, or for @ns. As with
 * all conditions, it may also end for nothing. @mutex is held. */
static inline void dbpool__wait(uv_cond_t *condition, uv_mutex_t *mutex,
                                uint64_t ns) {
    DBPOOL__WAIT_BEGINS();
    (void)uv_cond_timedwait(condition, mutex, ns);
    DBPOOL__WAIT_ENDS();
}

#endif
