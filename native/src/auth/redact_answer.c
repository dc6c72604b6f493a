/* What must not be readable in an answer that repeats what it was sent. */
#include "auth/access_internal.h"

#include "base/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Copies, as the credentials may be replaced while the guard is open. */
typedef struct known {
    js_secret *items;
    size_t count, room;
} known;

static void known_clear(known *all) {
    for (size_t i = 0; i < all->count; i++) {
        js_secret_wipe(&all->items[i]);
    }
    free(all->items);
    *all = (known){NULL, 0, 0};
}

static size_t most(const js_access *access) {
    size_t count = 0;
    for (const js_login *login = access->logins; login != NULL; login = login->next) {
        count += 2;
    }
    for (const js_login *login = access->retired; login != NULL; login = login->next) {
        count += 2;
    }
    for (const js_kept *kept = access->spent; kept != NULL; kept = kept->next) {
        count++;
    }
    return count;
}

/* One that is listed twice would be looked for twice. */
static bool add(known *all, const js_kept *kept) {
    const js_secret *secret = kept != NULL ? &kept->secret : NULL;
    if (secret == NULL || secret->length < JS_REDACT_MIN || all->items == NULL) {
        return true;
    }
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].length == secret->length &&
            memcmp(all->items[i].text, secret->text, secret->length) == 0) {
            return true;
        }
    }
    return js_secret_set(&all->items[all->count++], secret->text, secret->length);
}

static bool add_logins(known *all, const js_login *logins, bool tokens) {
    bool added = true;
    for (const js_login *login = logins; login != NULL && added; login = login->next) {
        added = add(all, login->secret) && (!tokens || add(all, login->token));
    }
    return added;
}

static bool gather(known *all, const js_access *access, bool tokens) {
    all->room = most(access);
    all->count = 0;
    all->items = all->room > 0 ? calloc(all->room, sizeof *all->items) : NULL;
    bool added = (all->room == 0 || all->items != NULL) &&
                 add_logins(all, access->logins, tokens) &&
                 add_logins(all, access->retired, tokens);
    for (const js_kept *kept = access->spent; kept != NULL && added && tokens; kept = kept->next) {
        added = add(all, kept);
    }
    return added;
}

/* An answer with a token may bring one again that we know: that one is what it is for. */
static bool brings_token(const js_access *access, const js_net_answer *answer) {
    bool asked = false;
    for (const js_login *login = access->logins; login != NULL; login = login->next) {
        asked |= login->lookup.ticket == answer->ticket;
    }
    return asked && answer->failure == JS_NET_ANSWERED && answer->status == 200;
}

static bool redact_text(char *text, const known *all) {
    return js_redact(text, strlen(text), all->items, all->count);
}

static bool redact_body(const js_buf *body, const known *all) {
    return body->data == NULL || js_redact(body->data, body->length, all->items, all->count);
}

/* Memory is short: nothing of it may be shown, so it is as if it had not come. */
static void forget(js_net_answer *answer) {
    js_net_ticket ticket = answer->ticket;
    js_buf_clear(&answer->body);
    *answer = (js_net_answer){.ticket = ticket, .failure = JS_NET_BROKEN};
    (void)snprintf(answer->message, sizeof answer->message,
                   "out of memory while reading the answer");
}

void js_access_redact(js_access *access, js_net_answer *answer) {
    known all;
    bool gathered = gather(&all, access, !brings_token(access, answer));
    js_guard_leave(&access->guard);
    bool redacted = gathered && redact_text(answer->location_host, &all) &&
                    redact_text(answer->message, &all) && redact_body(&answer->body, &all);
    if (!redacted) {
        forget(answer);
    }
    js_guard_enter(&access->guard);
    known_clear(&all);
}
