/* Keys that are derived from the outbox's own. */
#include "base/buf.h"
#include "base/error.h"
#include "client/client_internal.h"

#include <string.h>

enum { PIECES = 4 }; /* of 64 bits each */

static void write_piece(unsigned char *out, uint64_t piece) {
    for (int i = 7; i >= 0; i--, piece >>= 8U) {
        out[i] = (unsigned char)(piece & 0xFFU);
    }
}

/* What fingerprints of credentials are made of holds line breaks; a name holds none. */
static jirasend_code derive(jirasend_client *client, const char *name, unsigned char *key,
                            jirasend_error *error) {
    jirasend_code code = JIRASEND_OK;
    for (int i = 0; i < PIECES && code == JIRASEND_OK; i++) {
        js_buf text = JS_BUF_INIT;
        js_buf_addf(&text, "key %d of ", i);
        js_buf_add_text(&text, name);
        uint64_t piece = 0;
        code = text.failed ? js_fail_memory(error)
                           : client->outbox->ops->fingerprint(client->outbox, text.data,
                                                              text.length, &piece, error);
        js_buf_clear(&text);
        write_piece(key + (size_t)i * sizeof piece, piece);
    }
    return code;
}

jirasend_code jirasend_client_key(jirasend_client *client, const char *name,
                                  unsigned char key[JIRASEND_KEY_SIZE], jirasend_error *error) {
    jirasend_code code = js_enter(client, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    if (name == NULL || name[0] == '\0' || strchr(name, '\n') != NULL) {
        return js_leave(client, js_fail(error, JIRASEND_E_ARGUMENT,
                                        "The key needs a name without line breaks."));
    }
    return js_leave(client, derive(client, name, key, error));
}
