/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario/json_schema.h"

#include <getopt.h>
#include <stdio.h>

#include "base/text.h"
#include "command/command.h"

static const char usage[] =
    "usage: plunge schema\n\n"
    "Prints the JSON Schema (2020-12) of scenario files, for editors. What it "
    "refuses\n"
    "is wrong; what it takes is judged by `plunge check`.\n\n"
    "      --help           this text\n\n"
    "Exit status: 0; 2 the command line is wrong, 3 nobody reads it.\n";

static const struct option options[] = {
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

int command_schema(int argc, char **argv) {
    int option = getopt_long(argc, argv, "h", options, NULL);
    if (option == 'h') {
        (void)fputs(usage, stdout);
        return COMMAND_OK;
    }
    if (option != -1) {
        return command_usage_error("schema");
    }
    if (optind != argc) {
        (void)fprintf(stderr, "plunge: schema: takes no argument\n");
        return COMMAND_WRONG_INPUT;
    }
    struct text text;
    text_init(&text);
    json_schema_write(&text);
    (void)fputs(text.bytes, stdout);
    text_fini(&text);
    return COMMAND_OK;
}
