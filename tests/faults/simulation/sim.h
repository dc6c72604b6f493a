/*
 * A world in one process: a clock, a network, a Jira, a disk that forgets what was not synced, and
 * up to two processes that share an outbox. All chance comes from one seed, so a run replays exactly.
 */
#ifndef SIM_H
#define SIM_H

#include "delivery/delivery.h"
#include "fake_world.h"
#include "outbox/outbox.h"

#ifndef SIM_ON_POSTGRES
#include <sqlite3.h>
#endif

enum {
    SITES = 3,
    GROUPS = 4, /* pipelines, or repositories */
    NUMBERS = 30,
    ENVIRONMENTS = 2,
    THINGS = GROUPS * NUMBERS * ENVIRONMENTS, /* of each kind in a site */
    STREAMS = SITES * JS_KIND_LAST * THINGS,
    APIS = JS_API_LAST,
    LANES = SITES * APIS,
    TEAMS = 3, /* values of a property by which is deleted; 0: without it */
    PROCESSES = 2,
    EVENTS_MAX = 4000,
    MESSAGES_MAX = 64
};

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

/* ---- the disk ---- */

typedef enum disk_mood { DISK_WELL, DISK_FULL, DISK_BROKEN } disk_mood;

/* What one process sees of the disk. */
typedef struct disk_view {
#ifndef SIM_ON_POSTGRES
    sqlite3_vfs vfs;
#endif
    char name[16];
    disk_mood mood;
    int writes_left; /* the process is killed at the write after so many; -1: not */
    bool dead;
} disk_view;

/* ---- events ---- */

typedef enum sim_flavour {
    PLAIN,
    NO_KEYS,      /* settled as skipped when it is submitted */
    UNKNOWN_KEYS, /* Jira knows none of them */
    REFUSED,      /* Jira rejects it in the lists */
    POISON_400,   /* Jira answers 400 to every request that holds it */
    POISON_500    /* likewise 500, until the end of the story */
} sim_flavour;

typedef struct sim_event {
    int stream, lane; /* a sweep has STREAMS as its stream */
    int touched;      /* the commit at the end of a branch, by its stream; else -1 */
    js_kind kind;
    int team;
    sim_flavour flavour;
    bool gated;
    int64_t past_ms;      /* news of the past: its updatedAt, older than all that is new; else 0 */
    bool deletion, sweep; /* a sweep is a deletion of all of its team; 0: of our origin */
    char request_id[24];  /* "" when none */
    int64_t id;           /* 0: submit failed, it may be there or not */
    int64_t since_ms;     /* monotonic; submitted, or revived by retry */
    int64_t wall_ms;
    int sends, unmentioned; /* seen by Jira */
    bool accepted;          /* Jira has said so, whether or not the answer came back */
    int64_t taken_ms;       /* ... the first time */
    bool dropped;           /* by hand */
    js_status status;       /* as last seen in a receipt */
} sim_event;

/* ---- Jira ---- */

typedef enum sim_weather {
    FINE,
    FAILS,         /* 500, 502, 503 without hint, 408, 425, 429 without hint */
    RATE_LIMITED,  /* 429 or 503 with Retry-After */
    SILENT,        /* no answer; the request may be taken, or later */
    UNREACHABLE,   /* no connection */
    CUT,           /* reset after Jira has worked on it */
    NONSENSE,      /* 202 and no JSON, or other words */
    FORGETFUL,     /* does not mention some items */
    EXPIRED_TOKEN, /* 401 until a new token */
    REFUSES_LOGIN, /* 401 whatever the token; 403 for the token itself */
    FORBIDDEN,     /* 403 */
    MOVED,         /* another cloud id from now on: 404 with the old one */
    REDIRECTS,     /* 302 */
    WEATHERS
} sim_weather;

typedef struct sim_stream {
    int64_t sequence;
    int ordinal; /* of the event that Jira shows; -1: none */
    int team;
    int deleted;       /* the newest deletion that Jira has taken; -1: none */
    int64_t gone_ms;   /* when it takes effect; 0: none is to */
    int64_t gone_upto; /* the number up to which it does */
} sim_stream;

/* An endpoint: token and tenant_info of a site, and its APIs in their order. */
enum { TOKEN, TENANT, BUILDS, DEPLOYMENTS, FLAGS, DEVINFO, ENDPOINTS };

typedef struct sim_site {
    sim_weather weather[ENDPOINTS];
    int64_t clear_since_ms[ENDPOINTS];
    int cloud, secret, token_generation;
    int64_t moved_ms;                                /* when it got this cloud id */
    int64_t size_limit;                              /* 413 above */
    int64_t rate_from_ms[APIS], rate_until_ms[APIS]; /* a lane was asked to wait, from then until */
    int64_t stop_said_ms;                            /* an answer that may hold the site */
    int64_t held_until_ms[APIS]; /* INT64_MAX: a hold may stand until its next probe */
} sim_site;

/* A request on its way to Jira, or its answer on the way back. */
typedef struct sim_message {
    js_net_ticket ticket;
    int process; /* -1: who asked is gone */
    int site, endpoint;
    js_net_method method;
    int deletion; /* of a DELETE: the event behind it */
    bool arrived;
    bool late; /* nobody waits for it any more, and others may have been sent meanwhile */
    int64_t due_ms;
    char url[300];
    char bearer[64];
    char *body;
    js_net_answer answer;
} sim_message;

/* ---- processes ---- */

typedef struct sim_net {
    js_net net;
    struct simulation *sim;
    int process;
    js_net_answer ready[MESSAGES_MAX];
    size_t ready_count;
} sim_net;

typedef struct sim_process {
    bool alive;
    int number;
    disk_view disk;
    sim_net net;
    js_log log;
    js_outbox *outbox;
    js_world world; /* the outbox's clocks */
    js_access *access;
    js_delivery *delivery;
    int64_t wake_ms;        /* monotonic */
    int64_t wall_offset_ms; /* its clock goes on as it was when it started */
    int secrets[SITES];     /* which secret it was given */
} sim_process;

typedef struct simulation {
    uint64_t seed;
    uint64_t chance; /* state of the story's random numbers */
    bool loud;
    bool calm; /* the end: no more faults */
    fake_world clock;
    js_world world;
    char folder[128];

    sim_process processes[PROCESSES];
    sim_site sites[SITES];
    sim_stream streams[STREAMS + 1]; /* the last one is nobody's */
    sim_event *events;
    int event_count;
    int64_t cursor; /* over settled receipts */

    sim_message messages[MESSAGES_MAX];
    size_t message_count;
    js_net_ticket last_ticket;
    int in_flight[LANES]; /* requests of living processes */

    int64_t
        last_disturbance_ms; /* restart, disk trouble, clock: pauses may be forgotten, work stands */
    int hours_back;          /* how often the clock was set back by an hour */
    int64_t hour_begin_ms;
    int hour_turns, idle_turns;
    int hour_requests[LANES], hour_events[LANES];
    int64_t news_ms[LANES];            /* monotonic: when something new was last seen to wait */
    int64_t turns, requests, restarts; /* totals */
    char problem[512];                 /* the first broken promise; "" */
} simulation;

/* clock.c: a number below `below`; and true once in `one_in` */
uint64_t sim_random(simulation *sim, uint64_t below);
bool sim_once_in(simulation *sim, uint64_t one_in);
void sim_say(const simulation *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Notes the first broken promise. */
void sim_break(simulation *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool sim_broken(const simulation *sim);
/* Lets time pass, turning the wheel whenever it wants to be turned. */
void sim_pass(simulation *sim, int64_t ms);

/*
 * disk.c, or in its place disk_postgres.c: a database, on which all is well but that its connections end.
 */
void disk_begin(simulation *sim); /* nothing is on it */
jirasend_code disk_open(simulation *sim, sim_process *process, jirasend_error *error);
/* It is dead: nothing of it gets there any more, also not when it is closed. */
void disk_kill(sim_process *process);
void disk_close(sim_process *process);
extern const bool disk_may_fail; /* whether it has moods, and may kill at a write */
void disk_time(simulation *sim); /* the clock has moved */
void disk_unregister(disk_view *view);
/* The power fails: of what was not synced any part may be gone. All files are closed. */
void disk_lose_power(simulation *sim);
void disk_forget_all(void);

/* thing.c: which thing of which kind a stream is, in documents and in paths */
int thing_stream(int site, js_kind kind, int group, int number, int environment);
js_kind thing_kind(int stream);
/* -1: the path names none. */
int thing_of_path(int site, const char *url);
/* The repository of a stream: all of them in one group; -1: it is in none. */
bool thing_in_repository(int stream, int repository);
void thing_document(const simulation *sim, int ordinal, char *out, size_t size);
/*
 * Which of two events of a stream is the newer one: what is new by the order of submission, after
 * all of the past, which goes by its own time. -1, no event, is before all.
 */
bool thing_newer(const simulation *sim, int ordinal, int than);
/* A deletion of a thing beats all of its past, also what is told of that later. A sweep does not. */
bool thing_beats(const simulation *sim, int deletion, int ordinal);
/* Whether this deletion takes away what an event of that team told in the stream. */
bool thing_reached(const sim_event *deletion, int stream, int team);
/* The same of an event, as it waits: the commit at its end is not meant. */
bool thing_meant(const sim_event *deletion, const sim_event *event);
int thing_lane(int stream);

/* network.c */
void network_init(simulation *sim, sim_process *process);
void network_orphan(simulation *sim, int process); /* its requests are on their way all the same */
int64_t network_next_ms(const simulation *sim); /* when the next message is due; INT64_MAX: none */
bool network_step(simulation *sim);             /* works on one message that is due */

/* jira.c */
void jira_init(simulation *sim);
void jira_receive(simulation *sim, sim_message *message);
void jira_weather(simulation *sim, int site, int endpoint, sim_weather weather);
void jira_heal(simulation *sim);

/* entities.c: what Jira has */
/* The ordinals of a request's events, in order. */
size_t jira_ordinals(const simulation *sim, const char *body, int *ordinals, size_t most);
/* Jira deletes some time after it said so: what is due by now. */
void jira_catch_up(simulation *sim);
void jira_take_bulk(simulation *sim, sim_message *to);
void jira_take_deletion(simulation *sim, sim_message *to);
void jira_show(simulation *sim, sim_message *to);
void jira_say(sim_message *to, int status, const char *body);
/* The event whose deletion goes out now; -1: there is none. */
int jira_deletion_behind(const simulation *sim, const sim_message *message);

/* process.c */
bool process_start(simulation *sim, sim_process *process);
void process_end(simulation *sim,
                 sim_process *process); /* closes; a dead one leaves its files as they are */
void process_kill(simulation *sim, sim_process *process);
void process_login(simulation *sim, sim_process *process, int site, bool right);
/* Submits; the answer of the outbox. */
jirasend_code process_submit(simulation *sim, sim_process *process, const int *ordinals,
                             size_t count);

/* check.c */
void check_settled(simulation *sim, sim_process *process);
void check_all(simulation *sim, sim_process *process, bool at_the_end);
void check_request(simulation *sim, const sim_process *process, const sim_message *message);
/* A request goes out: may it, after what Jira asked for? */
void check_pause(simulation *sim, int lane);
bool check_clocks_agree(const simulation *sim);
void check_delays(simulation *sim);

/* story.c */
void story_run(simulation *sim);
/* Two processes with different credentials, both refused by Jira, ask no more than once an hour. */
void story_refused(simulation *sim);
/* A site that was held is well again: it is found out though one of its lanes has troubles. */
void story_probe(simulation *sim);

#endif
