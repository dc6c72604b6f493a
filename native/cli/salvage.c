/* jirasend outbox salvage FOLDER */
#include "cli/salvage.h"

#include "base/text.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "event/json.h"

#include <jirasend/client.h>
#include <jirasend/outbox.h>
#include <json-c/json.h>
#include <stdint.h>
#include <string.h>

/* A character of a document, as itself where that can be shown, else as JSON has it: \u001B, \uD83D\uDE00. */
static void add_character(js_buf *out, const char *text, size_t size, int32_t code) {
    size_t before = out->length;
    js_text_escape(out, text, size);
    bool shown = !out->failed && out->length - before == size &&
                 memcmp(out->data + before, text, size) == 0 &&
                 (code < 0x80 || cli_output_unicode());
    if (shown || out->failed) {
        return;
    }
    js_buf_cut(out, before);
    if (code >= 0x10000) {
        js_buf_addf(out, "\\u%04X", 0xD800U + ((unsigned)(code - 0x10000) >> 10U));
        code = 0xDC00 + ((code - 0x10000) & 0x3FF);
    }
    js_buf_addf(out, "\\u%04X", (unsigned)code);
}

static void print_document(const char *text, size_t length) {
    js_buf line = JS_BUF_INIT;
    for (size_t i = 0; i < length;) {
        int32_t code;
        size_t size = js_utf8_next(text + i, length - i, &code);
        add_character(&line, text + i, size, code);
        i += size;
    }
    cli_out_line(line.failed || line.data == NULL ? "" : line.data);
    js_buf_clear(&line);
}

/*
 * On standard output, one per line, so that they can be looked at, corrected and sent: what is a document
 * remains one, whatever the terminal can show.
 */
static void print_all(json_object *doubtful) {
    for (size_t i = 0; i < json_object_array_length(doubtful); i++) {
        const char *text = js_json_text_of(json_object_array_get_idx(doubtful, i), "document");
        size_t length = strlen(text);
        if (js_json_is_object(text, length)) {
            print_document(text, length);
        } else {
            cli_out_escaped(text);
            cli_out("\n", 1);
        }
    }
}

static void say_counts(json_object *report, const cli_client *client) {
    int64_t waiting = js_json_number_of(report, "waiting");
    cli_note("%lld %s in %s now, %lld dead letters are kept there, %lld were already there.",
             (long long)waiting, waiting == 1 ? "event waits" : "events wait", client->folder,
             (long long)js_json_number_of(report, "dead"),
             (long long)js_json_number_of(report, "known"));
}

/* Of so many nothing is known that not each is named. */
static void say_more(int64_t count, int64_t last_id) {
    if (count > 0) {
        cli_fail("%lld more events behind number %lld can no longer be read.", (long long)count,
                 (long long)last_id);
    }
}

/* Why a person has to act; false: nobody has to. */
static bool say_rest(json_object *doubtful, json_object *lost, int64_t missing) {
    size_t count = json_object_array_length(lost);
    int64_t last_id = 0;
    for (size_t i = 0; i < count; i++) {
        json_object *event = json_object_array_get_idx(lost, i);
        json_object *pipeline = NULL;
        if (json_object_object_get_ex(event, "pipelineId", &pipeline)) {
            cli_fail("Event %lld can no longer be read: pipeline %s, number %lld. Send it again.",
                     (long long)js_json_number_of(event, "id"), json_object_get_string(pipeline),
                     (long long)js_json_number_of(event, "number"));
        } else {
            missing--;
            last_id = js_json_number_of(event, "id");
            cli_fail("Event %lld can no longer be read, and nothing says what it was. Send again "
                     "what was sent last, unless Jira has it.",
                     (long long)last_id);
        }
    }
    say_more(missing, last_id);
    if (json_object_array_length(doubtful) > 0) {
        cli_fail("%zu events are damaged or may have been sent; they are on standard output, one "
                 "per line. Look at them, and send what Jira does not have: jirasend send FILE",
                 json_object_array_length(doubtful));
    }
    return count + json_object_array_length(doubtful) > 0;
}

int cli_salvage(cli_client *client, const cli_options *options, const char *folder) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *text = NULL;
    jirasend_code failed = jirasend_outbox_salvage(client->handle, folder, &text, &error);
    if (failed != JIRASEND_OK) {
        int code = cli_library_failed(failed, &error);
        return failed == JIRASEND_E_NOT_FOUND ? CLI_NO_INPUT : code;
    }
    json_object *report = json_tokener_parse(text);
    json_object *doubtful = NULL, *lost = NULL;
    int code = CLI_OK;
    if (json_object_object_get_ex(report, "doubtful", &doubtful) &&
        json_object_object_get_ex(report, "lost", &lost)) {
        if (options->set[CLI_JSON]) {
            cli_out_line(text);
        } else {
            print_all(doubtful);
        }
        say_counts(report, client);
        code = say_rest(doubtful, lost, js_json_number_of(report, "missing")) ? CLI_DATA : CLI_OK;
    } else {
        code = cli_no_memory();
    }
    json_object_put(report);
    jirasend_free(text);
    return code;
}
