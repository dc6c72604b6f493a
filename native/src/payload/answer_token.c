/* Tokens: Jira's own, and those that a CI gives for a relay. */
#include "payload/answer.h"

#include "base/base64url.h"
#include "base/error.h"
#include "event/json.h"
#include "payload/answer_json.h"

#include <string.h>

enum { TOKEN_MAX = 16 * 1024, SHORT_LIFE_S = 60, YEAR_S = 365 * 24 * 3600 };

/* It goes into a header: visible ASCII only. */
static bool token_usable(const char *token) {
    size_t length = strlen(token);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)token[i];
        if (c <= 0x20 || c >= 0x7F) {
            return false;
        }
    }
    return length > 0 && length <= TOKEN_MAX;
}

static int64_t lifetime_s(json_object *value) {
    int64_t seconds = 0;
    if (!js_answer_number(value, &seconds) || seconds <= 0 || seconds > YEAR_S) {
        return SHORT_LIFE_S;
    }
    return seconds;
}

jirasend_code js_answer_token(js_token_answer *answer, const char *body, size_t length,
                              jirasend_error *error) {
    *answer = (js_token_answer){JS_SECRET_INIT, 0};
    json_object *object = NULL;
    jirasend_code code = js_answer_object(&object, body, length, "The answer to the token request",
                                          JIRASEND_E_NETWORK, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    json_object *value = js_answer_member(object, "access_token");
    const char *token = js_answer_text(value);
    if (token == NULL || !token_usable(token)) {
        code =
            js_fail(error, JIRASEND_E_NETWORK,
                    "The answer to the token request contains no usable access_token. It will be "
                    "asked for again.");
    } else if (!js_secret_set(&answer->token, token, strlen(token))) {
        code = js_fail_memory(error);
    } else {
        answer->lifetime_ms = lifetime_s(js_answer_member(object, "expires_in")) * 1000;
    }
    js_json_wipe(value); /* a copy that must not outlive the reading */
    json_object_put(object);
    return code;
}

/* From when it was issued until it ends, by its own words: clocks need not agree for that. */
static int64_t own_lifetime_s(const char *token) {
    const char *payload = strchr(token, '.');
    const char *end = payload != NULL ? strchr(payload + 1, '.') : NULL;
    js_buf text = JS_BUF_INIT;
    text.secret = true;
    int64_t issued = 0, ends = 0;
    json_object *claims = NULL;
    if (end != NULL && js_base64url_read(&text, payload + 1, (size_t)(end - payload - 1))) {
        claims = js_json_parse(text.data, text.length, JS_JSON_ANSWER, NULL);
    }
    bool told = js_answer_number(js_answer_member(claims, "exp"), &ends) &&
                js_answer_number(js_answer_member(claims, "iat"), &issued);
    int64_t seconds = told && issued > 0 && ends > issued ? ends - issued : SHORT_LIFE_S;
    json_object_put(claims);
    js_buf_clear(&text);
    return seconds <= YEAR_S ? seconds : SHORT_LIFE_S;
}

jirasend_code js_answer_id_token(js_token_answer *answer, const char *body, size_t length,
                                 jirasend_error *error) {
    *answer = (js_token_answer){JS_SECRET_INIT, 0};
    json_object *object = NULL;
    jirasend_code code = js_answer_object(&object, body, length, "The answer with the ID token",
                                          JIRASEND_E_NETWORK, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    json_object *value = js_answer_member(object, "value");
    const char *token = js_answer_text(value);
    if (token == NULL || !token_usable(token)) {
        code =
            js_fail(error, JIRASEND_E_NETWORK,
                    "The answer with the ID token contains no usable value. It will be asked for "
                    "again.");
    } else if (!js_secret_set(&answer->token, token, strlen(token))) {
        code = js_fail_memory(error);
    } else {
        answer->lifetime_ms = own_lifetime_s(token) * 1000;
    }
    js_json_wipe(value);
    json_object_put(object);
    return code;
}
