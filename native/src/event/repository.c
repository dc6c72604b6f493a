/* Repositories, and the names and ids they get where none are given. */
#include "event/repository.h"

#include "base/error.h"
#include "base/text.h"
#include "base/url.h"
#include "event/json.h"
#include "event/limits.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const js_place ROOT = JS_PLACE_ROOT;

/* ---- id and name out of the url ---- */

typedef struct span {
    const char *text;
    size_t length;
} span;

static span without_slashes(span path) {
    while (path.length > 0 && path.text[path.length - 1] == '/') {
        path.length--;
    }
    return path;
}

static span without_suffix(span path) {
    static const char suffix[] = ".git";
    const size_t length = sizeof suffix - 1;
    if (path.length > length && memcmp(path.text + path.length - length, suffix, length) == 0) {
        path.length -= length;
    }
    return path;
}

/* Of a checked web address: host with port, and the path without what adds nothing to it. */
static void take_apart(const char *url, span *host, span *path) {
    host->text = strstr(url, "://") + 3;
    host->length = strcspn(host->text, "/?#");
    path->text = host->text + host->length;
    path->length = strcspn(path->text, "?#");
    *path = without_slashes(without_suffix(without_slashes(*path)));
    while (path->length > 0 && *path->text == '/') {
        path->text++;
        path->length--;
    }
    if (host->length > 0 && host->text[host->length - 1] == ':') {
        host->length--; /* "host:" is the scheme's own port */
    }
}

static jirasend_code make_id(js_repository *repository, const span *host, const span *path,
                             jirasend_error *error) {
    js_buf id = JS_BUF_INIT;
    js_buf_add(&id, host->text, host->length);
    for (size_t i = 0; i < host->length && !id.failed; i++) {
        char byte = id.data[i];
        id.data[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
    }
    js_buf_add(&id, "/", path->length > 0 ? 1 : 0);
    js_buf_add(&id, path->text, path->length);
    jirasend_code code =
        id.failed ? js_fail_memory(error)
                  : js_limit_long_id(&repository->id, id.data, id.length, "repository.id", error);
    js_buf_clear(&id);
    return code;
}

static jirasend_code fill_in(js_repository *repository, jirasend_error *error) {
    span host;
    span path;
    take_apart(repository->url, &host, &path);
    jirasend_code code = JIRASEND_OK;
    if (repository->id == NULL) {
        code = make_id(repository, &host, &path, error);
    }
    if (code == JIRASEND_OK && repository->name == NULL) {
        const span *from = path.length > 0 ? &path : &host;
        code = js_limit_text(&repository->name, from->text, from->length, "", error);
    }
    return code;
}

/* ---- reading ---- */

static jirasend_code check_one(const js_reader *in, json_object *value, const js_place *place) {
    bool id = js_member_of(value, "id") != NULL;
    bool url = js_member_of(value, "url") != NULL;
    if (id != url) {
        return JIRASEND_OK;
    }
    return js_fail(in->error, JIRASEND_E_DOCUMENT,
                   "\"%s\" of a deletion must have exactly one of \"id\" and \"url\", and has %s.",
                   place->text, id ? "both" : "neither");
}

/* Credentials can only be in an id or a name that is an address. */
static jirasend_code read_parts(js_reader *in, json_object *value, const js_place *place) {
    js_repository *repository = &in->event->of.repository;
    json_object *name = js_member_of(value, "name");
    jirasend_code code =
        js_read_part(&repository->id, value, place, "id", js_limit_long_id, in->error);
    if (code == JIRASEND_OK && repository->id != NULL) {
        js_url_forget_login(repository->id);
    }
    if (code == JIRASEND_OK) {
        code = js_read_part(&repository->url, value, place, "url", js_limit_url, in->error);
    }
    if (code == JIRASEND_OK && name != NULL && json_object_get_string_len(name) > 0) {
        code = js_read_part(&repository->name, value, place, "name", js_limit_text, in->error);
    }
    if (repository->name != NULL && strstr(repository->name, "://") != NULL) {
        js_url_forget_login(repository->name);
    }
    return code;
}

jirasend_code js_repository_read(js_reader *in) {
    static const js_member news[] = {
        {"url", json_type_string, true},
        {"id", json_type_string, false},
        {"name", json_type_string, false},
    };
    static const js_member deletion[] = {
        {"id", json_type_string, false},
        {"url", json_type_string, false},
    };
    bool deleted = in->event->deletion;
    const js_member *members = deleted ? deletion : news;
    size_t count = deleted ? COUNT_OF(deletion) : COUNT_OF(news);
    json_object *value = js_read_member(in, "repository");
    js_place place = js_place_member(&ROOT, "repository");
    jirasend_code code = js_members_check(value, &place, members, count, in->error);
    if (code == JIRASEND_OK && deleted && !in->stored) {
        code = check_one(in, value, &place);
    }
    if (code == JIRASEND_OK) {
        code = read_parts(in, value, &place);
    }
    js_repository *repository = &in->event->of.repository;
    return code == JIRASEND_OK && repository->url != NULL ? fill_in(repository, in->error) : code;
}

void js_transitions_read(js_reader *in) {
    json_object *value = js_read_member(in, "transitions");
    in->event->no_transitions = value != NULL && !json_object_get_boolean(value);
}

/* ---- writing ---- */

bool js_repository_write(js_json_out *document, const js_event *event) {
    const js_repository *repository = &event->of.repository;
    js_json_out *object = js_write_object(document, "repository");
    return js_write_text(object, "id", repository->id) &&
           (event->deletion || js_write_text(object, "name", repository->name)) &&
           js_write_text(object, "url", repository->url);
}

bool js_repository_write_facts(js_json_out *facts, const js_event *event) {
    const js_repository *repository = &event->of.repository;
    js_json_out *object = js_write_object(facts, "repository");
    return js_write_text(object, "id", repository->id) &&
           js_write_text(object, "url", repository->url);
}

bool js_transitions_write(js_json_out *document, const js_event *event) {
    return !event->no_transitions || js_write_flag(document, "transitions", false);
}

void js_repository_clear(js_repository *repository) {
    free(repository->id);
    free(repository->name);
    free(repository->url);
}
