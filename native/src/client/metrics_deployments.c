/* Deployments by environment: the most used environments have names of their own, all others are "other". */
#include "client/metrics.h"

#include "base/error.h"
#include "event/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * Which environments have names changes with their use, and no counter may fall when one gets a name or
 * loses it. So each deployment is counted in one place forever, which the outbox remembers as a note: an
 * environment that gets a name begins with what comes then, and its past remains in "other"; one that loses
 * it takes up again where it stood when it gets it back. Only what has a name when environments are first
 * told apart begins with its past.
 */
enum { ENVIRONMENTS_MAX = 50, STATES = JS_STATE_UNKNOWN + 1 };

static const char note[] = "metrics.environments";
static const char other_name[] = "other";

typedef struct usage {
    const char *environment; /* of the metrics */
    int64_t states[STATES], sum;
    int64_t own[STATES];  /* without a name: how much was counted while it had one */
    int64_t past[STATES]; /* with a name: how much was counted as "other" before */
    bool named;
} usage;

typedef struct usages {
    usage *all; /* the most used first */
    size_t count, named;
    bool full; /* there were more than have names, at some time */
    bool changed;
} usages;

/* ---- how often each was used ---- */

static int more_used(const void *left, const void *right) {
    const usage *a = left;
    const usage *b = right;
    return a->sum > b->sum ? -1 : a->sum < b->sum ? 1 : strcmp(a->environment, b->environment);
}

static usage *find(const usages *in, const char *environment) {
    size_t at = 0;
    while (at < in->count && strcmp(in->all[at].environment, environment) != 0) {
        at++;
    }
    return at < in->count ? &in->all[at] : NULL;
}

static void gather(usages *in, const js_metric *metrics, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int state = js_metrics_number(metrics[i].label);
        if (strcmp(metrics[i].name, "deployments") != 0 || state < 0 || state >= STATES) {
            continue;
        }
        const char *environment = js_metrics_part(metrics[i].label, 1);
        usage *one = find(in, environment);
        if (one == NULL) {
            one = &in->all[in->count++];
            *one = (usage){.environment = environment};
        }
        one->states[state] += metrics[i].value;
        one->sum += metrics[i].value;
    }
    if (in->count > 0) {
        qsort(in->all, in->count, sizeof *in->all, more_used);
    }
}

/* ---- the note: {"full": true, "named": {"prod": {}}, "unnamed": {"e7": {"failed": 2}}} ---- */

/* Not more than there is, whatever somebody's disk says. */
static void read_amounts(json_object *amounts, const usage *one, int64_t out[STATES]) {
    for (int state = 0; state < STATES; state++) {
        int64_t amount = js_json_number_of(amounts, js_state_name((js_state)state));
        amount = amount < one->states[state] ? amount : one->states[state];
        out[state] = amount > 0 ? amount : 0;
    }
}

static void read_names(usages *in, json_object *object, bool named) {
    if (!json_object_is_type(object, json_type_object)) {
        return;
    }
    json_object_object_foreach(object, environment, amounts) {
        usage *one = find(in, environment);
        if (one != NULL) {
            one->named = named;
            in->named += named ? 1 : 0;
            read_amounts(amounts, one, named ? one->past : one->own);
        }
    }
}

static jirasend_code load(jirasend_client *client, usages *in, jirasend_error *error) {
    js_buf text = JS_BUF_INIT;
    jirasend_code code = client->outbox->ops->bookmark_get(client->outbox, note, &text, error);
    if (code == JIRASEND_OK && text.length > 0) {
        json_object *object = js_json_parse(text.data, text.length, JS_JSON_STRICT, NULL);
        json_object *names = NULL;
        if (json_object_object_get_ex(object, "named", &names)) {
            read_names(in, names, true);
        }
        if (json_object_object_get_ex(object, "unnamed", &names)) {
            read_names(in, names, false);
        }
        in->full = json_object_object_get_ex(object, "full", &names);
        json_object_put(object);
    }
    js_buf_clear(&text);
    return code;
}

static bool put_amounts(json_object *names, const char *environment,
                        const int64_t amounts[STATES]) {
    json_object *one = json_object_new_object();
    if (one == NULL || json_object_object_add(names, environment, one) != 0) {
        json_object_put(one);
        return false;
    }
    bool good = true;
    for (int state = 0; state < STATES && good; state++) {
        good = amounts[state] <= 0 ||
               js_json_put_number(one, js_state_name((js_state)state), amounts[state]);
    }
    return good;
}

static bool has_any(const int64_t amounts[STATES]) {
    bool any = false;
    for (int state = 0; state < STATES; state++) {
        any = any || amounts[state] > 0;
    }
    return any;
}

/* Where it cannot be written, nobody writes counters, either: the next one decides as this one did. */
static void save(jirasend_client *client, const usages *in) {
    json_object *object = json_object_new_object();
    json_object *named = js_json_put_object(object, "named");
    json_object *unnamed = js_json_put_object(object, "unnamed");
    bool good =
        named != NULL && unnamed != NULL && (!in->full || js_json_put_flag(object, "full", true));
    for (size_t i = 0; i < in->count && good; i++) {
        const usage *one = &in->all[i];
        if (one->named) {
            good = put_amounts(named, one->environment, one->past);
        } else if (has_any(one->own)) {
            good = put_amounts(unnamed, one->environment, one->own);
        }
    }
    js_buf text = JS_BUF_INIT;
    js_json_write_built(&text, object, good);
    if (!text.failed) {
        (void)client->outbox->ops->bookmark_put(client->outbox, note, text.data, NULL);
    }
    js_buf_clear(&text);
}

/* ---- who has a name ---- */

static void give_name(usages *in, usage *one) {
    for (int state = 0; state < STATES && in->full; state++) {
        one->past[state] = one->states[state] - one->own[state];
    }
    one->named = true;
    in->named++;
    in->changed = true;
}

static void take_name(usages *in, usage *one) {
    for (int state = 0; state < STATES; state++) {
        one->own[state] = one->states[state] - one->past[state];
    }
    one->named = false;
    in->named--;
    in->changed = true;
}

static bool may_have_name(const usage *one) {
    return strcmp(one->environment, other_name) != 0;
}

/* They are in order: names go to the first of them. */
static void choose(usages *in) {
    size_t passed = 0;
    for (size_t i = 0; i < in->count; i++) {
        usage *one = &in->all[i];
        bool wanted = may_have_name(one) && passed < ENVIRONMENTS_MAX;
        passed += wanted ? 1 : 0;
        if (one->named && !wanted) {
            take_name(in, one);
        }
    }
    passed = 0;
    for (size_t i = 0; i < in->count && passed < ENVIRONMENTS_MAX; i++) {
        usage *one = &in->all[i];
        if (may_have_name(one)) {
            passed++;
            if (!one->named) {
                give_name(in, one);
            }
        }
    }
    if (in->count > in->named && !in->full) {
        in->full = true;
        in->changed = true;
    }
}

/* ---- writing ---- */

static void write_one(js_buf *out, const char *environment, int state, int64_t value) {
    js_buf_add_text(out, "jirasend_deployments_total{environment=");
    js_metrics_value(out, environment);
    js_buf_addf(out, ",state=\"%s\"} %" PRId64 "\n", js_state_name((js_state)state), value);
}

static void write_all(js_buf *out, const usages *in) {
    usage rest = {.environment = other_name};
    js_metrics_head(out, "jirasend_deployments", "counter",
                    "Deployments that Jira accepted, each once for each state.");
    for (size_t i = 0; i < in->count; i++) {
        const usage *one = &in->all[i];
        for (int state = 0; state < STATES; state++) {
            int64_t others = one->named ? one->past[state] : one->states[state] - one->own[state];
            rest.states[state] += others;
            if (one->named && one->states[state] > 0) {
                write_one(out, one->environment, state, one->states[state] - others);
            }
        }
    }
    for (int state = 0; state < STATES; state++) {
        if (rest.states[state] > 0) {
            write_one(out, rest.environment, state, rest.states[state]);
        }
    }
}

jirasend_code js_metrics_deployments(jirasend_client *client, js_buf *out, const js_metric *metrics,
                                     size_t count, jirasend_error *error) {
    usages in = {.all = calloc(count + 1, sizeof *in.all)};
    if (in.all == NULL) {
        return js_fail_memory(error);
    }
    gather(&in, metrics, count);
    jirasend_code code = load(client, &in, error);
    if (code == JIRASEND_OK) {
        choose(&in);
        if (in.changed) {
            save(client, &in);
        }
        write_all(out, &in);
    }
    free(in.all);
    return code;
}
