/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DBPOOL_OPTIONS_H
#define DBPOOL_OPTIONS_H

#include "dbpool.h"

#define DBPOOL__NAME_SIZE 32
#define DBPOOL__THREADS_LIMIT 1024

/* 0, or DBPOOL_EINVAL: an option is out of its documented range. */
int dbpool__options_check(const struct dbpool_options *options);

#endif
