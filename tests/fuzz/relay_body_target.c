/* A body of POST /v1/events: taken apart to its end, each piece a document or a sentence. */
#include "fuzz.h"

#include "base/error.h"
#include "relay/callers/rule.h"
#include "relay/routes/documents.h"

#include <string.h>

static void judge(json_object *document) {
    char why[JIRASEND_ERROR_MESSAGE_SIZE] = "";
    rl_facts facts;
    if (rl_facts_read(&facts, document, why, sizeof why)) {
        FUZZ_EXPECT(facts.kind != NULL);
        FUZZ_EXPECT(facts.pipeline != NULL || facts.flag != NULL || facts.repository != NULL);
    } else {
        FUZZ_EXPECT(why[0] != '\0');
    }
    rl_facts_clear(&facts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rl_reader reader;
    rl_piece_of_text piece;
    jirasend_error error = JIRASEND_ERROR_INIT;
    size_t last = 0;
    rl_reader_begin(&reader, (const char *)data, size);
    while (rl_reader_next(&reader, &piece, &error)) {
        FUZZ_EXPECT(reader.at > last && reader.at <= size);
        last = reader.at;
        if (piece.object == NULL) {
            fuzz_expect_sentence(error.code, &error);
        } else {
            judge(piece.object);
        }
        (void)json_object_put(piece.object);
        js_error_clear(&error);
    }
    return 0;
}
