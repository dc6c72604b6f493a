/* What token and cloud id have in common. */
#include "auth/access_internal.h"

void js_lookup_fail(js_lookup *lookup, js_question question, const char *why) {
    js_net_answer nothing = {.failure = JS_NET_UNREACHED};
    js_result_of(&lookup->why, question, &nothing);
    js_result_nonsense(&lookup->why, why);
    lookup->failed = true;
}

const char *js_login_api_url(const js_access *access, const js_login *login) {
    return login != NULL && login->api_url != NULL ? login->api_url : access->api_url;
}
