/* The outbox as auth sees it. */
#include "delivery/access_store.h"

static void cloud_id_get(void *self, const char *site, char cloud_id[JS_CLOUD_ID_SIZE]) {
    js_outbox *outbox = self;
    if (outbox->ops->cloud_id_get(outbox, site, cloud_id, JS_CLOUD_ID_SIZE, NULL) != JIRASEND_OK) {
        cloud_id[0] = '\0';
    }
}

static void cloud_id_put(void *self, const char *site, const char *cloud_id) {
    js_outbox *outbox = self;
    (void)outbox->ops->cloud_id_put(outbox, site, cloud_id, NULL);
}

static jirasend_code fingerprint(void *self, const void *bytes, size_t length,
                                 uint64_t *fingerprint, jirasend_error *error) {
    js_outbox *outbox = self;
    return outbox->ops->fingerprint(outbox, bytes, length, fingerprint, error);
}

js_access_memory js_access_store_in(js_outbox *outbox) {
    return (js_access_memory){outbox, cloud_id_get, cloud_id_put, fingerprint};
}
