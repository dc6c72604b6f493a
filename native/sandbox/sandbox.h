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
    unsigned denied; /* a bit for each API that these credentials have no permission for */
} sb_client;

typedef struct sb_sandbox {
    js_world world;
    const char *site; /* name shown on the page */
    char cloud_id[SB_CLOUD_ID_SIZE];
    const sb_client *clients;
    size_t client_count;
    const js_strings *known_keys; /* patterns; empty: all */
    int64_t token_lifetime_s;
    int64_t delay_ms;      /* of every API answer */
    int64_t eventually_ms; /* so much later what is deleted is gone */
    char base_url[128];    /* for links in answers */
    const char *ca_file;   /* null without TLS */
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
/* Does what is due by itself; says in how many ms there will be more (-1: nothing waits). */
int64_t sb_sandbox_tick(sb_sandbox *sandbox);

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
void sb_gate_endpoint(sb_call *call, const char *pipeline, const char *environment,
                      const char *number);
/* POST .../bulk of a list kind, and of development information. */
void sb_bulk_list(sb_call *call, sb_kind kind);
void sb_bulk_devinfo(sb_call *call);
/* GET and DELETE of one thing, by the ids in its path; and of all that has the query's properties. */
void sb_get_thing(sb_call *call, sb_kind kind, char *const *ids);
void sb_delete_thing(sb_call *call, sb_kind kind, char *const *ids);
void sb_get_repository(sb_call *call, const char *id);
void sb_delete_by_properties(sb_call *call, sb_module module, sb_kind kind);
void sb_exists_by_properties(sb_call *call);
/* An error in the shape that the API has for it: a list, or devinfo's errorMessages. */
void sb_refuse(sb_call *call, sb_module module, int status, const char *message);
/* Whether the request carries a body of JSON; else the answer is filled in. */
bool sb_is_json_request(sb_call *call);

/* The parts that are no Jira: control, state, page. */
void sb_control(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer);
bool sb_page(const sb_request *request, sb_answer *answer); /* false: no such file */
/* GET /_sandbox/state. `limit`: newest items of each kind; -1: all. */
void sb_state_write(sb_sandbox *sandbox, int64_t limit, js_buf *out);
void sb_method_not_allowed(sb_answer *answer, const char *allowed);

#endif
