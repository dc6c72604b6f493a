/* Shared by the files of the client. */
#ifndef JS_CLIENT_CLIENT_INTERNAL_H
#define JS_CLIENT_CLIENT_INTERNAL_H

#include "base/world.h"
#include "client/config_internal.h"
#include "client/options.h"
#include "delivery/delivery.h"
#include "outbox/postgres/postgres.h"

#include <jirasend/client.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

typedef struct js_given js_given;

struct jirasend_client {
    jirasend_config *config;
    js_world world;
    js_site_rules *rules; /* how documents are read; has a lock of its own */
    js_outbox *outbox;
    js_net *net;
    js_access *access;
    js_delivery *delivery;
    char *
        relay_sites; /* addresses that stand for a site that is not named, a line each; null: no relay */
    js_given *given; /* null: ids are never given again; guarded by the lock */

    /*
     * Guards access, delivery and what follows. Free while the network is polled and while anybody is
     * at the outbox: nobody waits for it longer than a few instructions.
     */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    int64_t opened_ms; /* monotonic */
    bool running;      /* the thread was started */
    bool head_start;   /* it begins with a token */
    bool closing;
    int64_t close_by_ms;   /* monotonic: when the thread gives up what is on its way */
    unsigned turns;        /* of the delivery thread */
    int waiting;           /* threads inside a waiting call */
    int64_t next_thing_ms; /* monotonic: when Jira may be asked for the next thing */

    pid_t process;        /* that opened it; a child that it forks has no thread and no locks */
    _Atomic int inside;   /* threads inside any call */
    _Atomic bool leaving; /* closing has begun: who comes now is turned away */
    _Atomic unsigned waits_cancelled; /* grows with each cancel */
};

/*
 * At the beginning of every call, clears the error; and at its end. Closing waits for those inside.
 * CLOSED: closing has begun. Only after OK is there anything to leave.
 */
jirasend_code js_enter(jirasend_client *client, jirasend_error *error);
jirasend_code js_leave(jirasend_client *client, jirasend_code code);

/* A waiting call, from js_wait_begin() to js_wait_end(), with the lock held by the caller. */
typedef struct js_wait {
    int64_t until_ms; /* monotonic */
    unsigned cancelled;
    unsigned seen; /* turns, when the caller last began to look */
} js_wait;

/* Takes the lock. */
void js_wait_begin(jirasend_client *client, js_wait *wait, int64_t timeout_ms);
/*
 * Around a look at the outbox, which is made without the lock. What changes meanwhile ends the next
 * js_wait_more() at once.
 */
void js_look_begin(jirasend_client *client, js_wait *wait);
void js_look_end(jirasend_client *client);
/* Sleeps until something may have changed since the last look began. CLOSED: the wait was ended; TIMEOUT: the time is over. */
jirasend_code js_wait_more(jirasend_client *client, js_wait *wait, jirasend_error *error);
/*
 * After a failure of the outbox: OK, after a moment, when it is away for now and the time is not over; otherwise
 * that failure, or CLOSED. `error` is not null.
 */
jirasend_code js_wait_out(jirasend_client *client, js_wait *wait, jirasend_error *error);
int64_t js_wait_left_ms(const jirasend_client *client, const js_wait *wait);
/* Gives the lock back. */
void js_wait_end(jirasend_client *client);
/* All of that time, without the lock. CLOSED: the waits were ended. */
jirasend_code js_client_sleep(jirasend_client *client, int64_t ms, jirasend_error *error);

/* Starts and ends the delivery thread. */
jirasend_code js_thread_start(jirasend_client *client, jirasend_error *error);
void js_thread_end(jirasend_client *client, int64_t deadline_ms);

/*
 * head_start.c: what is done while the outbox opens, by an event that will be submitted. False: its document is not
 * sent, or something that is stored may forbid to send it.
 */
bool js_head_start_pays(const jirasend_client *client, const jirasend_site *site,
                        const jirasend_document *event);
/* On the delivery thread, with the lock: asks for a token until the outbox is there. False: it did not open. */
bool js_head_start_run(jirasend_client *client);
/* Ends it, where the outbox did not open. */
void js_head_start_abort(jirasend_client *client);

/* How long a call that waits for nothing bears with an outbox that is away. */
int64_t js_client_patience_ms(const jirasend_client *client);

/* given.c. js_given_note() takes the lock. */
js_given *js_given_new(void);
void js_given_free(js_given *all);
void js_given_note(jirasend_client *client, const js_put_result *result, const js_event *event);
/* With the lock. NOT_FOUND, and the receipt is cleared: it is of another event than the one that got its id here. */
jirasend_code js_given_check(jirasend_client *client, js_receipt *receipt, jirasend_error *error);

/* Reads a site that a caller named, or the default one when `text` is null. */
jirasend_code js_client_site(const jirasend_client *client, const char *text, js_site *site,
                             jirasend_error *error);
/* ARGUMENT when the client has no credentials for the site. */
jirasend_code js_client_knows(jirasend_client *client, const char *site, jirasend_error *error);
/* Hands the inquiry to the delivery thread and waits until it is done. TIMEOUT, CLOSED. */
jirasend_code js_client_inquire(jirasend_client *client, js_inquiry *inquiry, int64_t timeout_ms,
                                jirasend_error *error);
/* Its failure as an error. */
jirasend_code js_client_fail_as_found(const js_finding *finding, jirasend_error *error);
/* What a relay changes in a config that is about to be used. ARGUMENT: it does not go with the rest. */
jirasend_code js_client_prepare_relay(jirasend_config *config, jirasend_error *error);
/* Fills in the client's relay_sites, once its outbox is open. MEMORY. */
jirasend_code js_relay_sites(jirasend_client *client, jirasend_error *error);
/* An origin or a scope that is given beside a relay. ARGUMENT. */
jirasend_code js_relay_check_options(const jirasend_config *config, const js_options *options,
                                     jirasend_error *error);
/*
 * Waits for what becomes of an event that a relay has, and hands out its receipt, with our own id and
 * the relay's.
 */
jirasend_code js_client_follow_relay(jirasend_client *client, const js_receipt *receipt,
                                     int64_t until_ms, char **out, jirasend_error *error);
/*
 * Asks the relay once what became of the newest events that it has and of which this outbox knows no more.
 * It is not an error when the relay does not answer.
 */
jirasend_code js_client_ask_relayed(jirasend_client *client, int64_t until_ms,
                                    jirasend_error *error);
/*
 * receipts.c: the receipt of an event as of its commit, with what is known of its lane in memory. Null when
 * more than that has to be asked, or memory is short.
 */
void js_client_tell_committed(jirasend_client *client, js_receipt *receipt, char **out);
/* submit.c: what the outbox knows of the thing that the document is about. Nothing is stored.
 * Either answer may be null. */
jirasend_code js_submit_told(jirasend_client *client, const jirasend_document *document,
                             const jirasend_submit_options *options, js_told *told,
                             int64_t *changed_ms, jirasend_error *error);
/* database.c: what it says points into the config; `world` must outlive the outbox. */
js_postgres_options js_database_options(const jirasend_config *config, const js_world *world);
jirasend_code js_database_open(const jirasend_config *config, const js_world *world,
                               js_outbox **outbox, jirasend_error *error);
/* metrics.c */
jirasend_code js_metrics_write(jirasend_client *client, js_buf *out, jirasend_error *error);
/* history.c: an issue key as a person writes it. ARGUMENT. */
enum { JS_HISTORY_KEY_SIZE = 512 };
jirasend_code js_history_key(const char *text, char key[JS_HISTORY_KEY_SIZE],
                             jirasend_error *error);
/* history_deployments.c */
jirasend_code js_history_diff(jirasend_client *client, const char *first, const char *second,
                              char **keys, jirasend_error *error);
/* history.c: all pages of it, newest first; the rows are freed with js_history_free(). */
jirasend_code js_history_all(jirasend_client *client, const js_history_query *query, size_t most,
                             js_history_row **rows, size_t *count, jirasend_error *error);
/* Newer first: what is new before news of the past. For qsort(). */
int js_history_newer(const void *a, const void *b);

/* Hands a finished text out, or MEMORY. */
jirasend_code js_hand_out(js_buf *text, char **out, jirasend_error *error);
jirasend_code js_hand_out_receipt(const js_receipt *receipt, char **out, jirasend_error *error);

#endif
