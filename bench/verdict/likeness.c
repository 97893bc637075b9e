/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/likeness.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/quantity.h"
#include "verdict/outline.h"

/* A kernel takes a little of the memory for itself, more or less of it. */
#define MEMORY_SHARE 0.02

struct comparing {
    const struct result *base;
    const struct result *newer;
    struct arena *arena;
};

/* NULL is equal to NULL alone. */
static bool same_text(const char *one, const char *other) {
    if (one == NULL || other == NULL) {
        return one == other;
    }
    return strcmp(one, other) == 0;
}

static const char *or_none(const char *text) {
    return text == NULL ? "nothing" : text;
}

/* ---- The scenario -------------------------------------------------------- */

/* Compares two texts line by line; false: alike. What is expected, and what is
 * said in comments, changes nothing that is measured. */
static const char *compare_texts(const char *name, const char *base,
                                 const char *newer, struct arena *arena) {
    struct outline one = outline_of(base);
    struct outline other = outline_of(newer);
    bool more = false;
    do {
        more = outline_next(&one);
        more = outline_next(&other) || more;
        if (one.size != other.size ||
            strncmp(one.line, other.line, one.size) != 0) {
            return arena_format(
                arena,
                "line %u of %s is %s in the first, line %u is %s in the "
                "second",
                one.number, name, outline_quote(&one, arena), other.number,
                outline_quote(&other, arena));
        }
    } while (more);
    return NULL;
}

static const char *compare_files(const char *name, const char *base,
                                 const char *newer, const char *base_sha256,
                                 const char *newer_sha256,
                                 struct arena *arena) {
    if (base != NULL && newer != NULL) {
        return compare_texts(name, base, newer, arena);
    }
    return same_text(base_sha256, newer_sha256)
               ? NULL
               : arena_format(arena,
                              "%s has the SHA-256 %s in the first and %s in "
                              "the second",
                              name, or_none(base_sha256),
                              or_none(newer_sha256));
}

static const char *compare_includes(const struct comparing *c) {
    const struct result_scenario *base = &c->base->scenario;
    const struct result_scenario *newer = &c->newer->scenario;
    if (base->includes_count != newer->includes_count) {
        return arena_format(c->arena,
                            "the first includes %zu files, the second %zu",
                            base->includes_count, newer->includes_count);
    }
    for (size_t i = 0; i < base->includes_count; i++) {
        const struct result_include *one = &base->includes[i];
        const struct result_include *other = &newer->includes[i];
        const char *why = compare_files(one->path, one->text, other->text,
                                        one->sha256, other->sha256, c->arena);
        if (why != NULL) {
            return why;
        }
    }
    return NULL;
}

/* How often a cell was run makes no other scenario of it. */
static bool is_of_the_scenario(const struct result_setting *setting) {
    return strcmp(setting->key, "blocks") != 0;
}

static const char *set_to(const struct result_scenario *scenario,
                          const char *key) {
    const char *value = NULL;
    for (size_t i = 0; i < scenario->set_count; i++) {
        if (strcmp(scenario->set[i].key, key) == 0) {
            value = scenario->set[i].value; /* the last one applies */
        }
    }
    return value;
}

static const char *compare_set(const struct comparing *c,
                               const struct result_scenario *keys) {
    for (size_t i = 0; i < keys->set_count; i++) {
        const char *key = keys->set[i].key;
        const char *base = set_to(&c->base->scenario, key);
        const char *newer = set_to(&c->newer->scenario, key);
        if (is_of_the_scenario(&keys->set[i]) && !same_text(base, newer)) {
            return arena_format(c->arena,
                                "-s has set %s to %s in the first and to %s "
                                "in the second",
                                key, or_none(base), or_none(newer));
        }
    }
    return NULL;
}

static const char *tool_of(const struct result *result) {
    for (size_t i = 0; i < result->cells_count; i++) {
        if (result->cells[i].under.given) {
            return result->cells[i].under.tool;
        }
    }
    return NULL;
}

static const char *compare_scenarios(const struct comparing *c) {
    const struct result_scenario *base = &c->base->scenario;
    const struct result_scenario *newer = &c->newer->scenario;
    const char *why = compare_files("the scenario", base->text, newer->text,
                                    base->sha256, newer->sha256, c->arena);
    why = why != NULL ? why : compare_includes(c);
    why = why != NULL ? why : compare_set(c, base);
    why = why != NULL ? why : compare_set(c, newer);
    if (why != NULL) {
        return why;
    }
    if (c->base->seed != c->newer->seed) {
        return arena_format(c->arena,
                            "the seed is %" PRIu64 " in the first and %" PRIu64
                            " in the second",
                            c->base->seed, c->newer->seed);
    }
    if (!same_text(tool_of(c->base), tool_of(c->newer))) {
        return arena_format(
            c->arena, "the first ran under %s, the second under %s",
            or_none(tool_of(c->base)), or_none(tool_of(c->newer)));
    }
    return NULL;
}

/* ---- The machine --------------------------------------------------------- */

static const struct result_fact *find_fact(const struct result *result,
                                           const char *name) {
    for (size_t i = 0; i < result->environment_count; i++) {
        if (strcmp(result->environment[i].name, name) == 0) {
            return &result->environment[i];
        }
    }
    return NULL;
}

const char *likeness_fact(const struct result *result, const char *name,
                          struct arena *arena) {
    const struct result_fact *fact = find_fact(result, name);
    if (fact == NULL) {
        return NULL;
    }
    return fact->text != NULL || isnan(fact->number)
               ? fact->text
               : arena_format(arena, "%.15g", fact->number);
}

static const char *compare_fact(const struct comparing *c, const char *name) {
    const char *base = likeness_fact(c->base, name, c->arena);
    const char *newer = likeness_fact(c->newer, name, c->arena);
    return same_text(base, newer)
               ? NULL
               : arena_format(c->arena,
                              "%s is %s in the first and %s in the second",
                              name, or_none(base), or_none(newer));
}

static const char *compare_memory(const struct comparing *c) {
    const struct result_fact *base = find_fact(c->base, "memory_bytes");
    const struct result_fact *newer = find_fact(c->newer, "memory_bytes");
    char one[QUANTITY_SIZE];
    char other[QUANTITY_SIZE];
    if (base == NULL || newer == NULL ||
        fabs(base->number - newer->number) <= MEMORY_SHARE * base->number) {
        return NULL;
    }
    return arena_format(
        c->arena, "memory is %s in the first and %s in the second",
        quantity_size(one, base->number), quantity_size(other, newer->number));
}

static const char *compare_machines(const struct comparing *c) {
    static const char *const names[] = {"processor", "cores", "hypervisor",
                                        "variant"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *why = compare_fact(c, names[i]);
        if (why != NULL) {
            return why;
        }
    }
    return compare_memory(c);
}

/* What nobody knows is not the same. */
static const char *compare_boots(const struct comparing *c) {
    const char *base = likeness_fact(c->base, "boot_id", c->arena);
    if (base == NULL ||
        !same_text(base, likeness_fact(c->newer, "boot_id", c->arena))) {
        return "not decided: taken in another boot of the machine, which times "
               "do not survive: use --vs";
    }
    return compare_fact(c, "governor");
}

/* ---- What is told beside --------------------------------------------------
 */

static void remark(const struct comparing *c, struct likeness *likeness,
                   const char *text) {
    likeness->remarks =
        arena_more(c->arena, likeness->remarks, likeness->remarks_count,
                   sizeof *likeness->remarks);
    likeness->remarks[likeness->remarks_count++] =
        (struct result_remark){.text = text};
}

static void remark_facts(const struct comparing *c, struct likeness *likeness) {
    static const char *const names[] = {"kernel", "libc", "sqlite", "libuv",
                                        "compiler"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = compare_fact(c, names[i]);
        if (text != NULL) {
            remark(c, likeness, text);
        }
    }
}

static void remark_verdict(const struct comparing *c, struct likeness *likeness,
                           const char *which, enum result_verdict verdict) {
    if (verdict == RESULT_PARTIAL || verdict == RESULT_ERROR) {
        remark(c, likeness,
               arena_format(c->arena, "the %s is not whole: its verdict is %s",
                            which, result_verdict_name(verdict)));
    }
}

struct likeness likeness_of(const struct result *base,
                            const struct result *newer, struct arena *arena) {
    const struct comparing c = {base, newer, arena};
    struct likeness likeness = {
        .scenario = compare_scenarios(&c),
        .machine = compare_machines(&c),
        .boot = compare_boots(&c),
    };
    if (!same_text(base->version, newer->version)) {
        remark(&c, &likeness,
               arena_format(arena,
                            "plunge is %s in the first and %s in the second",
                            or_none(base->version), or_none(newer->version)));
    }
    remark_facts(&c, &likeness);
    remark_verdict(&c, &likeness, "first", base->verdict);
    remark_verdict(&c, &likeness, "second", newer->verdict);
    return likeness;
}
