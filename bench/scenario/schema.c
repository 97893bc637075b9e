/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/schema.h"

#include <string.h>

#define SEED_MAX ((UINT64_C(1) << 53) - 1)
#define USERS_MAX (UINT64_C(1) << 40)
#define IN_FLIGHT_MAX 10000000
#define LOOKUPS_MAX UINT64_C(1000000000000)
#define CYCLES_MAX 1000000000
#define MEMORY_MIN (UINT64_C(1) << 20)
#define MEMORY_MAX (UINT64_C(1) << 44)
#define WEIGHT_MAX 1000000
#define SHARE_ALL 1000000
#define EXPONENT_MAX 100
#define RATE_MAX 10000000
#define STEPS_MAX 1000
#define PAGE_SIZE_MIN 512
#define PAGE_SIZE_MAX 65536
#define BIO_MAX (UINT64_C(1) << 20)
#define SIGMA_MAX 3
#define YEAR_NS (UINT64_C(8760) * 3600 * 1000000000)

#define KEYS(array) array, sizeof(array) / sizeof *(array)

static const char *const no_words[] = {NULL};

static const char *const temporary_words[] = {"removed", "kept", NULL};

static const char *const journal_words[] = {"wal", "delete", NULL};

static const char *const subject_words[] = {"dbpool", "direct", "uvwork",
                                            "null", NULL};

static const char *const shutdown_words[] = {
    "clean", "missing",   "uncalled",      "twice",
    "abort", "in_flight", "from_callback", NULL};

static const char *const keys_words[] = {"uniform", "latest", "sequential",
                                         NULL};

static const char *const arrival_words[] = {"poisson", "uniform", NULL};

static const char *const show_words[] = {"answers", NULL};

static const char *const by_words[] = {"budget", "nproc", "pids", "seccomp",
                                       NULL};

static const struct schema_key root_keys[] = {
    {.name = "title",
     .about = "What the scenario asks, in one line.",
     .kind = SCHEMA_TEXT,
     .required = true,
     .example = "what this scenario asks, in one line: title: ..."},
    {.name = "include",
     .about = "Files, relative to this one, whose keys stand under those of "
              "this one.",
     .kind = SCHEMA_FILES,
     .example = "common.yaml"},
    {.name = "let",
     .about = "Variables: $(n) is what n is, wherever it is used.",
     .kind = SCHEMA_VARIABLES,
     .example = "{n: 10k}"},
    {.name = "database",
     .about = "Who is looked up.",
     .kind = SCHEMA_MAPPING,
     .required = true,
     .example = "who is looked up: database: {users: 1M}",
     .mapping = &schema_database},
    {.name = "pool",
     .about = "What is driven, and how it is shut down.",
     .kind = SCHEMA_MAPPING,
     .mapping = &schema_pool},
    {.name = "load",
     .about = "What is asked of it: a phase, or a list of them.",
     .kind = SCHEMA_MAPPINGS,
     .mapping = &schema_load},
    {.name = "cycles",
     .about = "How often the pool is opened, driven and shut down.",
     .fallback = "1",
     .kind = SCHEMA_COUNT,
     .swept = true,
     .example = "1k",
     .min = 1,
     .max = CYCLES_MAX},
    {.name = "limits",
     .about = "What a cell may take.",
     .kind = SCHEMA_MAPPING,
     .mapping = &schema_limits},
    {.name = "stages",
     .about = "Where the time of a lookup goes, stage by stage.",
     .fallback = "no",
     .kind = SCHEMA_BOOLEAN,
     .swept = true},
    {.name = "sweep",
     .about = "Keys and their values: every combination is a cell.",
     .kind = SCHEMA_MAPPINGS},
    {.name = "find",
     .about = "A key whose largest value is found for which an expectation "
              "holds.",
     .kind = SCHEMA_FIND},
    {.name = "blocks",
     .about = "How often every cell is run, each time in another order.",
     .fallback = "1",
     .kind = SCHEMA_COUNT,
     .example = "5",
     .min = 1,
     .max = 1000},
    {.name = "expect",
     .about = "What has to hold, a line each.",
     .kind = SCHEMA_LIST},
};

static const struct schema_key database_keys[] = {
    {.name = "users",
     .about = "How many users are generated.",
     .kind = SCHEMA_COUNT,
     .swept = true,
     .example = "1M",
     .max = USERS_MAX},
    {.name = "seed",
     .about = "Who they are.",
     .fallback = "1",
     .kind = SCHEMA_COUNT,
     .swept = true,
     .example = "7",
     .max = SEED_MAX},
    {.name = "temporary",
     .about = "Each cell has a copy of its own, and the program removes it or "
              "keeps it.",
     .kind = SCHEMA_WORD,
     .swept = true,
     .words = temporary_words,
     .words_later = no_words},
    {.name = "file",
     .about = "A database of your own, only read, in place of users.",
     .kind = SCHEMA_TEXT,
     .swept = true},
    {.name = "query",
     .about = "What the file is asked, with one ? for the key.",
     .kind = SCHEMA_TEXT,
     .swept = true},
    {.name = "keys",
     .about = "Where the keys come from: a statement.",
     .kind = SCHEMA_TEXT,
     .swept = true},
    {.name = "journal",
     .about = "Its journal.",
     .fallback = "wal",
     .kind = SCHEMA_WORD,
     .swept = true,
     .words = journal_words,
     .words_later = no_words},
    {.name = "page_size",
     .about = "Its pages: a power of two.",
     .fallback = "4KiB",
     .kind = SCHEMA_SIZE,
     .swept = true,
     .example = "4KiB",
     .min = PAGE_SIZE_MIN,
     .max = PAGE_SIZE_MAX},
    {.name = "without_rowid",
     .about = "Whether its table is WITHOUT ROWID.",
     .fallback = "no",
     .kind = SCHEMA_BOOLEAN,
     .swept = true},
    {.name = "bio",
     .about = "A text for each user, log-normal in size.",
     .kind = SCHEMA_MAPPING,
     .swept = true,
     .mapping = &schema_bio},
};

static const struct schema_key bio_keys[] = {
    {.name = "median",
     .about = "Half of them are longer.",
     .kind = SCHEMA_SIZE,
     .required = true,
     .example = "200B",
     .min = 1,
     .max = BIO_MAX},
    {.name = "sigma",
     .about = "How far they spread; 1.",
     .kind = SCHEMA_DECIMAL,
     .example = "1.5",
     .max = SIGMA_MAX},
};

static const struct schema_key pool_keys[] = {
    {.name = "subject",
     .about =
         "What is driven: the library, a reference, or a program of your own.",
     .fallback = "dbpool",
     .kind = SCHEMA_SUBJECT,
     .swept = true,
     .words = subject_words,
     .words_later = no_words},
    {.name = "min",
     .about =
         "Threads from the first request on; 3, or max where that is less.",
     .kind = SCHEMA_COUNT,
     .swept = true,
     .example = "3",
     .max = 1024},
    {.name = "max",
     .about = "Threads at most.",
     .fallback = "5",
     .kind = SCHEMA_COUNT,
     .swept = true,
     .example = "5",
     .min = 1,
     .max = 1024},
    {.name = "shutdown",
     .about = "How each cycle ends.",
     .fallback = "clean",
     .kind = SCHEMA_WORD,
     .swept = true,
     .words = shutdown_words,
     .words_later = no_words},
    {.name = "batch",
     .about = "Lookups in one read transaction of direct.",
     .fallback = "100",
     .kind = SCHEMA_COUNT,
     .swept = true,
     .example = "100",
     .min = 1,
     .max = 1000000},
};

static const struct schema_key load_keys[] = {
    {.name = "phase",
     .about = "Its name; unique.",
     .fallback = "main",
     .kind = SCHEMA_NAME,
     .example = "steady"},
    {.name = "in_flight",
     .about =
         "Lookups that are unanswered at once: a closed loop; beside a rate "
         "the most.",
     .kind = SCHEMA_COUNT,
     .swept = true,
     .example = "10k",
     .min = 1,
     .max = IN_FLIGHT_MAX},
    {.name = "for",
     .about = "How long: the phase ends by the clock.",
     .kind = SCHEMA_DURATION,
     .swept = true,
     .example = "10s",
     .min = 1,
     .max = YEAR_NS},
    {.name = "lookups",
     .about = "How many: the phase ends with the last answer.",
     .kind = SCHEMA_COUNT,
     .swept = true,
     .example = "1M",
     .min = 1,
     .max = LOOKUPS_MAX},
    {.name = "keys",
     .about = "Who is asked for, and how often.",
     .fallback = "uniform",
     .kind = SCHEMA_KEYS,
     .swept = true,
     .words = keys_words,
     .words_later = no_words,
     .mapping = &schema_keys},
    {.name = "measure",
     .about =
         "Whether its times count, all of them or from its steady state on.",
     .fallback = "yes",
     .kind = SCHEMA_MEASURE,
     .swept = true},
    {.name = "show",
     .about = "Print every avatar.",
     .kind = SCHEMA_WORD,
     .words = show_words,
     .words_later = no_words},
    {.name = "rate",
     .about =
         "Lookups a second that come whatever becomes of them: an open loop.",
     .kind = SCHEMA_RATE,
     .swept = true,
     .example = "50k/s",
     .min = 1,
     .max = RATE_MAX,
     .mapping = &schema_rate},
    {.name = "arrival",
     .about =
         "How the lookups of an open loop come: by chance, or evenly; poisson.",
     .kind = SCHEMA_WORD,
     .swept = true,
     .words = arrival_words,
     .words_later = no_words},
    {.name = "think",
     .about = "How long who is answered waits before it asks again.",
     .kind = SCHEMA_DURATION,
     .swept = true,
     .example = "10ms",
     .max = YEAR_NS,
     .mapping = &schema_think},
    {.name = "misses",
     .about = "The share of lookups of logins that do not exist.",
     .fallback = "0%",
     .kind = SCHEMA_SHARE,
     .swept = true,
     .example = "1%",
     .max = SHARE_ALL},
    {.name = "operations",
     .about = "What is asked for, by weights.",
     .kind = SCHEMA_MAPPING,
     .swept = true,
     .mapping = &schema_operations},
};

static const struct schema_key keys_keys[] = {
    {.name = "zipf",
     .about = "The exponent: the larger, the fewer users are asked for.",
     .kind = SCHEMA_DECIMAL,
     .example = "0.99",
     .max = EXPONENT_MAX},
    {.name = "hot",
     .about = "Some users are asked for more often than others.",
     .kind = SCHEMA_MAPPING,
     .mapping = &schema_hot},
};

static const struct schema_key hot_keys[] = {
    {.name = "users",
     .about = "The share of users that are hot.",
     .kind = SCHEMA_SHARE,
     .required = true,
     .example = "1%",
     .min = 1,
     .max = SHARE_ALL},
    {.name = "lookups",
     .about = "The share of lookups that are of hot ones.",
     .kind = SCHEMA_SHARE,
     .required = true,
     .example = "90%",
     .min = 1,
     .max = SHARE_ALL},
};

#define WEIGHT(word, what)                                                     \
    {                                                                          \
        .name = (word), .about = (what), .fallback = "0",                      \
        .kind = SCHEMA_COUNT, .example = "95", .max = WEIGHT_MAX               \
    }

static const struct schema_key operations_keys[] = {
    WEIGHT("lookup", "The weight of lookups of one user."),
    WEIGHT("rename", "The weight of users who get another name."),
    WEIGHT("sign_up", "The weight of users who are new."),
    WEIGHT("sign_off", "The weight of users who signed up, and go."),
    WEIGHT("transfer", "The weight of two users who exchange their names."),
    WEIGHT("scan", "The weight of pages of users."),
};

#define RATE_KEY(key, what, text, least)                                       \
    {                                                                          \
        .name = (key), .about = (what), .kind = SCHEMA_RATE, .required = true, \
        .example = (text), .min = (least), .max = RATE_MAX                     \
    }
#define TIME_KEY(key, what, text, least)                                       \
    {                                                                          \
        .name = (key), .about = (what), .kind = SCHEMA_DURATION,               \
        .required = true, .example = (text), .min = (least), .max = YEAR_NS    \
    }

static const struct schema_key ramp_keys[] = {
    RATE_KEY("from", "The rate at its beginning.", "1k/s", 0),
    RATE_KEY("to", "The rate at its end.", "50k/s", 0),
};

static const struct schema_key stairs_keys[] = {
    RATE_KEY("from", "The rate at its beginning.", "1k/s", 0),
    RATE_KEY("to", "The rate at its end.", "50k/s", 0),
    {.name = "steps",
     .about = "How many steps it takes.",
     .kind = SCHEMA_COUNT,
     .required = true,
     .example = "5",
     .min = 2,
     .max = STEPS_MAX},
};

static const struct schema_key spike_keys[] = {
    RATE_KEY("base", "The rate before and after it.", "1k/s", 0),
    RATE_KEY("peak", "The rate while it lasts.", "50k/s", 0),
    TIME_KEY("at", "When it begins, after the phase has.", "5s", 0),
    TIME_KEY("for", "How long it lasts.", "1s", 1),
};

static const struct schema_key sine_keys[] = {
    RATE_KEY("mean", "The rate that it swings about.", "10k/s", 1),
    RATE_KEY("amplitude", "How far it swings to either side.", "5k/s", 0),
    TIME_KEY("period", "How long one swing takes.", "10s", 1),
};

static const struct schema_mapping schema_ramp = {"load.rate.ramp.",
                                                  KEYS(ramp_keys)};
static const struct schema_mapping schema_stairs = {"load.rate.stairs.",
                                                    KEYS(stairs_keys)};
static const struct schema_mapping schema_spike = {"load.rate.spike.",
                                                   KEYS(spike_keys)};
static const struct schema_mapping schema_sine = {"load.rate.sine.",
                                                  KEYS(sine_keys)};

static const struct schema_key rate_keys[] = {
    {.name = "ramp",
     .about = "From one rate to another, evenly.",
     .kind = SCHEMA_MAPPING,
     .mapping = &schema_ramp},
    {.name = "stairs",
     .about = "From one rate to another, in steps.",
     .kind = SCHEMA_MAPPING,
     .mapping = &schema_stairs},
    {.name = "spike",
     .about = "Another rate for a while.",
     .kind = SCHEMA_MAPPING,
     .mapping = &schema_spike},
    {.name = "sine",
     .about = "A rate that swings.",
     .kind = SCHEMA_MAPPING,
     .mapping = &schema_sine},
};

static const struct schema_key think_keys[] = {
    {.name = "exponential",
     .about = "Times of that mean, by chance.",
     .kind = SCHEMA_DURATION,
     .example = "10ms",
     .min = 1,
     .max = YEAR_NS},
};

static const struct schema_key limits_keys[] = {
    {.name = "threads",
     .about = "Threads of the cell's process, the main one too.",
     .kind = SCHEMA_COUNT,
     .swept = true,
     .example = "64",
     .min = 2,
     .max = 1000000},
    {.name = "fds",
     .about = "Descriptors of the cell's process.",
     .kind = SCHEMA_COUNT,
     .swept = true,
     .example = "256",
     .min = 16,
     .max = 1000000},
    {.name = "by",
     .about = "Who holds limits.threads.",
     .kind = SCHEMA_WORD,
     .swept = true,
     .words = by_words,
     .words_later = no_words},
    {.name = "time",
     .about = "How long a cell may take; twice the planned time and 60 s.",
     .kind = SCHEMA_DURATION,
     .swept = true,
     .example = "60s",
     .min = 1,
     .max = YEAR_NS},
    {.name = "stall",
     .about = "How long a cell may go without an answer.",
     .fallback = "10s",
     .kind = SCHEMA_DURATION,
     .swept = true,
     .example = "10s",
     .min = 1,
     .max = YEAR_NS},
    {.name = "memory",
     .about = "Resident memory of the cell's process.",
     .kind = SCHEMA_SIZE,
     .swept = true,
     .example = "2GiB",
     .min = MEMORY_MIN,
     .max = MEMORY_MAX},
};

static const struct schema_key find_keys[] = {
    {.name = "from",
     .about = "The value to begin with; it is doubled.",
     .kind = SCHEMA_VALUE,
     .required = true,
     .example = "where to begin: from: 1k"},
    {.name = "to",
     .about = "The largest value that is asked for.",
     .kind = SCHEMA_VALUE,
     .required = true,
     .example = "where to end: to: 1M"},
    {.name = "holds",
     .about = "The expectation: a line as under expect.",
     .kind = SCHEMA_TEXT,
     .required = true,
     .example = "what has to hold: holds: p99 < 50ms"},
};

_Static_assert(sizeof root_keys / sizeof *root_keys == ROOT_KEYS_COUNT,
               "one entry a key");
_Static_assert(sizeof database_keys / sizeof *database_keys ==
                   DATABASE_KEYS_COUNT,
               "one entry a key");
_Static_assert(sizeof bio_keys / sizeof *bio_keys == BIO_KEYS_COUNT,
               "one entry a key");
_Static_assert(sizeof pool_keys / sizeof *pool_keys == POOL_KEYS_COUNT,
               "one entry a key");
_Static_assert(sizeof load_keys / sizeof *load_keys == LOAD_KEYS_COUNT,
               "one entry a key");
_Static_assert(sizeof keys_keys / sizeof *keys_keys == KEYS_KEYS_COUNT,
               "one entry a key");
_Static_assert(sizeof hot_keys / sizeof *hot_keys == HOT_KEYS_COUNT,
               "one entry a key");
_Static_assert(sizeof rate_keys / sizeof *rate_keys == SHAPES_COUNT,
               "one entry a shape");
_Static_assert(sizeof ramp_keys / sizeof *ramp_keys == RAMP_KEYS_COUNT,
               "one entry a key");
_Static_assert(sizeof stairs_keys / sizeof *stairs_keys == STAIRS_KEYS_COUNT,
               "one entry a key");
_Static_assert(sizeof spike_keys / sizeof *spike_keys == SPIKE_KEYS_COUNT,
               "one entry a key");
_Static_assert(sizeof sine_keys / sizeof *sine_keys == SINE_KEYS_COUNT,
               "one entry a key");
_Static_assert(sizeof think_keys / sizeof *think_keys == THINK_KEYS_COUNT,
               "one entry a key");
_Static_assert(sizeof operations_keys / sizeof *operations_keys ==
                   OPERATIONS_KEYS_COUNT,
               "one entry a key");
_Static_assert(sizeof limits_keys / sizeof *limits_keys == LIMITS_KEYS_COUNT,
               "one entry a key");

_Static_assert(sizeof find_keys / sizeof *find_keys == FIND_KEYS_COUNT,
               "one entry a key");

const struct schema_mapping schema_root = {"", KEYS(root_keys)};
const struct schema_mapping schema_bio = {"database.bio.", KEYS(bio_keys)};
const struct schema_mapping schema_database = {"database.",
                                               KEYS(database_keys)};
const struct schema_mapping schema_pool = {"pool.", KEYS(pool_keys)};
const struct schema_mapping schema_load = {"load.", KEYS(load_keys)};
const struct schema_mapping schema_keys = {"load.keys.", KEYS(keys_keys)};
const struct schema_mapping schema_hot = {"load.keys.hot.", KEYS(hot_keys)};
const struct schema_mapping schema_operations = {"load.operations.",
                                                 KEYS(operations_keys)};
const struct schema_mapping schema_limits = {"limits.", KEYS(limits_keys)};
const struct schema_mapping schema_find_keys = {"find.", KEYS(find_keys)};

const struct schema_mapping schema_rate = {"load.rate.", KEYS(rate_keys)};
const struct schema_mapping schema_think = {"load.think.", KEYS(think_keys)};

const struct schema_key *schema_find(const struct schema_mapping *mapping,
                                     const char *name) {
    for (size_t i = 0; i < mapping->keys_count; i++) {
        if (strcmp(mapping->keys[i].name, name) == 0) {
            return &mapping->keys[i];
        }
    }
    return NULL;
}
