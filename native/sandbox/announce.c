/* What the sandbox says when it is ready. */
#include "announce.h"

#include "base/descriptor.h"
#include "base/error.h"
#include "base/place_file.h"
#include "event/json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char plain_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_-.:/@%+,=[]";

/* So that a shell takes it as one word, whatever is in it. */
static void add_word(js_buf *out, const char *word) {
    if (*word != '\0' && word[strspn(word, plain_characters)] == '\0') {
        js_buf_add_text(out, word);
        return;
    }
    js_buf_add_text(out, "'");
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            js_buf_add_text(out, "'\\''");
        } else {
            js_buf_add(out, word, 1);
        }
    }
    js_buf_add_text(out, "'");
}

static void add_setting(js_buf *out, const char *name, const char *value) {
    js_buf_addf(out, "  export %s=", name);
    add_word(out, value);
    js_buf_add_text(out, "\n");
}

static void add_known_keys(js_buf *out, const js_strings *patterns) {
    js_buf_add_text(out, "Issue keys that exist: ");
    for (size_t i = 0; i < patterns->count; i++) {
        js_buf_addf(out, "%s%s", i == 0 ? "" : ", ", patterns->items[i]);
    }
    js_buf_add_text(out, patterns->count == 0 ? "all\n" : "\n");
}

bool sb_announce(const sb_options *options, const sb_place *place) {
    js_buf text = JS_BUF_INIT;
    js_buf_addf(&text, "jirasend-sandbox is listening. Its page: %s/\n", place->url);
    add_known_keys(&text, &options->known_keys);
    js_buf_add_text(&text, "To send to it, set this in your shell:\n");
    add_setting(&text, "JIRASEND_SITE", place->url);
    add_setting(&text, "JIRASEND_API_URL", place->url);
    add_setting(&text, "JIRASEND_CLIENT_ID", options->clients[0].id);
    add_setting(&text, "JIRASEND_CLIENT_SECRET", options->clients[0].secret);
    if (place->ca_file != NULL) {
        js_buf_add_text(&text, "and give jirasend this option:\n  --ca-file ");
        add_word(&text, place->ca_file);
        js_buf_add_text(&text, "\n");
    }
    js_buf_add_text(&text, "Stop it with Ctrl-C.\n");
    bool ok = !text.failed && js_write_all(STDOUT_FILENO, text.data, text.length);
    js_buf_clear(&text);
    return ok;
}

static void add_member(js_buf *out, const char *name, const char *value) {
    js_buf_addf(out, ",\n\"%s\":", name);
    if (value == NULL) {
        js_buf_add_text(out, "null");
    } else {
        js_json_write_string(out, value);
    }
}

jirasend_code sb_write_ready_file(const sb_options *options, const sb_place *place,
                                  jirasend_error *error) {
    enum { PRIVATE = 0600 }; /* it holds the secret */
    js_buf text = JS_BUF_INIT;
    js_buf_add_text(&text, "{\"url\":");
    js_json_write_string(&text, place->url);
    js_buf_addf(&text, ",\n\"port\":%d,\n\"pid\":%ld", place->port, (long)getpid());
    add_member(&text, "clientId", options->clients[0].id);
    add_member(&text, "clientSecret", options->clients[0].secret);
    add_member(&text, "cloudId", place->cloud_id);
    add_member(&text, "caFile", place->ca_file);
    js_buf_add_text(&text, "}\n");
    jirasend_code code = JIRASEND_OK;
    if (text.failed) {
        code = js_fail_memory(error);
    } else if (!js_place_file(options->ready_file, text.data, text.length, PRIVATE)) {
        code = js_fail(error, JIRASEND_E_STORAGE, "Cannot write %s: %s.", options->ready_file,
                       strerror(errno));
    }
    js_buf_clear(&text);
    return code;
}
