/* SPDX-License-Identifier: Apache-2.0 */
#include "load/answers.h"

#include "people/avatar.h"
#include "people/people.h"
#include "subject/subject.h"

bool answers_check(const struct answers *answers,
                   const struct subject_request *request,
                   const struct subject_answer *answer, bool show) {
    if (!answer->found) {
        if (show) {
            (void)fprintf(answers->shown, "nobody is connected under '%s'\n",
                          request->login);
        }
        return request->user == SUBJECT_NOBODY;
    }
    struct avatar avatar;
    avatar_render(&avatar, &answer->row);
    if (show) {
        (void)fprintf(answers->shown, "%.*s\n", (int)avatar.text_size,
                      avatar.text);
    }
    return request->user != SUBJECT_NOBODY &&
           avatar_verify(answers->people, &avatar, request->login,
                         request->login_size);
}
