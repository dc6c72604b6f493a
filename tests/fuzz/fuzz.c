#include "fuzz.h"

#include "base/text.h"
#include "event/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_expect(bool promise, const char *words, const char *file, int line) {
    if (!promise) {
        (void)fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, words);
        abort();
    }
}

void fuzz_expect_showable(const char *text) {
    FUZZ_EXPECT(text != NULL);
    FUZZ_EXPECT(js_utf8_valid(text, strlen(text)));
    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at == 0x7F) {
            (void)fprintf(stderr, "%s\n", text);
        }
        FUZZ_EXPECT((unsigned char)*at >= 0x20 && (unsigned char)*at != 0x7F);
    }
}

void fuzz_expect_sentence(jirasend_code code, const jirasend_error *error) {
    FUZZ_EXPECT(code != JIRASEND_OK);
    FUZZ_EXPECT(error->code == code);
    if (code == JIRASEND_E_INTERNAL || code == JIRASEND_E_MEMORY) {
        (void)fprintf(stderr, "%s\n", error->message);
    }
    FUZZ_EXPECT(code != JIRASEND_E_INTERNAL && code != JIRASEND_E_MEMORY);
    FUZZ_EXPECT(error->message[0] != '\0');
    fuzz_expect_showable(error->message);
}

void fuzz_expect_json(const char *text) {
    FUZZ_EXPECT(text != NULL);
    json_object *value = js_json_parse(text, strlen(text), JS_JSON_STRICT, NULL);
    FUZZ_EXPECT(value != NULL);
    json_object_put(value);
}

char *fuzz_text(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    FUZZ_EXPECT(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    return text;
}
