/* SPDX-License-Identifier: Apache-2.0 */
#include "people/avatar.h"

#include <string.h>

#include "people/seal.h"

#define BEFORE_CALLED "Mr '"
#define BEFORE_LOGIN "' is connected under '"
#define AFTER_LOGIN "'"
#define SIZE_OF(literal) (sizeof(literal) - 1)
#define FRAME_SIZE                                                             \
    (SIZE_OF(BEFORE_CALLED) + SIZE_OF(BEFORE_LOGIN) + SIZE_OF(AFTER_LOGIN))

/* One more for the space between forname and name. */
_Static_assert((size_t)3 * PEOPLE_FIELD_MAX + FRAME_SIZE + 1 <= AVATAR_TEXT_MAX,
               "every person fits");

struct avatar_row avatar_row_of(const struct person *person) {
    return (struct avatar_row){
        .login = person->login,
        .login_size = person->login_size,
        .name = person->name,
        .name_size = person->name_size,
        .forname = person->forname,
        .forname_size = person->forname_size,
    };
}

static char *put(char *at, const char *bytes, size_t size) {
    memcpy(at, bytes, size);
    return at + size;
}

/* A column may be NULL, and memcpy() takes no NULL. */
static char *put_field(char *at, const char *bytes, size_t size) {
    if (size == 0) {
        return at;
    }
    return put(at, bytes, size <= PEOPLE_FIELD_MAX ? size : PEOPLE_FIELD_MAX);
}

void avatar_render(struct avatar *avatar, const struct avatar_row *row) {
    char *at = avatar->text;

    at = put(at, BEFORE_CALLED, SIZE_OF(BEFORE_CALLED));
    at = put_field(at, row->forname, row->forname_size);
    *at++ = ' ';
    at = put_field(at, row->name, row->name_size);
    at = put(at, BEFORE_LOGIN, SIZE_OF(BEFORE_LOGIN));
    at = put_field(at, row->login, row->login_size);
    at = put(at, AFTER_LOGIN, SIZE_OF(AFTER_LOGIN));
    *at = '\0';
    avatar->text_size = (size_t)(at - avatar->text);
}

/* The tutorial's three carry no seal, but everybody knows them. Who was given
 * another name carries one. */
static bool is_known(const struct people *people, const struct avatar *avatar,
                     const char *login, size_t login_size) {
    uint64_t index;
    struct person person;
    struct avatar expected;

    if (!people_index(people, login, login_size, &index)) {
        return false;
    }
    people_person(people, index, &person);
    const struct avatar_row row = avatar_row_of(&person);
    avatar_render(&expected, &row);
    return expected.text_size == avatar->text_size &&
           memcmp(expected.text, avatar->text, avatar->text_size) == 0;
}

static bool is_next(const char *at, const char *bytes, size_t size) {
    return memcmp(at, bytes, size) == 0;
}

bool avatar_verify(const struct people *people, const struct avatar *avatar,
                   const char *login, size_t login_size) {
    if (people->users == PEOPLE_TUTORIAL_USERS &&
        is_known(people, avatar, login, login_size)) {
        return true;
    }
    /* The login's size is known, so what is around the called part has its
     * place, whatever quotes a name may hold. */
    if (login_size > PEOPLE_FIELD_MAX ||
        avatar->text_size < FRAME_SIZE + login_size) {
        return false;
    }
    size_t called_size = avatar->text_size - FRAME_SIZE - login_size;
    const char *called = avatar->text + SIZE_OF(BEFORE_CALLED);
    const char *shown = called + called_size + SIZE_OF(BEFORE_LOGIN);

    return is_next(avatar->text, BEFORE_CALLED, SIZE_OF(BEFORE_CALLED)) &&
           is_next(called + called_size, BEFORE_LOGIN, SIZE_OF(BEFORE_LOGIN)) &&
           is_next(shown, login, login_size) &&
           is_next(shown + login_size, AFTER_LOGIN, SIZE_OF(AFTER_LOGIN)) &&
           seal_fits(&(struct seal_subject){.login = login,
                                            .login_size = login_size,
                                            .called = called,
                                            .called_size = called_size});
}
