/* The one place that talks to the library: its client, as the relay uses it. Any thread, at any time. */
#ifndef RELAY_LIFE_CORE_H
#define RELAY_LIFE_CORE_H

#include "relay/life/config.h"

#include <jirasend/jirasend.h>

typedef struct rl_core rl_core;

/* Opens the outbox and hands over the sites. Errors: those of jirasend_client_open(). */
jirasend_code rl_core_open(rl_core **core, const rl_config *config, bool verbose,
                           jirasend_error *error);
/* Hands over the sites of a new configuration, and takes away those that it no longer has. */
jirasend_code rl_core_change(rl_core *core, const rl_config *before, const rl_config *now,
                             jirasend_error *error);
/* Ends every wait with CLOSED. */
void rl_core_cancel(rl_core *core);
void rl_core_close(rl_core *core, int64_t deadline_ms);

typedef struct rl_submission {
    const char *text;
    size_t length;
    const char *scope; /* whom its requestId belongs to */
} rl_submission;

/* In whose name documents come. */
typedef struct rl_sender {
    const char *origin;         /* of the property `jirasend` */
    const js_strings *projects; /* keys of others are dropped; empty: none are */
    bool keys_found;            /* messages, names and titles were searched before */
    bool wants_receipts;        /* as of the commit */
} rl_sender;

typedef struct rl_outcome {
    jirasend_code code;
    int64_t id; /* 0 unless the code is OK */
    bool fresh; /* committed now; else its requestId was known */
    char
        *receipt; /* as of the commit, freed with jirasend_free(); null: rl_core_receipt() has it */
    char message[JIRASEND_ERROR_MESSAGE_SIZE];
} rl_outcome;

/* As jirasend_client_submit_told(): OK when it was committed, also when some documents were refused. */
jirasend_code rl_core_submit(rl_core *core, const rl_sender *sender, const rl_submission *items,
                             size_t count, rl_outcome *outcomes, jirasend_error *error);

/* Whether events are taken: the outbox can be read, and the last seconds' submits were stored. */
jirasend_code rl_core_ready(rl_core *core);

/* The receipt as a JSON document, freed with jirasend_free(). */
jirasend_code rl_core_receipt(rl_core *core, int64_t id, char **receipt, jirasend_error *error);
/* Those of a requestId, newest first, as an array. As jirasend_client_receipts_by_request(). */
jirasend_code rl_core_receipts(rl_core *core, const char *request_id, int limit, char **receipts,
                               jirasend_error *error);
/* As jirasend_client_changed(). */
jirasend_code rl_core_changed(rl_core *core, const char *document, size_t length,
                              int64_t *changed_ms);
/* As jirasend_client_count(); what cannot be counted is not. */
void rl_core_count(rl_core *core, const char *name);
/* As jirasend_client_metrics(). */
jirasend_code rl_core_metrics(rl_core *core, char **text, jirasend_error *error);
/* The next one that was settled. As jirasend_client_next_receipt(). */
jirasend_code rl_core_next(rl_core *core, int64_t *cursor, int64_t timeout_ms, char **receipt,
                           jirasend_error *error);
/* As jirasend_outbox_status(). */
jirasend_code rl_core_status(rl_core *core, char **status, jirasend_error *error);
jirasend_code rl_core_gate(rl_core *core, const jirasend_gate_query *query, int64_t timeout_ms,
                           char **answer, jirasend_error *error);
/* The client itself, for what the delivery page does with the outbox. */
jirasend_client *rl_core_client(rl_core *core);

#endif
