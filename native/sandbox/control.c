/* /_sandbox/...: what no Jira has. Faults, log, state, gates, reset. */
#include "sandbox.h"

#include "event/json.h"

#include <stdlib.h>
#include <string.h>

static void say(sb_answer *answer, int status, const char *message) {
    sb_answer_json(answer, status);
    js_buf_add_text(&answer->body, "{\"message\":");
    js_json_write_string(&answer->body, message);
    js_buf_add_text(&answer->body, "}\n");
}

/* The body as JSON; null, and the answer is written, when it is not one. */
static json_object *read_body(const sb_request *request, sb_answer *answer) {
    jirasend_error error = JIRASEND_ERROR_INIT;
    if (request->body_too_large) {
        say(answer, 413, "The body is larger than 1 MiB.");
        return NULL;
    }
    if (request->body.length == 0) {
        say(answer, 400, "The body is empty; JSON is expected.");
        return NULL;
    }
    json_object *body =
        js_json_parse(request->body.data, request->body.length, JS_JSON_STRICT, &error);
    if (body == NULL) {
        say(answer, 400, error.message);
    }
    return body;
}

static void add_faults(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer) {
    json_object *body = read_body(request, answer);
    if (body == NULL) {
        return;
    }
    char *wrong = sb_faults_add(&sandbox->faults, body);
    json_object_put(body);
    if (wrong != NULL && *wrong != '\0') {
        say(answer, 400, wrong);
    } else if (wrong != NULL) {
        answer->body.failed = true;
    } else {
        sandbox->store.version++;
        sb_answer_json(answer, 200);
        sb_faults_write(&sandbox->faults, &answer->body);
    }
    free(wrong);
}

static void faults(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer) {
    if (strcmp(request->method, "POST") == 0) {
        add_faults(sandbox, request, answer);
    } else if (strcmp(request->method, "GET") == 0) {
        sb_answer_json(answer, 200);
        sb_faults_write(&sandbox->faults, &answer->body);
    } else if (strcmp(request->method, "DELETE") == 0) {
        sb_faults_clear(&sandbox->faults);
        sandbox->store.version++;
        answer->status = 204;
    } else {
        sb_method_not_allowed(answer, "GET, POST, DELETE");
    }
}

typedef struct gate_order {
    const char *pipeline, *environment, *status;
    int64_t number;
} gate_order;

static const char *gate_text(json_object *body, const char *name) {
    json_object *value = NULL;
    (void)json_object_object_get_ex(body, name, &value);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

/* Null, or what is wrong with the order. */
static const char *read_gate(json_object *body, gate_order *order) {
    json_object *number = NULL;
    if (!json_object_is_type(body, json_type_object)) {
        return "A gate is set by an object with pipelineId, environmentId, number and status.";
    }
    order->pipeline = gate_text(body, "pipelineId");
    order->environment = gate_text(body, "environmentId");
    order->status = gate_text(body, "status");
    if (order->pipeline == NULL) {
        return "'pipelineId' must be a string.";
    }
    if (order->environment == NULL) {
        return "'environmentId' must be a string.";
    }
    if (!json_object_object_get_ex(body, "number", &number) ||
        !json_object_is_type(number, json_type_int)) {
        return "'number' must be an integer.";
    }
    order->number = json_object_get_int64(number);
    return order->status == NULL ? "'status' must be a string." : NULL;
}

static void gates(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer) {
    gate_order order = {NULL, NULL, NULL, 0};
    sb_gate gate = SB_GATE_NONE;
    json_object *body = read_body(request, answer);
    if (body == NULL) {
        return;
    }
    const char *wrong = read_gate(body, &order);
    if (wrong == NULL && (!sb_gate_from_name(order.status, &gate) || gate == SB_GATE_NONE)) {
        wrong = "'status' must be one of awaiting, allowed, prevented, expired, invalid.";
    }
    char *key =
        wrong == NULL ? sb_key_deployment(order.pipeline, order.environment, order.number) : NULL;
    sb_item *item = key == NULL ? NULL : sb_store_find(&sandbox->store, SB_DEPLOYMENT, key);
    if (wrong != NULL) {
        say(answer, 400, wrong);
    } else if (item == NULL || item->gate == SB_GATE_NONE) {
        say(answer, 404, "There is no gate for that deployment.");
    } else {
        item->gate = gate;
        item->gate_ms = js_wall_ms(&sandbox->world);
        sandbox->store.version++;
        sb_answer_json(answer, 200);
        js_buf_addf(&answer->body, "{\"status\":\"%s\"}\n", sb_gate_name(gate));
    }
    free(key);
    json_object_put(body);
}

static void state(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer) {
    int64_t limit = sb_query_number(request->query, "limit", -2);
    if (limit == -1) {
        say(answer, 400, "'limit' must be a number.");
        return;
    }
    sb_answer_json(answer, 200);
    sb_state_write(sandbox, limit, &answer->body);
}

static void log_of_requests(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer) {
    sb_log_range range = {sb_query_number(request->query, "after", 0),
                          sb_query_number(request->query, "before", 0),
                          sb_query_number(request->query, "limit", INT64_MAX)};
    if (range.after < 0 || range.before < 0 || range.limit < 0) {
        say(answer, 400, "'after', 'before' and 'limit' must be numbers.");
        return;
    }
    sb_answer_json(answer, 200);
    sb_log_write(&sandbox->log, &range, &answer->body);
}

static void write_setting(js_buf *out, const char *name, const char *value) {
    js_buf_addf(out, ",\"%s\":", name);
    if (value == NULL) {
        js_buf_add_text(out, "null");
    } else {
        js_json_write_string(out, value);
    }
}

/* What a client must be told; the page shows it to be copied. No secret: it is for trying out. */
static void settings(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer) {
    (void)request;
    sb_answer_json(answer, 200);
    js_buf_add_text(&answer->body, "{\"url\":");
    js_json_write_string(&answer->body, sandbox->base_url);
    write_setting(&answer->body, "cloudId", sandbox->cloud_id);
    write_setting(&answer->body, "clientId", sandbox->clients[0].id);
    write_setting(&answer->body, "clientSecret", sandbox->clients[0].secret);
    write_setting(&answer->body, "caFile", sandbox->ca_file);
    js_buf_add_text(&answer->body, "}\n");
}

static void reset(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer) {
    (void)request;
    sb_sandbox_reset(sandbox);
    answer->status = 204;
}

static void stream(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer) {
    (void)sandbox;
    answer->status = 200;
    answer->ending = SB_STREAM;
    answer->requests_too = sb_query_number(request->query, "requests", 0) > 0;
    if (!sb_headers_add(&answer->headers, "Content-Type", "text/event-stream;charset=UTF-8")) {
        answer->body.failed = true;
    }
}

void sb_control(sb_sandbox *sandbox, const sb_request *request, sb_answer *answer) {
    static const struct {
        const char *path, *method; /* null: sorts out the methods itself */
        void (*handle)(sb_sandbox *, const sb_request *, sb_answer *);
    } routes[] = {
        {"/_sandbox/faults", NULL, faults},        {"/_sandbox/gates", "POST", gates},
        {"/_sandbox/reset", "POST", reset},        {"/_sandbox/state", "GET", state},
        {"/_sandbox/log", "GET", log_of_requests}, {"/_sandbox/stream", "GET", stream},
        {"/_sandbox/settings", "GET", settings},
    };
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (strcmp(routes[i].path, request->path) != 0) {
            continue;
        }
        if (routes[i].method != NULL && strcmp(routes[i].method, request->method) != 0) {
            sb_method_not_allowed(answer, routes[i].method);
        } else {
            routes[i].handle(sandbox, request, answer);
        }
        return;
    }
    say(answer, 404,
        "There is faults, gates, reset, settings, state, log and stream below /_sandbox/.");
}
