/* SPDX-License-Identifier: Apache-2.0 */
#include "support/files_in.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"

size_t files_in(const char *folder, const char *ending,
                void (*each)(void *data, const char *path), void *data) {
    DIR *files = opendir(folder);
    size_t count = 0;
    if (files == NULL) {
        fail_msg("%s: run from the top of the tree", folder);
        return 0;
    }
    for (const struct dirent *file = readdir(files); file != NULL;
         file = readdir(files)) {
        const char *dot = strrchr(file->d_name, '.');
        char path[512];
        if (dot == NULL || strcmp(dot, ending) != 0) {
            continue;
        }
        (void)snprintf(path, sizeof path, "%s/%s", folder, file->d_name);
        each(data, path);
        count++;
    }
    (void)closedir(files);
    return count;
}
