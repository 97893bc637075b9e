/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/include.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/text.h"
#include "scenario/digest.h"
#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "scenario/source.h"
#include "scenario/yaml.h"

/* Files that are being merged, the innermost first. */
struct chain {
    const struct chain *outer;
    const char *path;
    unsigned depth; /* of the scenario itself: 0 */
};

/* A file with what it includes. It is merged once, however often it is named:
 * files that name each other many times would take forever. */
struct merged {
    bool done;
    const struct node *root; /* NULL: told */
};

struct reader {
    struct problems *problems;
    const struct scenario_source *source;
    struct scenario *scenario;
    struct merged files[INCLUDE_FILES_MAX]; /* parallel to its includes */
};

/* ---- Files ---------------------------------------------------------------*/

/* scenarios/common.yaml, of common.yaml in scenarios/rush.yaml */
static const char *path_beside(struct arena *arena, const char *including,
                               const char *name) {
    const char *slash = strrchr(including, '/');
    if (*name == '/' || slash == NULL) {
        return name;
    }
    return arena_format(arena, "%.*s/%s", (int)(slash - including), including,
                        name);
}

static const struct result_include *find(const struct result_include *files,
                                         size_t files_count, const char *path) {
    for (size_t i = 0; i < files_count; i++) {
        if (strcmp(files[i].path, path) == 0) {
            return &files[i];
        }
    }
    return NULL;
}

/* What was read before is what counts: where the texts are given nothing is
 * read at all. NULL with a reason. */
static const char *read_bytes(const struct reader *reader, const char *path,
                              const char **problem_out) {
    const struct scenario_source *source = reader->source;
    struct arena *arena = reader->problems->arena;
    if (source->text != NULL) {
        const struct result_include *given =
            find(source->includes, source->includes_count, path);
        *problem_out = strerror(ENOENT);
        return given == NULL ? NULL : given->text;
    }
    struct text text;
    const char *bytes = NULL;
    text_init(&text);
    const int status = file_read(path, SOURCE_BYTES_MAX, &text);
    if (status == -EFBIG) {
        *problem_out = "larger than 1 MiB";
    } else if (status != 0) {
        *problem_out = strerror(-status);
    } else if (memchr(text.bytes, '\0', text.size) != NULL) {
        *problem_out = "there is a NUL in it";
    } else {
        bytes = arena_text(arena, text.bytes);
    }
    text_fini(&text);
    return bytes;
}

/* NULL: told. */
static const struct result_include *
read_file(struct reader *reader, const char *path, const struct node *name) {
    struct scenario *scenario = reader->scenario;
    const struct result_include *known =
        find(scenario->includes, scenario->includes_count, path);
    if (known != NULL) {
        return known;
    }
    const char *problem = NULL;
    const char *bytes = NULL;
    if (scenario->includes_count == INCLUDE_FILES_MAX) {
        problem = "there are more than 32 files";
    } else {
        bytes = read_bytes(reader, path, &problem);
    }
    if (bytes == NULL) {
        problems_add(reader->problems, name->place, "include",
                     "a path is relative to the file that it stands in",
                     "%s: %s", path, problem);
        return NULL;
    }
    scenario->includes =
        arena_more(reader->problems->arena, scenario->includes,
                   scenario->includes_count, sizeof *scenario->includes);
    struct result_include *file =
        &scenario->includes[scenario->includes_count++];
    *file = (struct result_include){
        .path = path,
        .text = bytes,
        .sha256 = digest_sha256(reader->problems->arena, bytes, strlen(bytes)),
    };
    return file;
}

/* ---- Mappings ------------------------------------------------------------*/

/* @over where both say something. */
static const struct node *merge(struct arena *arena, const struct node *under,
                                const struct node *over) {
    if (under == NULL || under->kind != NODE_MAPPING ||
        over->kind != NODE_MAPPING) {
        return over;
    }
    const struct node *merged = over;
    for (size_t i = 0; i < under->count; i++) {
        const char *key = under->keys[i]->text;
        const struct node *mine = node_find(over, key);
        merged = mine == NULL ? node_with_key(arena, merged, under->keys[i],
                                              under->items[i])
                              : node_with(arena, merged, key,
                                          merge(arena, under->items[i], mine));
    }
    return merged;
}

static const struct node *merge_all(struct reader *reader,
                                    const struct node *mapping,
                                    const struct chain *chain);

/* The line of the scenario itself by which all this came. */
static unsigned line_of(const struct node *name) {
    return name->place.file != NULL ? name->place.file->line : name->place.line;
}

static bool check_chain(struct reader *reader, const struct chain *chain,
                        const char *path, const struct node *name) {
    for (const struct chain *file = chain; file != NULL; file = file->outer) {
        if (strcmp(file->path, path) == 0) {
            problems_add(reader->problems, name->place, "include", NULL,
                         "%s includes itself", path);
            return false;
        }
    }
    if (chain->depth == INCLUDE_DEPTH_MAX) {
        problems_add(reader->problems, name->place, "include", NULL,
                     "files are included more than %d deep", INCLUDE_DEPTH_MAX);
        return false;
    }
    return true;
}

/* NULL: told. */
static const struct node *merge_file(struct reader *reader,
                                     const struct result_include *file,
                                     const struct node *name,
                                     const struct chain *chain) {
    struct arena *arena = reader->problems->arena;
    struct place_file *place_file = arena_alloc(arena, sizeof *place_file);
    *place_file = (struct place_file){
        .path = chain->path,
        .text = source_skip_mark(file->text),
        .line = line_of(name),
    };
    const struct node *root =
        yaml_read(place_file->text, strlen(place_file->text),
                  (struct place){.file = place_file}, reader->problems);
    if (root != NULL && root->kind != NODE_MAPPING) {
        problems_add(reader->problems, root->place, NULL,
                     "an included file has the keys of a scenario",
                     "expected a mapping, got %s",
                     node_description(arena, root));
        return NULL;
    }
    return root == NULL ? NULL : merge_all(reader, root, chain);
}

/* NULL: told. */
static const struct node *read_one(struct reader *reader,
                                   const struct node *name,
                                   const struct chain *chain) {
    struct arena *arena = reader->problems->arena;
    if (name->kind != NODE_SCALAR || *name->text == '\0') {
        problems_add(reader->problems, name->place, "include",
                     "write it as include: common.yaml",
                     "expected the path of a file, or a list of such, got %s",
                     node_description(arena, name));
        return NULL;
    }
    const char *path = path_beside(arena, chain->path, name->text);
    const struct chain inner = {chain, path, chain->depth + 1};
    if (!check_chain(reader, chain, path, name)) {
        return NULL;
    }
    const struct result_include *file = read_file(reader, path, name);
    if (file == NULL) {
        return NULL;
    }
    struct merged *merged = &reader->files[file - reader->scenario->includes];
    if (!merged->done) {
        *merged = (struct merged){
            .done = true,
            .root = merge_file(reader, file, name, &inner),
        };
    }
    return merged->root;
}

static const struct node *merge_all(struct reader *reader,
                                    const struct node *mapping,
                                    const struct chain *chain) {
    struct arena *arena = reader->problems->arena;
    const struct node *names = node_find(mapping, "include");
    const struct node *under = NULL;
    if (names == NULL) {
        return mapping;
    }
    const bool list = names->kind == NODE_LIST;
    for (size_t i = 0; i < (list ? names->count : 1); i++) {
        const struct node *file =
            read_one(reader, list ? names->items[i] : names, chain);
        under = file == NULL ? under : merge(arena, under, file);
    }
    return merge(arena, under, node_without(arena, mapping, "include"));
}

const struct node *include_merge(struct problems *problems,
                                 const struct node *root,
                                 const struct scenario_source *source,
                                 struct scenario *scenario) {
    struct reader reader = {
        .problems = problems,
        .source = source,
        .scenario = scenario,
    };
    const struct chain chain = {NULL, scenario->path, 0};
    return merge_all(&reader, root, &chain);
}
