#include "store.h"

#include "event/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static sb_stored put(sb_store *store, const char *key, int64_t sequence, bool gate) {
    js_strings keys = JS_STRINGS_INIT;
    assert_true(js_strings_add(&keys, "APP-1", 5));
    static const char text[] = "{\"a\":1,\"gate\":2,\"issueKeys\":[\"X\"]}";
    json_object *item = js_json_parse(text, sizeof text - 1, JS_JSON_STRICT, NULL);
    assert_non_null(item);
    sb_update update = {.kind = SB_DEPLOYMENT,
                        .key = key,
                        .sequence = sequence,
                        .item = item,
                        .issue_keys = &keys,
                        .now_ms = 99,
                        .gate = gate};
    sb_stored stored = sb_store_put(store, &update);
    json_object_put(item);
    js_strings_clear(&keys);
    return stored;
}

static void test_sequence(void **state) {
    sb_store store;
    (void)state;
    assert_true(sb_store_open(&store));
    int64_t version = store.version;
    assert_int_equal(put(&store, "k", 5, false), SB_STORED);
    assert_int_equal(put(&store, "k", 5, false), SB_IGNORED);
    assert_int_equal(put(&store, "k", 4, false), SB_IGNORED);
    assert_int_equal(store.ignored, 2);
    assert_int_equal(put(&store, "k", 6, false), SB_STORED);
    assert_int_equal(put(&store, "other", 1, false), SB_STORED);
    assert_int_equal(sb_store_count(&store, SB_DEPLOYMENT), 2);
    assert_int_equal(sb_store_count(&store, SB_BUILD), 0);
    assert_true(store.version > version);
    const sb_item *item = sb_store_find(&store, SB_DEPLOYMENT, "k");
    assert_non_null(item);
    assert_int_equal(item->sequence, 6);
    /* Our own members take the place of the client's. */
    assert_string_equal(item->text, "{\"a\":1,\"issueKeys\":[\"APP-1\"],\"receivedAt\":99");
    assert_string_equal(item->issue_keys, "[\"APP-1\"]");
    assert_null(sb_store_find(&store, SB_BUILD, "k"));
    version = store.version;
    sb_store_reset(&store);
    assert_null(sb_store_find(&store, SB_DEPLOYMENT, "k"));
    assert_int_equal(store.ignored, 0);
    assert_true(store.version > version);
    assert_int_equal(put(&store, "k", 1, false), SB_STORED);
    sb_store_close(&store);
}

static void test_gate_stays(void **state) {
    sb_store store;
    (void)state;
    assert_true(sb_store_open(&store));
    assert_int_equal(put(&store, "k", 1, true), SB_STORED);
    sb_item *item = sb_store_find(&store, SB_DEPLOYMENT, "k");
    assert_int_equal(item->gate, SB_GATE_AWAITING);
    item->gate = SB_GATE_ALLOWED;
    assert_int_equal(put(&store, "k", 2, false), SB_STORED);
    assert_int_equal(sb_store_find(&store, SB_DEPLOYMENT, "k")->gate, SB_GATE_ALLOWED);
    sb_store_close(&store);
}

static void test_oldest_give_way(void **state) {
    sb_store store;
    char key[32];
    (void)state;
    assert_true(sb_store_open(&store));
    store.items_max = 50;
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(put(&store, key, 1, false), SB_STORED);
        assert_true(sb_store_count(&store, SB_DEPLOYMENT) <= 50);
        /* One that has news all the time stays. */
        assert_int_equal(put(&store, "live", i + 1, false), SB_STORED);
    }
    assert_non_null(sb_store_find(&store, SB_DEPLOYMENT, "k4999"));
    assert_non_null(sb_store_find(&store, SB_DEPLOYMENT, "live"));
    assert_null(sb_store_find(&store, SB_DEPLOYMENT, "k0"));
    size_t bytes = 0;
    for (const struct lh_entry *entry = store.items[SB_DEPLOYMENT]->head; entry != NULL;
         entry = entry->next) {
        bytes += ((const sb_item *)lh_entry_v(entry))->length;
    }
    assert_int_equal(store.bytes, bytes);
    sb_store_close(&store);
}

static void test_keys_differ(void **state) {
    (void)state;
    char *one = sb_key_deployment("a\x1f", "b", 1);
    char *other = sb_key_deployment("a",
                                    "\x1f"
                                    "b",
                                    1);
    assert_non_null(one);
    assert_non_null(other);
    assert_string_not_equal(one, other);
    free(one);
    free(other);
}

static void test_unknown_keys(void **state) {
    sb_store store;
    char key[32];
    (void)state;
    assert_true(sb_store_open(&store));
    sb_store_unknown_key(&store, "A-1");
    int64_t version = store.version;
    sb_store_unknown_key(&store, "A-1");
    assert_int_equal(store.version, version);
    for (int i = 0; i < 2000; i++) {
        (void)snprintf(key, sizeof key, "B-%d", i);
        sb_store_unknown_key(&store, key);
    }
    assert_int_equal(store.unknown_keys.count, SB_UNKNOWN_KEYS_MAX);
    sb_store_close(&store);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sequence),        cmocka_unit_test(test_gate_stays),
        cmocka_unit_test(test_oldest_give_way), cmocka_unit_test(test_keys_differ),
        cmocka_unit_test(test_unknown_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
