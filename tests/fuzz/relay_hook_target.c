/* The payload of a webhook, as each vendor's: documents, or a sentence. The first byte picks the event. */
#include "fuzz.h"

#include "event/json.h"
#include "relay/hooks/news.h"

static const struct {
    void (*read)(rl_news *news, const char *event, json_object *payload);
    const char *event;
} events[] = {{rl_hook_github, "push"},
              {rl_hook_github, "delete"},
              {rl_hook_github, "pull_request"},
              {rl_hook_github, "pull_request_review"},
              {rl_hook_github, "deployment_status"},
              {rl_hook_github, "workflow_run"},
              {rl_hook_gitlab, "Push Hook"},
              {rl_hook_bitbucket, "repo:refs_changed"},
              {rl_hook_bitbucket, "pr:opened"},
              {rl_hook_bitbucket, "pr:deleted"},
              {rl_hook_gitea, "push"},
              {rl_hook_gitea, "pull_request"}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rl_news news;
    if (size < 2) {
        return 0;
    }
    json_object *payload = js_json_parse((const char *)data + 1, size - 1, JS_JSON_ANSWER, NULL);
    size_t which = data[0] % (sizeof events / sizeof events[0]);
    if (payload != NULL && json_object_is_type(payload, json_type_object) &&
        rl_news_init(&news, "acme.atlassian.net")) {
        js_buf out = JS_BUF_INIT;
        events[which].read(&news, events[which].event, payload);
        FUZZ_EXPECT(!news.failed);
        js_json_write(&out, news.documents);
        fuzz_expect_json(out.data);
        js_buf_clear(&out);
        rl_news_clear(&news);
    }
    (void)json_object_put(payload);
    return 0;
}
