/* GET /v1/whoami: whom the relay takes the caller for, and what it may do. */
#include "event/json.h"
#include "relay/routes/route.h"

static void put_patterns(const rl_exchange *exchange, const char *name,
                         const rl_patterns *patterns) {
    js_buf *out = &((rl_exchange *)(uintptr_t)exchange)->answer.body;
    if (!patterns->given) {
        return;
    }
    js_buf_addf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < patterns->count; i++) {
        js_buf shown = JS_BUF_INIT;
        rl_pattern_show(&patterns->items[i], exchange->claims, &shown);
        js_buf_add_text(out, i > 0 ? "," : "");
        js_json_write_string(out, shown.data != NULL ? shown.data : "");
        js_buf_clear(&shown);
    }
    js_buf_add_text(out, "]");
}

static void put_texts(js_buf *out, const char *name, const js_strings *texts) {
    js_buf_addf(out, ",\"%s\":[", name);
    for (size_t i = 0; i < texts->count; i++) {
        js_buf_add_text(out, i > 0 ? "," : "");
        js_json_write_string(out, texts->items[i]);
    }
    js_buf_add_text(out, "]");
}

static void put_sites(js_buf *out, const rl_config *config, const rl_caller *caller) {
    if (caller->sites.count > 0) {
        put_texts(out, "sites", &caller->sites);
        return;
    }
    js_buf_add_text(out, ",\"sites\":[");
    for (size_t i = 0; i < config->site_count; i++) {
        js_buf_add_text(out, i > 0 ? "," : "");
        js_json_write_string(out, config->sites[i].site.name);
    }
    js_buf_add_text(out, "]");
}

void rl_whoami_run(rl_exchange *exchange) {
    const rl_caller *caller = exchange->caller;
    js_buf *out = &exchange->answer.body;
    rl_answer_begin(&exchange->answer, 200, "application/json");
    js_buf_add_text(out, "{\"name\":");
    js_json_write_string(out, caller->name);
    js_buf_addf(out, ",\"sender\":%s", caller->sender ? "true" : "false");
    put_sites(out, exchange->config, caller);
    if (caller->sender) {
        put_texts(out, "kinds", &caller->kinds);
        put_patterns(exchange, "pipelines", &caller->pipelines);
        put_patterns(exchange, "repositories", &caller->repositories);
        put_patterns(exchange, "flags", &caller->flags);
        put_patterns(exchange, "environments", &caller->environments);
        put_texts(out, "environmentTypes", &caller->environment_types);
        put_texts(out, "projects", &caller->projects);
        js_buf_addf(out, ",\"delete\":%s,\"history\":%s", caller->may_delete ? "true" : "false",
                    caller->history ? "true" : "false");
        js_buf_add_text(out, ",\"origin\":");
        js_json_write_string(out, caller->origin);
        if (caller->rate > 0) {
            js_buf_addf(out, ",\"rate\":%lld", (long long)caller->rate);
        }
    }
    js_buf_addf(out, ",\"admin\":%s,\"metrics\":%s}\n", caller->admin ? "true" : "false",
                caller->metrics ? "true" : "false");
}
