/*
 * Gated deployments: alone, in their turn, never overtaken by a newer update of their stream, and in
 * nobody else's way.
 */
#include "outbox_support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static js_outbox *of(void **state) {
    return ((fixture *)*state)->outbox;
}

/* 'u': ungated, 'G': gated; the letter after it names the stream. Ids are 1, 2, ... */
static void put_row(js_outbox *outbox, const char *row) {
    for (; row[0] != '\0'; row += row[2] == ' ' ? 3 : 2) {
        const char pipeline[] = {row[1], '\0'};
        put(outbox, &(spec){.environment = "prod", .pipeline = pipeline, .gate = row[0] == 'G'},
            NOW);
    }
}

typedef struct turns {
    const char *row;
    const char *batches; /* what goes out turn by turn, all accepted */
} turns;

static const turns table[] = {
    {"ua ub uc", "1 2 3;"}, {"Ga ub uc", "1;2 3;"}, {"ua Gb uc", "1 3;2;"},
    {"ua Ga ua", "1;2;3;"}, {"Ga ua ub", "1;2 3;"}, {"ua ua Ga ua ua", "2;3;5;"},
    {"Ga Ga Ga", "1;2;3;"}, {"Ga Gb", "1;2;"},      {"ua ub ua Ga ua", "3 2;4;5;"},
};

static void accept_batch(js_outbox *outbox, const char *ids) {
    char text[256];
    (void)snprintf(text, sizeof text, "%s", ids);
    char *rest = text;
    for (char *id = strtok_r(text, " ", &rest); id != NULL; id = strtok_r(NULL, " ", &rest)) {
        settle_as(outbox, &deployments, strtoll(id, NULL, 10), JS_STATUS_ACCEPTED);
    }
}

static void turn_by_turn(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        void *fix = NULL;
        (void)setup_memory(&fix);
        js_outbox *outbox = of(&fix);
        put_row(outbox, table[i].row);
        char seen[256] = "";
        for (int turn = 0; turn < 10; turn++) {
            char ids[128];
            (void)snprintf(ids, sizeof ids, "%s", batch_ids(outbox, &deployments, NOW));
            if (ids[0] == '\0') {
                break;
            }
            strncat(seen, ids, sizeof seen - strlen(seen) - 1);
            strncat(seen, ";", sizeof seen - strlen(seen) - 1);
            accept_batch(outbox, ids);
        }
        if (strcmp(seen, table[i].batches) != 0) {
            fail_msg("%s: %s, not %s", table[i].row, seen, table[i].batches);
        }
        expect_counts(outbox, 0, 0, 0, 0);
        (void)teardown(&fix);
    }
}

static void parked_gate_keeps_its_stream_behind_it(void **state) {
    js_outbox *outbox = of(state);
    put_row(outbox, "Ga ua ub");
    settle(outbox, &deployments,
           (js_outcome){.id = 1, .status = JS_STATUS_QUEUED, .not_before_ms = NOW + 1000}, NOW);
    put_row(outbox, "ua"); /* comes later and waits, too */
    assert_string_equal(batch_ids(outbox, &deployments, NOW), "3");
    settle_as(outbox, &deployments, 3, JS_STATUS_ACCEPTED);
    js_lane_view *views = NULL;
    size_t count = 0;
    assert_int_equal(outbox->ops->lanes(outbox, NOW, &views, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 1);
    assert_int_equal(views[0].due_ms, NOW + 1000); /* nothing to do before: no busy waiting */
    free(views);
    assert_string_equal(batch_ids(outbox, &deployments, NOW + 1000), "1");
    settle_as(outbox, &deployments, 1, JS_STATUS_ACCEPTED);
    assert_string_equal(batch_ids(outbox, &deployments, NOW + 1000), "4");
}

static void gated_is_not_superseded(void **state) {
    js_outbox *outbox = of(state);
    put_row(outbox, "ua Ga");
    /* Whatever order the answers come in, a gated one is never taken for told. */
    settle_as(outbox, &deployments, 2, JS_STATUS_ACCEPTED);
    assert_non_null(strstr(fate(outbox, 1), "superseded"));
    put_row(outbox, "Ga ua");
    settle_as(outbox, &deployments, 4, JS_STATUS_ACCEPTED);
    assert_string_equal(fate(outbox, 3), "queued: Waiting to be sent.");
}

static void inconsistent_row_does_not_look_due_for_ever(void **state) {
    fixture *fix = *state;
    put_row(fix->outbox, "Ga ua");
    close_outbox(fix);
    /* A newer version's gated event. */
    run_sql(fix, "UPDATE " EVENTS_THAT_WAIT " SET format = 99 WHERE id = 1");
    open_outbox(fix);
    assert_string_equal(batch_ids(fix->outbox, &deployments, NOW), "");
    js_lane_view *views = NULL;
    size_t count = 0;
    assert_int_equal(fix->outbox->ops->lanes(fix->outbox, NOW, &views, &count, NULL), JIRASEND_OK);
    assert_int_equal(count, 1);
    assert_true(views[0].due_ms > NOW);
    free(views);
    assert_non_null(strstr(fate(fix->outbox, 1), "queued"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turn_by_turn),
        cmocka_unit_test_setup_teardown(parked_gate_keeps_its_stream_behind_it, setup_memory,
                                        teardown),
        cmocka_unit_test_setup_teardown(gated_is_not_superseded, setup_memory, teardown),
        cmocka_unit_test_setup_teardown(inconsistent_row_does_not_look_due_for_ever, setup_folder,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
