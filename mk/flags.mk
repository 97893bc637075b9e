# SPDX-License-Identifier: Apache-2.0
comma := ,

# One short line a step; V=1 shows the commands.
ifeq ($(V),1)
Q :=
say := @:
else
Q := @
say := @echo ' '
endif
# How a file is compiled and a program linked, by variant.

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes \
    -Wstrict-prototypes -Wvla -Wundef -Wformat=2 -Wpointer-arith -Werror

CFLAGS_debug := -O1 -DDBPOOL_VALGRIND
CFLAGS_release := -O2
CFLAGS_asan := -O1 -fsanitize=address -fno-sanitize-recover=all
CFLAGS_ubsan := -O1 -fsanitize=undefined -fno-sanitize-recover=all
CFLAGS_tsan := -O1 -fsanitize=thread
CFLAGS_coverage := -O0 --coverage -fprofile-update=atomic -DPLUNGE_COVERAGE \
    -DDBPOOL_VALGRIND

ifeq ($(origin CFLAGS_$(VARIANT)),undefined)
$(error VARIANT=$(VARIANT) is none of debug release asan ubsan tsan coverage)
endif

CFLAGS := -std=c11 -D_GNU_SOURCE -g -fno-omit-frame-pointer $(WARNINGS) \
    $(CFLAGS_$(VARIANT))
CPPFLAGS := -DPLUNGE_VERSION='"$(VERSION)"' -DPLUNGE_VARIANT='"$(VARIANT)"'
LDFLAGS := $(filter -fsanitize=% --coverage,$(CFLAGS_$(VARIANT)))

# libuv and SQLite are linked statically: a link-time wrap does not see into a
# shared library.
LIBDIR := $(shell $(CC) -print-file-name=libuv_a.a | xargs dirname)
POOL_LIBS := $(LIBDIR)/libuv_a.a $(LIBDIR)/libsqlite3.a -lm -ldl -lpthread
# Names and lines in backtraces, where it is there.
DW_LIBS := $(if $(wildcard /usr/include/elfutils/libdwfl.h),-ldw)
PLUNGE_LIBS := $(POOL_LIBS) -lyaml -ljansson -lnettle -lz -lexpat $(DW_LIBS)

# What the ledger watches (bench/ledger/primitives_*.c define the __wrap_s): all
# that libuv_a.a, libsqlite3.a and plunge itself call to make or to end a
# thread, a descriptor, a handle, a connection, a mapping,
# a lock between threads, shared memory, a setting, a child, a timer or the
# handler of a signal. libuv closes by syscall(). Of
# the calls that make several of them, those that are not made for each lookup.
WRAPPED := pthread_create pthread_join pthread_detach \
    open open64 __open64_2 mkstemp64 eventfd epoll_create epoll_create1 \
    inotify_init1 pipe2 socket socketpair accept4 dup dup2 dup3 fcntl fcntl64 \
    close fclose closedir syscall \
    uv_async_init uv_check_init uv_idle_init uv_poll_init uv_prepare_init \
    uv_signal_init uv_timer_init uv_close \
    sqlite3_open sqlite3_open_v2 sqlite3_close sqlite3_close_v2 \
    uv_loop_init uv_thread_create uv_thread_create_ex \
    sqlite3_exec sqlite3_prepare_v2 sqlite3_prepare_v3 \
    mmap mmap64 munmap mremap \
    pthread_mutex_init pthread_mutex_destroy pthread_cond_init \
    pthread_cond_destroy pthread_rwlock_init pthread_rwlock_destroy \
    pthread_barrier_init pthread_barrier_destroy sem_init sem_destroy \
    pthread_key_create pthread_key_delete atexit pthread_atfork \
    shm_open sem_open shmget semget msgget \
    fork timer_create sigaction umask
# Each is asked for by name, or else libgcov, which comes last of all and opens
# files too, would find none of them.
WRAPS := $(foreach name,$(WRAPPED),-Wl$(comma)--wrap=$(name) \
    -Wl$(comma)--undefined=__wrap_$(name))

# What bench/counting/turns.c puts in order, and what work.c looks at.
TURNED := pthread_create pthread_join pthread_cond_wait pthread_cond_timedwait \
    pthread_cond_signal pthread_cond_broadcast sem_wait sem_post epoll_wait \
    epoll_pwait clock_gettime sqlite3_open_v2 sqlite3_close sqlite3_finalize
TURNS := $(addprefix -Wl$(comma)--wrap=,$(TURNED))

# What bench/beside/counts.c counts.
COUNTED := pthread_create pthread_join sqlite3_open_v2 sqlite3_close malloc \
    calloc realloc strdup free
COUNTS := $(addprefix -Wl$(comma)--wrap=,$(COUNTED))

# What the fault tests of dbpool let fail (tests/support/dbpool/faults.c).
FAULTABLE := malloc calloc realloc strdup pthread_create pthread_join \
    uv_async_init uv_mutex_init uv_cond_init uv_hrtime
# These never fail; they are counted, and sqlite3_threadsafe says what it is told.
FAULTS := $(addprefix -Wl$(comma)--wrap=,$(FAULTABLE) free uv_mutex_destroy \
    uv_cond_destroy sqlite3_threadsafe)
