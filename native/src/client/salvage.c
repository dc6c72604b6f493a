/* Reading what is left of a damaged outbox. */
#include "client/client_internal.h"

#include "base/error.h"
#include "event/json.h"
#include "outbox/sqlite/salvage.h"

#include <jirasend/outbox.h>

/* The two lists of the report. */
typedef struct lists {
    json_object *doubtful, *lost;
} lists;

static bool add_lost(void *context, int64_t id, const char *pipeline, int64_t number) {
    json_object *entry = js_json_append_object(((lists *)context)->lost);
    return entry != NULL && js_json_put_number(entry, "id", id) &&
           js_json_put_text(entry, "pipelineId", pipeline) &&
           js_json_put_number(entry, "number", number);
}

static bool add_doubtful(void *context, int64_t id, const char *text, size_t length) {
    js_buf document = JS_BUF_INIT;
    js_buf_add(&document, text, length);
    json_object *entry =
        document.failed ? NULL : js_json_append_object(((lists *)context)->doubtful);
    bool good = entry != NULL && js_json_put_number(entry, "id", id) &&
                js_json_put_text(entry, "document", document.data);
    js_buf_clear(&document);
    return good;
}

static jirasend_code salvage_into(jirasend_client *client, const char *folder, char **report,
                                  jirasend_error *error) {
    if (folder == NULL || folder[0] == '\0') {
        return js_fail(error, JIRASEND_E_ARGUMENT, "The folder of the damaged outbox is needed.");
    }
    json_object *document = json_object_new_object();
    lists found = {js_json_put_array(document, "doubtful"), js_json_put_array(document, "lost")};
    if (found.doubtful == NULL || found.lost == NULL) {
        json_object_put(document);
        return js_fail_memory(error);
    }
    js_salvage salvage = {.unsure = add_doubtful, .lost = add_lost, .context = &found};
    jirasend_code code =
        js_sqlite_salvage(client->outbox, folder, js_wall_ms(&client->world), &salvage, error);
    client->net->ops->wake(client->net);
    if (code != JIRASEND_OK) {
        json_object_put(document);
        return code;
    }
    bool good = js_json_put_number(document, "waiting", salvage.waiting) &&
                js_json_put_number(document, "dead", salvage.dead) &&
                js_json_put_number(document, "known", salvage.known) &&
                js_json_put_number(document, "missing", salvage.missing);
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, document, good);
    return js_hand_out(&out, report, error);
}

jirasend_code jirasend_outbox_salvage(jirasend_client *client, const char *folder, char **report,
                                      jirasend_error *error) {
    if (report == NULL) {
        return js_fail_nowhere(error);
    }
    *report = NULL;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, salvage_into(client, folder, report, error))
                               : code;
}
