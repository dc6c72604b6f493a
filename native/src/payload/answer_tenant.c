/* The cloud id in a site's answer. */
#include "payload/answer.h"

#include "base/error.h"
#include "event/site.h"
#include "payload/answer_json.h"

#include <string.h>

jirasend_code js_answer_tenant(char cloud_id[JS_CLOUD_ID_SIZE], const char *body, size_t length,
                               jirasend_error *error) {
    cloud_id[0] = '\0';
    json_object *object = NULL;
    jirasend_code code =
        js_answer_object(&object, body, length, "The answer to the request for the cloud id",
                         JIRASEND_E_CREDENTIALS, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    const char *found = js_answer_text(js_answer_member(object, "cloudId"));
    if (found == NULL || !js_cloud_id_valid(found)) {
        code =
            js_fail(error, JIRASEND_E_CREDENTIALS,
                    "The answer to the request for the cloud id contains no usable cloudId, so no "
                    "Jira Cloud site lives at this address. Check the site's name.");
    } else {
        memcpy(cloud_id, found, strlen(found) + 1);
    }
    json_object_put(object);
    return code;
}
