/* By which id Jira knows a repository. */
#include "client/things.h"

#include "base/error.h"
#include "payload/wire.h"

#include <jirasend/history.h>

/* Its id as documents have it. */
static jirasend_code read_repository(const jirasend_client *client, const js_site *site,
                                     const char *url, js_event *event, jirasend_error *error) {
    json_object *document = json_object_new_object();
    js_buf text = JS_BUF_INIT;
    bool good = js_json_put_text(document, "kind", js_kind_name(JS_KIND_REPOSITORY)) &&
                js_json_put_text(document, "site", site->name) &&
                js_json_put_text(js_json_put_object(document, "repository"), "url", url);
    js_json_write_built(&text, document, good);
    jirasend_code code = text.failed ? js_fail_memory(error)
                                     : js_thing_read(client, event, text.data, text.length, error);
    js_buf_clear(&text);
    return code;
}

static jirasend_code repository_id(jirasend_client *client, const char *site_text, const char *url,
                                   char **id, jirasend_error *error) {
    js_site site;
    js_event event;
    bool knows = false;
    jirasend_code code = js_client_site(client, site_text, &site, error);
    if (code == JIRASEND_OK) {
        code = read_repository(client, &site, url, &event, error);
    }
    if (code != JIRASEND_OK) {
        return code;
    }
    code = client->outbox->ops->knows_repository(client->outbox, site.name, event.of.repository.id,
                                                 &knows, error);
    if (code == JIRASEND_OK && knows) {
        js_buf wire = JS_BUF_INIT;
        js_wire_id(&wire, event.of.repository.id);
        code = js_hand_out(&wire, id, error);
    } else if (code == JIRASEND_OK) {
        code = js_fail(error, JIRASEND_E_NOT_FOUND,
                       "The outbox has sent no development information of %.200s to %s.", url,
                       site.name);
    }
    js_event_clear(&event);
    return code;
}

jirasend_code jirasend_client_repository_id(jirasend_client *client, const char *site,
                                            const char *url, char **id, jirasend_error *error) {
    if (id == NULL) {
        return js_fail_nowhere(error);
    }
    *id = NULL;
    jirasend_code code = js_enter(client, error);
    return code == JIRASEND_OK ? js_leave(client, repository_id(client, site, url, id, error))
                               : code;
}
