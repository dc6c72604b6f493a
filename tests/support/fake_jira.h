/*
 * A Jira made of a fake network, a fake clock and an outbox in memory: the bench on which delivery
 * is tested. What it answers is said by a script per path.
 */
#ifndef FAKE_JIRA_H
#define FAKE_JIRA_H

#include "delivery/delivery.h"
#include "fake_net.h"
#include "fake_world.h"
#include "outbox/outbox.h"

/* What happens to requests whose URL holds `part` (and whose body holds `body_part`). */
typedef struct fake_rule {
    const char *part;
    const char *body_part; /* null: any */
    int skip;              /* so many pass first */
    int times;             /* then so often; -1: for ever */
    fake_answer answer;    /* body: a text that lives, copied */
    const char *omit;      /* 202, but says nothing of the item with this pipeline or own id */
    const char *unknown;   /* 202, but knows not this key */
    const char *refuse;    /* 202, but refuses the item with this pipeline or own id */
} fake_rule;

enum { FAKE_RULES = 16 };

typedef struct fake_jira {
    fake_net net;
    fake_world clock;
    js_world world;
    js_outbox *outbox;
    js_access *access;
    js_delivery *delivery;
    js_log log;
    fake_rule rules[FAKE_RULES];
    size_t rule_count;
    int token_lifetime_s;
    int tokens;  /* handed out */
    bool locked; /* the lock under which delivery is called */
} fake_jira;

fake_jira *fake_jira_new(void);
void fake_jira_free(fake_jira *jira);
/* Another process on the same outbox, without credentials yet; the first has ended. */
void fake_jira_restart(fake_jira *jira);
void fake_jira_rule(fake_jira *jira, fake_rule rule);
void fake_jira_login(fake_jira *jira, const char *site, const char *secret);

/* Submits a document; the id. */
int64_t fake_jira_submit(fake_jira *jira, const char *document);
int64_t fake_jira_build(fake_jira *jira, const char *site, const char *pipeline, int number);
int64_t fake_jira_deployment(fake_jira *jira, const char *site, const char *pipeline, int number);
/* One turn, under the lock. */
int64_t fake_jira_turn(fake_jira *jira);
/* Lets virtual time pass, turning the wheel whenever it wants to be turned. */
void fake_jira_run(fake_jira *jira, int64_t ms);
js_status fake_jira_status(fake_jira *jira, int64_t id);
/* The receipt; freed by the caller. */
void fake_jira_receipt(fake_jira *jira, int64_t id, js_receipt *receipt);
/* Fails the test, with the receipt, when the event has another status. */
void fake_jira_expect(fake_jira *jira, int64_t id, js_status status);
js_outlook fake_jira_outlook(fake_jira *jira, const char *site, js_kind kind);

#endif
