/* Jira's own words in an answer, for people. */
#include "payload/answer.h"

#include "base/buf.h"
#include "base/text.h"
#include "event/json.h"
#include "payload/answer_json.h"
#include "payload/words.h"

#include <stdlib.h>
#include <string.h>

/* Longer texts only make work: what is shown is cut anyway. */
void js_words_escape(js_buf *words, const char *text) {
    js_text_escape(words, text, js_utf8_cut(text, strlen(text), JS_WORDS_MAX));
}

void js_words_add(js_buf *words, const char *text) {
    if (text == NULL || text[0] == '\0' || words->length > JS_WORDS_MAX) {
        return;
    }
    if (words->length > 0) {
        js_buf_add_text(words, "; ");
    }
    js_words_escape(words, text);
}

char *js_words_take(js_buf *words) {
    static const char ellipsis[] = "…";
    if (words->failed || words->length == 0) {
        js_buf_clear(words);
        return NULL;
    }
    if (words->length > JS_WORDS_MAX) {
        size_t cut = JS_WORDS_MAX - (sizeof ellipsis - 1);
        while (cut > 0 && ((unsigned char)words->data[cut] & 0xC0U) == 0x80U) {
            cut--; /* not inside a character */
        }
        words->length = cut;
        js_buf_add_text(words, ellipsis);
    }
    return js_buf_take(words);
}

/* A text, or an object that carries one as its message. */
static void add_item(js_buf *words, json_object *item) {
    const char *text = js_answer_text(item);
    if (text == NULL && json_object_is_type(item, json_type_object)) {
        text = js_answer_text(js_answer_member(item, "message"));
    }
    js_words_add(words, text);
}

/* A list of items, or an object of them by field name, as Jira's older APIs write it. */
static void add_items(js_buf *words, json_object *items) {
    if (json_object_is_type(items, json_type_array)) {
        size_t count = json_object_array_length(items);
        for (size_t i = 0; i < count && words->length <= JS_WORDS_MAX; i++) {
            add_item(words, json_object_array_get_idx(items, i));
        }
    } else if (json_object_is_type(items, json_type_object)) {
        json_object_object_foreach(items, name, item) {
            (void)name;
            add_item(words, item);
        }
    }
}

static void add_object(js_buf *words, json_object *object) {
    js_words_add(words, js_answer_text(js_answer_member(object, "message")));
    const char *detail = js_answer_text(js_answer_member(object, "detail")); /* RFC 9457 */
    if (detail != NULL) {
        js_words_add(words, detail); /* which says the first of its errors */
        return;
    }
    add_items(words, js_answer_member(object, "errorMessages"));
    add_items(words, js_answer_member(object, "errors"));
    js_words_add(words, js_answer_text(js_answer_member(object, "error")));
    js_words_add(words, js_answer_text(js_answer_member(object, "error_description")));
}

char *js_answer_words(const char *body, size_t length) {
    if (body == NULL || length == 0) {
        return NULL;
    }
    json_object *answer = js_json_parse(body, length, JS_JSON_ANSWER, NULL);
    js_buf words = JS_BUF_INIT;
    if (json_object_is_type(answer, json_type_array)) {
        add_items(&words, answer);
    } else if (json_object_is_type(answer, json_type_object)) {
        add_object(&words, answer);
    }
    json_object_put(answer);
    return js_words_take(&words);
}
