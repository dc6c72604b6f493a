/*
 * An outbox folder that somebody or something has written into. The first byte says what: a whole
 * database (d), some bytes of one (p, and P where it counts as large), a whole write-ahead log (W),
 * some bytes of one whose checksums are then made right again (w), the mark (m). Whatever is in
 * there: it opens and works, or it is refused with a sentence and can be salvaged.
 */
#include "fuzz.h"
#include "outbox_image.h"

#include "outbox/outbox.h"
#include "outbox/sqlite/salvage.h"

#include <stdlib.h>
#include <string.h>

enum { PATCH_SIZE = 4, LIST = 20 };

/* Three bytes say where, the fourth says what. */
static void patch(image *in, const uint8_t *data, size_t size) {
    for (; size >= PATCH_SIZE && in->size > 0; data += PATCH_SIZE, size -= PATCH_SIZE) {
        size_t at = ((size_t)data[0] << 16U) + ((size_t)data[1] << 8U) + data[2];
        in->bytes[at % in->size] = data[3];
    }
}

static bool lay_out(uint8_t mode, const uint8_t *data, size_t size) {
    image database = outbox_image(IMAGE_DATABASE);
    image log = outbox_image(IMAGE_LOG);
    bool with_log = false;
    switch (mode) {
    case 'd':
        (void)memcpy(database.bytes, data, size < database.size ? size : database.size);
        database.size = size < database.size ? size : database.size;
        break;
    case 'p':
    case 'P':
        patch(&database, data, size);
        break;
    case 'W':
        (void)memcpy(log.bytes, data, size < log.size ? size : log.size);
        log.size = size < log.size ? size : log.size;
        with_log = true;
        break;
    case 'w':
        patch(&log, data, size);
        outbox_image_sum(&log);
        with_log = true;
        break;
    case 'm':
        outbox_file("outbox.mark", data, size);
        break;
    default:
        return false;
    }
    outbox_file("outbox.db", database.bytes, database.size);
    if (with_log) {
        outbox_file("outbox.db-wal", log.bytes, log.size);
    }
    return true;
}

/* ---- what a client does ---- */

static bool went(jirasend_code code, const jirasend_error *error) {
    if (code != JIRASEND_OK) {
        fuzz_expect_sentence(code, error);
        FUZZ_EXPECT(code == JIRASEND_E_STORAGE || code == JIRASEND_E_REFUSED ||
                    code == JIRASEND_E_NOT_FOUND || code == JIRASEND_E_CLOSED);
    }
    return code == JIRASEND_OK;
}

static void send_lane(js_outbox *outbox, const js_lane *lane, int64_t now_ms) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    int64_t fence = 0;
    if (!went(outbox->ops->claim(outbox, lane, &fence, &error), &error)) {
        return;
    }
    js_batch_limits limits = {100, 1 << 20, now_ms, true, 0, false};
    js_batch batch = {0};
    js_stop stop = {0};
    if (went(outbox->ops->next_batch(outbox, lane, &limits, &batch, &error), &error)) {
        js_outcome outcomes[100];
        FUZZ_EXPECT(batch.count <= 100);
        for (size_t i = 0; i < batch.count; i++) {
            js_status status = i % 2 == 0 ? JS_STATUS_ACCEPTED : JS_STATUS_REJECTED;
            outcomes[i] = (js_outcome){
                .id = batch.items[i].id, .status = status, .sent = true, .http_status = 202};
            FUZZ_EXPECT(batch.items[i].event.of.run.pipeline_id != NULL);
        }
        (void)went(outbox->ops->settle(outbox, lane, fence, outcomes, batch.count, &stop, NULL,
                                       now_ms, &error),
                   &error);
        js_batch_clear(&batch);
    }
    outbox->ops->release(outbox, lane, fence, false);
}

static void send_all(js_outbox *outbox, int64_t now_ms) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_lane_view *views = NULL;
    size_t count = 0;
    if (went(outbox->ops->lanes(outbox, now_ms, &views, &count, &error), &error)) {
        for (size_t i = 0; i < count && i < LIST; i++) {
            send_lane(outbox, &views[i].lane, now_ms);
        }
        free(views);
    }
}

static void look(js_outbox *outbox) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_receipt *receipts = NULL;
    size_t count = 0;
    js_counts counts;
    if (went(outbox->ops->list(outbox, 0, LIST, &receipts, &count, &error), &error)) {
        FUZZ_EXPECT(count <= LIST);
        js_receipts_free(receipts, count);
    }
    (void)went(outbox->ops->counts(outbox, &counts, &error), &error);
    for (int64_t id = 1; id <= OUTBOX_IMAGE_EVENTS + 1; id++) {
        js_receipt receipt;
        if (went(outbox->ops->receipt(outbox, id, &receipt, &error), &error)) {
            js_receipt_clear(&receipt);
        }
    }
    int64_t cursor = 0;
    js_receipt receipt;
    for (int i = 0; i < LIST; i++) {
        int64_t before = cursor;
        if (!went(outbox->ops->next_settled(outbox, &cursor, &receipt, &error), &error)) {
            break;
        }
        FUZZ_EXPECT(cursor > before);
        js_receipt_clear(&receipt);
    }
}

static void use(js_outbox *outbox, int64_t now_ms) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    look(outbox);
    (void)went(outbox_put(outbox, 1, &error), &error);
    (void)went(outbox->ops->drop(outbox, 2, now_ms, &error), &error);
    send_all(outbox, now_ms);
    (void)went(outbox->ops->retry(outbox, 0, NULL, now_ms, &error), &error);
    (void)went(outbox->ops->tidy(outbox, now_ms + INT64_C(31) * 86400000, &error), &error);
    look(outbox);
}

static bool unsure(void *context, int64_t id, const char *text, size_t length) {
    (void)context;
    (void)id;
    FUZZ_EXPECT(text != NULL && length > 0);
    return true;
}

static bool lost(void *context, int64_t id, const char *pipeline, int64_t number) {
    (void)context;
    (void)number;
    FUZZ_EXPECT(id > 0 && (pipeline == NULL || strlen(pipeline) < 100000));
    return true;
}

static void salvage(int64_t now_ms) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_outbox *into = outbox_open_new();
    js_salvage report = {.unsure = unsure, .lost = lost};
    jirasend_code code = js_sqlite_salvage(into, outbox_folder(), now_ms, &report, &error);
    if (went(code, &error)) {
        send_all(into, now_ms);
    }
    into->ops->close(into);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    outbox_clear();
    if (!lay_out(data[0], data + 1, size - 1)) {
        return 0;
    }
    jirasend_error error = JIRASEND_ERROR_INIT;
    js_outbox *outbox = NULL;
    jirasend_code code = outbox_open(&outbox, data[0] == 'P', &error);
    if (code == JIRASEND_OK) {
        use(outbox, OUTBOX_IMAGE_MS);
        outbox->ops->close(outbox);
    } else {
        FUZZ_EXPECT(outbox == NULL);
        fuzz_expect_sentence(code, &error);
        FUZZ_EXPECT(code == JIRASEND_E_STORAGE || code == JIRASEND_E_REFUSED);
    }
    if (code != JIRASEND_OK || size % 8 == 1) {
        salvage(OUTBOX_IMAGE_MS);
    }
    return 0;
}
