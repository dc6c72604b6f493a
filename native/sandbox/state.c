/* GET /_sandbox/state: all that Jira would show, for the page and for tests. */
#include "sandbox.h"

#include "event/json.h"

#include <json-c/linkhash.h>

static void write_items(const sb_store *store, sb_kind kind, int64_t limit, js_buf *out) {
    const struct lh_table *table = store->items[kind];
    const struct lh_entry *entry = table->head;
    int64_t count = table->count;
    for (; limit >= 0 && count > limit; count--) {
        entry = entry->next; /* the oldest are left out */
    }
    js_buf_addf(out, ",\"%s\":[", sb_kind_name(kind));
    for (bool first = true; entry != NULL; entry = entry->next, first = false) {
        const sb_item *item = lh_entry_v(entry);
        js_buf_add_text(out, first ? "\n" : ",\n");
        js_buf_add(out, item->text, item->length);
        if (item->gate != SB_GATE_NONE) {
            js_buf_addf(out, ",\"gate\":{\"status\":\"%s\",\"updatedAt\":%lld}",
                        sb_gate_name(item->gate), (long long)item->gate_ms);
        }
        js_buf_add_text(out, "}");
    }
    js_buf_add_text(out, "]");
}

void sb_state_write(sb_sandbox *sandbox, int64_t limit, js_buf *out) {
    const sb_store *store = &sandbox->store;
    js_buf_addf(out, "{\"version\":%lld,\"now\":%lld,\"site\":", (long long)store->version,
                (long long)js_wall_ms(&sandbox->world));
    js_json_write_string(out, sandbox->site);
    js_buf_addf(out, ",\"cloudId\":\"%s\",\"counts\":{\"requests\":%lld,\"tokens\":%lld",
                sandbox->cloud_id, (long long)sandbox->log.last, (long long)sandbox->tokens.given);
    for (int kind = 0; kind < SB_KINDS; kind++) {
        js_buf_addf(out, ",\"%s\":%zu", sb_kind_name((sb_kind)kind),
                    sb_store_count(store, (sb_kind)kind));
    }
    js_buf_addf(out, ",\"ignored\":%lld}", (long long)store->ignored);
    for (int kind = 0; kind < SB_KINDS; kind++) {
        write_items(store, (sb_kind)kind, limit, out);
    }
    js_buf_add_text(out, ",\"unknownKeys\":[");
    for (size_t i = 0; i < store->unknown_keys.count; i++) {
        js_buf_add_text(out, i == 0 ? "" : ",");
        js_json_write_string(out, store->unknown_keys.items[i]);
    }
    js_buf_add_text(out, "],\"faults\":");
    sb_faults_write(&sandbox->faults, out);
    js_buf_add_text(out, "}\n");
}
