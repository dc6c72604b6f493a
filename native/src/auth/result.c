#include "auth/result.h"

#include "payload/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_words(js_result *result, const char *words) {
    (void)snprintf(result->words, sizeof result->words, "%s", words);
}

void js_result_of(js_result *result, js_question question, const js_net_answer *answer) {
    memset(result, 0, sizeof *result);
    result->question = question;
    result->failure = answer->failure;
    result->status = answer->status;
    result->retry_after_ms = answer->retry_after_ms;
    result->rate_reset_ms = answer->rate_reset_ms;
    memcpy(result->location_host, answer->location_host, sizeof result->location_host);
    if (answer->failure != JS_NET_ANSWERED) {
        put_words(result, answer->message);
    } else if (answer->status >= 400 && answer->body.data != NULL) {
        char *words = js_answer_words(answer->body.data, answer->body.length);
        put_words(result, words != NULL ? words : "");
        free(words);
    }
}

void js_result_nonsense(js_result *result, const char *why) {
    result->nonsense = true;
    put_words(result, why);
}
