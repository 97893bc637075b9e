/* SPDX-License-Identifier: Apache-2.0 */
#include "driver.h"

#include <ctype.h>
#include <string.h>

/* "scheme:" has at least two letters before the colon and no slash. Returns
 * the scheme's length, or 0 for a plain path. */
static size_t scheme_size(const char *url) {
    size_t size = 0;
    while (isalnum((unsigned char)url[size]) || url[size] == '+' ||
           url[size] == '-' || url[size] == '.') {
        size++;
    }
    return size >= 2 && url[size] == ':' ? size : 0;
}

int dbpool__driver_find(const char *url,
                        const struct dbpool__driver **driver_out,
                        const char **path_out) {
    const struct dbpool__driver *driver = &dbpool__driver_sqlite;
    const char *path = url;
    size_t size = scheme_size(url);
    if (size != 0) {
        if (strlen(driver->scheme) != size ||
            memcmp(url, driver->scheme, size) != 0) {
            return DBPOOL_EURL;
        }
        path = url + size + 1;
        if (strncmp(path, "///", 3) == 0) {
            path += 2; /* an empty authority */
        }
    }
    if (path[0] == '\0' || strncmp(path, "file:", 5) == 0) {
        return DBPOOL_EURL;
    }
    *driver_out = driver;
    *path_out = path;
    return DBPOOL_OK;
}
