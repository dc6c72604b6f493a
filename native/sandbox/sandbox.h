/* The whole of it: one Jira site, and how a request is answered. One thread uses it. */
#ifndef SB_SANDBOX_H
#define SB_SANDBOX_H

#include "base/world.h"
#include "faults.h"
#include "http.h"
#include "request_log.h"
#include "schema.h"
#include "store.h"
#include "token.h"

enum { SB_CLOUD_ID_SIZE = 37, SB_TOKEN_LIFETIME_S = 900 };

typedef struct sb_client {
    char *id, *secret;
} sb_client;

typedef struct sb_sandbox {
    js_world world;
    const char *site; /* name shown on the page */
    char cloud_id[SB_CLOUD_ID_SIZE];
    const sb_client *clients;
    size_t client_count;
    const js_strings *known_keys; /* patterns; empty: all */
    int64_t token_lifetime_s;
    int64_t delay_ms;   /* of every API answer */
    char base_url[128]; /* for links in answers */
    sb_store store;
    sb_tokens tokens;
    sb_faults faults;
    sb_log log;
} sb_sandbox;

/* Derives the cloud id from the site's name. False when memory is short. */
bool sb_sandbox_open(sb_sandbox *sandbox);
void sb_sandbox_close(sb_sandbox *sandbox);
/* Forgets builds, faults, log and tokens. */
void sb_sandbox_reset(sb_sandbox *sandbox);

/* Answers any request. `answer` is zeroed before. Out of memory shows as body.failed. */
void sb_handle(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer);

/* One API request on its way through the checks. */
typedef struct sb_call {
    sb_sandbox *sandbox;
    const sb_request *request;
    const sb_fault *fault; /* null: none */
    sb_answer *answer;
    int64_t items; /* -1: no bulk request */
    js_strings warnings;
} sb_call;

/* The parts of the API, each filling in call->answer. */
void sb_api(sb_call *call);
void sb_token_endpoint(sb_call *call);
void sb_bulk_endpoint(sb_call *call, sb_kind kind);
/* The list is well formed as a list of objects; the answer says what became of each. */
void sb_bulk_judge(sb_call *call, sb_kind kind, json_object *list);
void sb_gate_endpoint(sb_call *call, const char *pipeline, const char *environment,
                      const char *number);
/* Whether the request carries a body of JSON; else the answer is filled in. */
bool sb_is_json_request(sb_call *call);

/* The parts that are no Jira: control, state, page. */
void sb_control(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer);
bool sb_page(const sb_request *request, sb_answer *answer); /* false: no such file */
/* GET /_sandbox/state. `limit`: newest items of each kind; -1: all. */
void sb_state_write(sb_sandbox *sandbox, int64_t limit, js_buf *out);
void sb_method_not_allowed(sb_answer *answer, const char *allowed);

#endif
