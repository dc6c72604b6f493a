/* jirasend delete: takes one thing back. */
#include "cli/event.h"
#include "cli/exit_code.h"
#include "cli/thing.h"
#include "cli/verbs.h"

int cli_verb_delete(const cli_options *options) {
    js_buf document = JS_BUF_INIT, label = JS_BUF_INIT;
    int code = cli_event_check(options);
    code = code == CLI_OK ? cli_thing_make(options, &document, &label) : code;
    code = code == CLI_OK ? cli_event_send(options, &document, &label) : code;
    js_buf_free(&document);
    js_buf_free(&label);
    return code;
}
