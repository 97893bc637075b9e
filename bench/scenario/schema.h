/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLUNGE_SCENARIO_SCHEMA_H
#define PLUNGE_SCENARIO_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The language of scenario files as tables: which keys a mapping has, and what
 * each may be. A key of a mapping is addressed by its index, which the enums
 * name; the order in both is the same. */

enum schema_kind {
    SCHEMA_COUNT,    /* min..max */
    SCHEMA_DURATION, /* min..max, in ns */
    SCHEMA_SIZE,     /* min..max, in bytes */
    SCHEMA_SHARE,    /* min..max, in millionths */
    SCHEMA_DECIMAL,  /* above min, and up to max */
    SCHEMA_RATE,     /* min..max, a second */
    SCHEMA_BOOLEAN,
    SCHEMA_MEASURE, /* a boolean, or {from: steady}: the number is an enum
                       schema_measure */
    SCHEMA_WORD,    /* one of words; its number is the index */
    SCHEMA_NAME,    /* letters, digits, - and _ */
    SCHEMA_TEXT,
    SCHEMA_SUBJECT, /* a word, or {command: [...]}: the number after the last
                       word's */
    SCHEMA_KEYS,    /* a word, one key of mapping, or a list of logins */
    SCHEMA_MAPPING,
    SCHEMA_MAPPINGS, /* a mapping, or a list of them */
    SCHEMA_LIST,
    SCHEMA_VARIABLES, /* let.h */
    SCHEMA_FILES,     /* include.h */
    SCHEMA_FIND,      /* find.h */
    SCHEMA_VALUE,     /* of a key that is named elsewhere */
    SCHEMA_LATER, /* known to the language, not built yet: refused as such */
};

enum schema_measure {
    MEASURE_NO,
    MEASURE_YES,
    MEASURE_FROM_STEADY,
};

struct schema_key {
    const char *name;
    enum schema_kind kind;
    bool required;
    bool swept;           /* may stand under `sweep` */
    const char *about;    /* one sentence, for who writes a scenario */
    const char *fallback; /* what it is where nothing is said and that does not
                             depend on other keys; or NULL */
    const char *example;
    uint64_t min;
    uint64_t max;
    const char *const *words; /* end in NULL */
    const char *const *words_later;
    const struct schema_mapping *mapping; /* of keys, a rate or a duration: one
                                             key of it may stand in its place */
};

struct schema_mapping {
    const char *path; /* "pool."; "" for the file itself */
    const struct schema_key *keys;
    size_t keys_count;
};

enum schema_root_key {
    ROOT_TITLE,
    ROOT_INCLUDE,
    ROOT_LET,
    ROOT_DATABASE,
    ROOT_POOL,
    ROOT_LOAD,
    ROOT_CYCLES,
    ROOT_LIMITS,
    ROOT_STAGES,
    ROOT_SWEEP,
    ROOT_FIND,
    ROOT_BLOCKS,
    ROOT_EXPECT,
    ROOT_KEYS_COUNT,
};

enum schema_database_key {
    DATABASE_USERS,
    DATABASE_SEED,
    DATABASE_TEMPORARY,
    DATABASE_FILE,
    DATABASE_QUERY,
    DATABASE_KEYS,
    DATABASE_JOURNAL,
    DATABASE_PAGE_SIZE,
    DATABASE_WITHOUT_ROWID,
    DATABASE_BIO,
    DATABASE_KEYS_COUNT,
};

enum schema_bio_key { BIO_MEDIAN, BIO_SIGMA, BIO_KEYS_COUNT };

enum schema_pool_key {
    POOL_SUBJECT,
    POOL_MIN,
    POOL_MAX,
    POOL_SHUTDOWN,
    POOL_BATCH,
    POOL_KEYS_COUNT,
};

enum schema_load_key {
    LOAD_PHASE,
    LOAD_IN_FLIGHT,
    LOAD_FOR,
    LOAD_LOOKUPS,
    LOAD_KEYS,
    LOAD_MEASURE,
    LOAD_SHOW,
    LOAD_RATE,
    LOAD_ARRIVAL,
    LOAD_THINK,
    LOAD_MISSES,
    LOAD_OPERATIONS,
    LOAD_KEYS_COUNT,
};

/* Under load.rate, and under each of these. */
enum schema_shape {
    SHAPE_RAMP,
    SHAPE_STAIRS,
    SHAPE_SPIKE,
    SHAPE_SINE,
    SHAPES_COUNT,
};

enum schema_ramp_key { RAMP_FROM, RAMP_TO, RAMP_KEYS_COUNT };
enum schema_stairs_key {
    STAIRS_FROM,
    STAIRS_TO,
    STAIRS_STEPS,
    STAIRS_KEYS_COUNT
};
enum schema_spike_key {
    SPIKE_BASE,
    SPIKE_PEAK,
    SPIKE_AT,
    SPIKE_FOR,
    SPIKE_KEYS_COUNT
};
enum schema_sine_key {
    SINE_MEAN,
    SINE_AMPLITUDE,
    SINE_PERIOD,
    SINE_KEYS_COUNT
};

/* Under load.think. */
enum schema_think_key { THINK_EXPONENTIAL, THINK_KEYS_COUNT };

/* Under the path that `find` names. */
enum schema_find_key {
    FIND_FROM,
    FIND_TO,
    FIND_HOLDS,
    FIND_KEYS_COUNT,
};

enum schema_limits_key {
    LIMITS_THREADS,
    LIMITS_FDS,
    LIMITS_BY,
    LIMITS_TIME,
    LIMITS_STALL,
    LIMITS_MEMORY,
    LIMITS_KEYS_COUNT,
};

/* load.keys, where it is a mapping: one of them. */
enum schema_keys_key {
    KEYS_ZIPF,
    KEYS_HOT,
    KEYS_KEYS_COUNT,
};

enum schema_hot_key {
    HOT_USERS,
    HOT_LOOKUPS,
    HOT_KEYS_COUNT,
};

/* In the order of the enum scenario_operation. */
enum schema_operations_key {
    OPERATIONS_KEYS_COUNT = 6,
};

/* The words of load.keys stand in the order of the enum scenario_keys_kind,
 * which goes on with what is no word. The words of pool.subject, pool.shutdown
 * and limits.by stand in the order of the enums scenario_subject,
 * scenario_shutdown and scenario_by; a command is the subject after its words.
 */
extern const struct schema_mapping schema_root;
extern const struct schema_mapping schema_database;
extern const struct schema_mapping schema_bio;
extern const struct schema_mapping schema_pool;
extern const struct schema_mapping schema_load;
extern const struct schema_mapping schema_keys;
extern const struct schema_mapping schema_hot;
extern const struct schema_mapping schema_operations;
extern const struct schema_mapping schema_limits;
extern const struct schema_mapping schema_rate;
extern const struct schema_mapping schema_think;
extern const struct schema_mapping schema_find_keys;

#define SCHEMA_PHASES_MAX 100
#define SCHEMA_LOGINS_MAX 10000
#define SCHEMA_LOGIN_BYTES_MAX 63

/* The key of that name; NULL: none. */
const struct schema_key *schema_find(const struct schema_mapping *mapping,
                                     const char *name);

#endif
