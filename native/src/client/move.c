/* Moving everything from one outbox into another. */
#include "client/client_internal.h"

#include "base/error.h"
#include "event/json.h"
#include "outbox/move.h"

#include <jirasend/outbox.h>

static jirasend_code move_between(jirasend_client *from, jirasend_client *to, char **report,
                                  jirasend_error *error) {
    jirasend_error own = JIRASEND_ERROR_INIT;
    jirasend_error *words = error != NULL ? error : &own;
    js_move_report moved;
    jirasend_code code = js_outbox_move(from->outbox, to->outbox, &moved, words);
    if (code != JIRASEND_OK) {
        return code;
    }
    json_object *document = json_object_new_object();
    bool good = document != NULL && js_json_put_number(document, "waiting", moved.waiting) &&
                js_json_put_number(document, "dead", moved.dead) &&
                js_json_put_number(document, "settled", moved.settled);
    js_buf out = JS_BUF_INIT;
    js_json_write_built(&out, document, good);
    return js_hand_out(&out, report, words);
}

jirasend_code jirasend_outbox_move(jirasend_client *from, jirasend_client *to, char **report,
                                   jirasend_error *error) {
    if (report == NULL) {
        return js_fail_nowhere(error);
    }
    *report = NULL;
    if (from == to) {
        js_error_clear(error);
        return js_fail(error, JIRASEND_E_ARGUMENT,
                       "Both are the same outbox. Name two different ones.");
    }
    jirasend_code code = js_enter(from, error);
    if (code != JIRASEND_OK) {
        return code;
    }
    code = js_enter(to, error);
    if (code == JIRASEND_OK) {
        code = js_leave(to, move_between(from, to, report, error));
    }
    return js_leave(from, code);
}
