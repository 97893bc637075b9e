/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/footprint.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_SIZE 4096
#define PEAK "\nVmHWM:"

uint64_t footprint_peak_bytes(pid_t pid) {
    char path[64];
    char status[STATUS_SIZE];
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    ssize_t size = read(fd, status, sizeof status - 1);
    (void)close(fd);
    if (size <= 0) {
        return 0;
    }
    status[size] = '\0';
    const char *peak = strstr(status, PEAK);
    return peak == NULL ? 0 : strtoull(peak + strlen(PEAK), NULL, 10) * 1024;
}
