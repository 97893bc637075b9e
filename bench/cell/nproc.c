/* SPDX-License-Identifier: Apache-2.0 */
#include "cell/nproc.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"

/* Between those that systemd gives to containers and the last that is
 * positive; the process's own number keeps two cells apart. */
#define UID_FIRST 0x70000000u
#define UID_TRIES 16

static struct rlimit before;
static bool is_limited;

/* Whether a process has it, going by who its folder under /proc belongs to. */
static bool is_in_use(uid_t uid) {
    DIR *folder = opendir("/proc");
    if (folder == NULL) {
        return false;
    }
    bool found = false;
    const struct dirent *name;
    while (!found && (name = readdir(folder)) != NULL) {
        struct stat info;
        found = name->d_name[0] >= '0' && name->d_name[0] <= '9' &&
                fstatat(dirfd(folder), name->d_name, &info, 0) == 0 &&
                info.st_uid == uid;
    }
    (void)closedir(folder);
    return found;
}

static uid_t unused_uid(void) {
    uid_t uid = UID_FIRST + (uid_t)getpid();
    for (int i = 0; i < UID_TRIES && is_in_use(uid); i++) {
        uid += 0x400000; /* more than there are process numbers */
    }
    return uid;
}

/* Of what it had, what reaches files: CAP_SYS_RESOURCE and CAP_SYS_ADMIN would
 * exempt it from the limit. */
static int keep_file_access(void) {
    struct __user_cap_header_struct header = {
        .version = _LINUX_CAPABILITY_VERSION_3,
    };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
    if (syscall(SYS_capget, &header, data) != 0) {
        return -1;
    }
    const unsigned wanted =
        1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH | 1u << CAP_FOWNER;
    data[0].permitted &= wanted;
    data[0].effective = data[0].permitted;
    data[0].inheritable = 0;
    data[1] = (struct __user_cap_data_struct){0};
    return (int)syscall(SYS_capset, &header, data);
}

/* To become somebody else forgets both of the last. */
static int become(uid_t uid) {
    return prctl(PR_SET_KEEPCAPS, 1) == 0 && setresuid(uid, uid, uid) == 0 &&
                   keep_file_access() == 0 && prctl(PR_SET_DUMPABLE, 1) == 0 &&
                   prctl(PR_SET_PDEATHSIG, SIGKILL) == 0
               ? 0
               : -1;
}

int nproc_become_nobody_else(struct arena *arena, const char **problem_out) {
    if (geteuid() != 0) {
        *problem_out = "limits.by: nproc needs root: it takes a user id that "
                       "no process has";
        return -1;
    }
    uid_t uid = unused_uid();
    if (become(uid) != 0) {
        *problem_out = arena_format(
            arena,
            "limits.by: nproc: cannot become user %u, who is not in "
            "use: %s",
            uid, strerror(errno));
        return -1;
    }
    return 0;
}

int nproc_limit(uint64_t threads) {
    if (!is_limited && getrlimit(RLIMIT_NPROC, &before) != 0) {
        return -errno;
    }
    is_limited = true;
    struct rlimit limit = before;
    limit.rlim_cur = threads;
    return setrlimit(RLIMIT_NPROC, &limit) == 0 ? 0 : -errno;
}

void nproc_lift(void) {
    if (is_limited) {
        (void)setrlimit(RLIMIT_NPROC, &before);
    }
}
