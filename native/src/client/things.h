/* Things in Jira: naming them, asking for them, and comparing them with what was told. */
#ifndef JS_CLIENT_THINGS_H
#define JS_CLIENT_THINGS_H

#include "client/client_internal.h"
#include "event/json.h"

enum { JS_THINGS_A_SECOND = 20, JS_THING_FRESH_MS = 60000, JS_THING_AGAIN_MS = 2000 };

/* Reads a document that names a thing as a deletion does. DOCUMENT. The event is cleared by the caller. */
jirasend_code js_thing_read(const jirasend_client *client, js_event *event, const char *text,
                            size_t length, jirasend_error *error);
/* The document that names the thing of a receipt. */
jirasend_code js_thing_name(js_buf *out, const js_receipt *receipt, jirasend_error *error);
/* The same, read. DOCUMENT: the receipt is of a time when it did not say what it was about. */
jirasend_code js_thing_of_receipt(const jirasend_client *client, const js_receipt *receipt,
                                  js_event *event, jirasend_error *error);
/* Whether one answer of Jira is about both: they are in the same repository. */
bool js_things_together(const js_event *one, const js_event *other);

/* ARGUMENT where everything goes to a relay. */
jirasend_code js_things_allowed(const jirasend_client *client, jirasend_error *error);
/*
 * Asks Jira, in turn with all others of this client. Cleared by the caller after OK. CREDENTIALS, NETWORK,
 * TIMEOUT, CLOSED, ARGUMENT (no credentials).
 */
jirasend_code js_thing_ask(jirasend_client *client, const js_event *event, int64_t timeout_ms,
                           js_thing_answer *answer, jirasend_error *error);

typedef enum js_match {
    JS_MATCH_SAME,
    JS_MATCH_NEWER,     /* Jira has something newer */
    JS_MATCH_DIFFERS,   /* in the members that are listed */
    JS_MATCH_NOT_KNOWN, /* it is not among the newest of its repository */
    JS_MATCH_NOTHING    /* nothing is known of what was told */
} js_match;

/*
 * What Jira has against what was told. Differences are added to the array: {"member": "state", "told":
 * "successful", "jira": "failed"}; of what is not there every member, and "deleted" of what should not be.
 */
jirasend_code js_match_told(const js_last_told *told, const js_thing_answer *answer,
                            json_object *differences, js_match *match, jirasend_error *error);
/*
 * Asks and compares. What differs and was told a moment ago is asked once more, 2 s later. `differences` is a new
 * array, owned by the caller after OK, as is the answer.
 */
jirasend_code js_thing_compare(jirasend_client *client, const js_event *event,
                               const js_last_told *told, int64_t timeout_ms,
                               js_thing_answer *answer, json_object **differences, js_match *match,
                               jirasend_error *error);
/* Whether what differs is so young that Jira may not be done with it. */
bool js_told_is_fresh(const jirasend_client *client, const js_last_told *told);

#endif
