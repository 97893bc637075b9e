/* SPDX-License-Identifier: Apache-2.0 */
#include "database/table.h"

#include "database/database.h"

#define TABLE                                                                  \
    "CREATE TABLE users (login TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL," \
    " forname TEXT NOT NULL"
#define BIO ", bio TEXT NOT NULL DEFAULT ''"
#define WITHOUT_ROWID " WITHOUT ROWID"

const char *table_sql(const struct database_options *options) {
    if (options->bio.median == 0) {
        return options->form.without_rowid ? TABLE ")" WITHOUT_ROWID
                                           : TABLE ")";
    }
    return options->form.without_rowid ? TABLE BIO ")" WITHOUT_ROWID
                                       : TABLE BIO ")";
}
