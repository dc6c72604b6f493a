/* Readers of Jira's answers. All are strict: what they cannot read is nonsense, said in words. */
#ifndef JS_PAYLOAD_ANSWER_H
#define JS_PAYLOAD_ANSWER_H

#include "base/secret.h"
#include "base/strings.h"
#include "base/timestamp.h"
#include "event/receipt.h"

#include <jirasend/error.h>

/* A token and how long it holds; missing, zero, negative or absurd lifetimes become 60 s. */
typedef struct js_token_answer {
    js_secret token;
    int64_t lifetime_ms;
} js_token_answer;
/* NETWORK when it holds no usable token (missing, empty, control characters, over 16 KiB). */
jirasend_code js_answer_token(js_token_answer *answer, const char *body, size_t length,
                              jirasend_error *error);

/*
 * The same of an ID token that a CI gives ({"value": ...}); it holds for as long as it says itself,
 * else 60 s.
 */
jirasend_code js_answer_id_token(js_token_answer *answer, const char *body, size_t length,
                                 jirasend_error *error);

enum { JS_CLOUD_ID_SIZE = 65 };
/* CREDENTIALS when it is not a tenant_info (HTML, no cloudId, a malformed one): no Jira lives there. */
jirasend_code js_answer_tenant(char cloud_id[JS_CLOUD_ID_SIZE], const char *body, size_t length,
                               jirasend_error *error);

/* What Jira said of one item of a bulk request. */
typedef enum js_verdict {
    JS_VERDICT_NOT_MENTIONED,
    JS_VERDICT_TAKEN,
    JS_VERDICT_REFUSED,
    JS_VERDICT_ALL_UNKNOWN,
    /* what a relay says of an event */
    JS_VERDICT_COMMITTED, /* it has it, and knows what became of it, or not yet */
    JS_VERDICT_FORBIDDEN, /* by the caller's rule */
    JS_VERDICT_POSTPONED  /* its outbox does not take it now */
} js_verdict;

typedef struct js_item_answer {
    js_verdict verdict;
    char *message; /* Jira's words of a refused item, or which keys it does not know; may be null */
    js_strings unknown_keys; /* this item's own keys among the answer's unknown ones */
    js_status status;        /* COMMITTED: RELAYED, or how it ended */
    int64_t relay_id;        /* COMMITTED */
    int http_status;         /* of the item itself; 0: that of the answer */
} js_item_answer;

/*
 * Reads the answer to a bulk request of these events and judges each. `items` has one element an
 * event, filled in; freed with js_item_answers_clear(). NETWORK when the body cannot be understood.
 */
jirasend_code js_answer_bulk(js_item_answer *items, js_api api, const js_event *const *events,
                             size_t count, const char *body, size_t length, jirasend_error *error);
/*
 * The same of a relay's answer to a post: `lines` of a 200, else the errors of a problem. NETWORK also
 * when it does not judge each event by itself.
 */
jirasend_code js_answer_relay(js_item_answer *items, size_t count, bool lines, const char *body,
                              size_t length, jirasend_error *error);
void js_item_answers_clear(js_item_answer *items, size_t count);

typedef enum js_gate {
    JS_GATE_ALLOWED,
    JS_GATE_PREVENTED,
    JS_GATE_AWAITING,
    JS_GATE_EXPIRED,
    JS_GATE_INVALID,
    JS_GATE_UNKNOWN
} js_gate;
typedef struct js_gate_answer {
    js_gate gate;
    js_strings issue_keys;              /* the issues that the gate waits for */
    js_strings issue_links;             /* of each of them, empty where Jira gives none */
    char updated_at[JS_TIMESTAMP_SIZE]; /* in UTC; empty where Jira does not say */
} js_gate_answer;
const char *js_gate_name(js_gate gate);
/*
 * NETWORK when it cannot be understood or answers for another deployment. On success the answer is
 * freed with js_gate_answer_clear(), which one that is all zero does not need, but may get.
 */
jirasend_code js_answer_gate(js_gate_answer *answer, const char *pipeline_id,
                             const char *environment_id, int64_t number, const char *body,
                             size_t length, jirasend_error *error);
void js_gate_answer_clear(js_gate_answer *answer);

/* What Jira has of one thing. */
typedef enum js_thing {
    JS_THING_THERE,
    JS_THING_GONE,
    JS_THING_NOT_KNOWN /* Jira gives back only the newest 400 of a repository, and it is not among them */
} js_thing;
typedef struct js_thing_answer {
    js_thing thing;
    struct json_object *json;  /* what Jira has; null unless it is there */
    struct json_object *whole; /* all that was read: of development information its repository */
} js_thing_answer;
/*
 * Reads the answer (200) to a GET of js_payload_read_path(). Filled in; freed with
 * js_thing_answer_clear(). NETWORK when it cannot be understood.
 */
jirasend_code js_answer_thing(js_thing_answer *answer, const js_event *event, const char *body,
                              size_t length, jirasend_error *error);
/* The same of another event that this answer is about, too: something in the same repository. */
jirasend_code js_answer_thing_in(js_thing_answer *answer, const js_event *event,
                                 struct json_object *whole, jirasend_error *error);
void js_thing_answer_clear(js_thing_answer *answer);

/* What Jira has of a thing, in the words of a receipt. */
typedef struct js_seen {
    struct json_object *facts; /* as those of a receipt: state, url, environment ... */
    js_strings keys;           /* of issues that Jira knows */
    bool keyed;                /* it says its keys at all */
    bool shares_keys;          /* others may have given it some */
    bool numbered;
    int64_t number; /* of the update that it has */
} js_seen;
/* Filled in, and cleared with js_seen_clear(), also after MEMORY. */
jirasend_code js_answer_seen(js_seen *seen, js_kind kind, struct json_object *jira,
                             jirasend_error *error);
void js_seen_clear(js_seen *seen);
/* Reads the answer to a GET of js_payload_exists_path(). NETWORK when it cannot be understood. */
jirasend_code js_answer_exists(bool *exists, const char *body, size_t length,
                               jirasend_error *error);

/* Jira's own words in an error body ([{message}], {message}, {errorMessages}, {error_description}), escaped
   and bounded; null when it has none (HTML, empty). Owned by the caller. */
char *js_answer_words(const char *body, size_t length);

#endif
