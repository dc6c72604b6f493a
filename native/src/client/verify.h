/* A verification of the history, and how far it came. Internal to verifying. */
#ifndef JS_CLIENT_VERIFY_H
#define JS_CLIENT_VERIFY_H

#include "client/things.h"

#include <jirasend/verify.h>

/* An event that is asked about. Those of equal rank are answered by one question. */
typedef struct js_unit_id {
    int64_t id, group;
    int64_t rank; /* the newest id of the unit */
} js_unit_id;

/* What one API said. */
typedef struct js_verified_api {
    int64_t expected; /* things that were asked for and should be there */
    int64_t missing;  /* of them: 404 */
    bool forbidden;
} js_verified_api;

/* Units from `top` down to `bottom` were asked; those of `differs` showed a difference. */
typedef struct js_verified {
    int64_t top, bottom; /* 0: none */
    int64_t *differs;    /* sorted when it was loaded */
    size_t differing, room;
} js_verified;

struct jirasend_verification {
    jirasend_client *client;
    unsigned kinds;
    bool sampled, complete;
    js_unit_id *ids; /* the newest first */
    size_t count, at;
    int64_t asked, same, differing, newer, not_known, went_on;
    js_verified_api apis[JS_API_LAST + 1];
    js_verified before; /* by the run that was ended */
    js_verified now;
};

/* verify_progress.c: how far it came, in the outbox. */
jirasend_code js_verify_load(jirasend_verification *self, jirasend_error *error);
/* Whether the run before has asked these, and found no difference. */
bool js_verify_was_asked(const jirasend_verification *self, size_t start, size_t end);
/* These were asked, and `lines` differ. */
jirasend_code js_verify_note(jirasend_verification *self, size_t start, size_t end,
                             json_object *lines, jirasend_error *error);
void js_verify_save(jirasend_verification *self);
void js_verify_clear(jirasend_verification *self);

/* history.c: comma-separated kinds as bits; null: 0. ARGUMENT. */
jirasend_code js_history_kinds(const char *list, unsigned *kinds, jirasend_error *error);

#endif
