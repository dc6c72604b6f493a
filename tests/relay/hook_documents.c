/*
 * What a webhook becomes, without a relay around it, for hooks_test.py:
 *     relay_hook_documents TYPE EVENT <payload
 * prints {"documents": [...], "sentence": "...", "repository": "...", "changed": ms}.
 */
#include "base/buf.h"
#include "event/json.h"
#include "relay/hooks/news.h"

#include <stdio.h>
#include <string.h>

static void read_payload(rl_news *news, const char *type, const char *event, json_object *payload) {
    if (strcmp(type, "github") == 0) {
        rl_hook_github(news, event, payload);
    } else if (strcmp(type, "gitlab") == 0) {
        rl_hook_gitlab(news, event, payload);
    } else if (strcmp(type, "gitea") == 0) {
        rl_hook_gitea(news, event, payload);
    } else {
        rl_hook_bitbucket(news, event, payload);
    }
}

int main(int argc, char **argv) {
    js_buf text = JS_BUF_INIT;
    js_buf out = JS_BUF_INIT;
    char piece[65536];
    size_t got = 0;
    rl_news news;
    while ((got = fread(piece, 1, sizeof piece, stdin)) > 0) {
        js_buf_add(&text, piece, got);
    }
    json_object *payload =
        js_json_parse(text.data != NULL ? text.data : "", text.length, JS_JSON_ANSWER, NULL);
    if (argc != 3 || payload == NULL || !rl_news_init(&news, "acme.atlassian.net")) {
        return 1;
    }
    read_payload(&news, argv[1], argv[2], payload);
    js_buf_add_text(&out, "{\"documents\":");
    js_json_write(&out, news.documents);
    js_buf_add_text(&out, ",\"sentence\":");
    js_json_write_string(&out, news.sentence);
    js_buf_add_text(&out, ",\"repository\":");
    js_json_write_string(&out, news.repository != NULL ? news.repository : "");
    js_buf_addf(&out, ",\"changed\":%lld}", (long long)news.changed_ms);
    int failed = news.failed || out.failed || puts(out.data) < 0;
    rl_news_clear(&news);
    (void)json_object_put(payload);
    js_buf_clear(&text);
    js_buf_clear(&out);
    return failed;
}
