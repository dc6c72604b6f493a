/* The views of the history. */
#include "relay/page/history.h"

#include "event/kind_names.h"

#include <jirasend/history.h>
#include <string.h>

enum { PAGE_ROWS = 100, BUSY_SECONDS = 5 };

static const char *given(const rl_page *page, const char *name) {
    const char *value = rl_exchange_query(page->exchange, name);
    return value != NULL ? value : "";
}

static const char *or_null(const char *text) {
    return text[0] != '\0' ? text : NULL;
}

static void begin_form(const rl_page *page, const char *view) {
    js_buf_addf(page->out,
                "<form class=\"filters\" method=\"get\" action=\"./\" role=\"search\">"
                "<input type=\"hidden\" name=\"view\" value=\"%s\">",
                view);
}

static void put_field(const rl_page *page, const char *name, const char *label) {
    js_buf_addf(page->out, "<label class=\"field\"><span>%s</span><input name=\"%s\" value=\"",
                label, name);
    rl_html_text(page->out, given(page, name));
    js_buf_add_text(page->out, "\" maxlength=\"1000\" autocomplete=\"off\" spellcheck=\"false\">"
                               "</label>\n");
}

static void put_choice(const rl_page *page, const char *name, const char *label, const char *all,
                       const char *const *choices) {
    js_buf_addf(page->out,
                "<label class=\"field\"><span>%s</span><select name=\"%s\"><option value=\"\">%s"
                "</option>",
                label, name, all);
    for (; *choices != NULL; choices++) {
        js_buf_addf(page->out, "<option%s>%s</option>",
                    strcmp(*choices, given(page, name)) == 0 ? " selected" : "", *choices);
    }
    js_buf_add_text(page->out, "</select></label>\n");
}

static void end_form(const rl_page *page) {
    js_buf_add_text(page->out, "<button class=\"plain\">Show</button></form>\n");
}

/* What is wrong with a question, or that nothing is known. Other trouble is 503. */
static bool say_trouble(const rl_page *page, jirasend_code code, const jirasend_error *error) {
    if (code != JIRASEND_E_ARGUMENT && code != JIRASEND_E_NOT_FOUND) {
        rl_answer_later(&page->exchange->answer, 503, BUSY_SECONDS, "%s", error->message);
        return false;
    }
    js_buf_add_text(page->out, "<p class=\"note\" role=\"status\">");
    rl_html_text(page->out, error->message);
    js_buf_add_text(page->out, "</p>\n");
    rl_html_end(page);
    return true;
}

/* ---- rows ---- */

static void begin_rows(js_buf *out, const char *last) {
    js_buf_addf(out,
                "<div class=\"card cards\"><table><thead><tr><th scope=\"col\">Submitted (UTC)"
                "</th><th scope=\"col\">Event</th><th scope=\"col\">Issues</th>"
                "<th scope=\"col\">Status</th><th scope=\"col\">%s</th></tr></thead><tbody>\n",
                last);
}

static void put_keys(js_buf *out, json_object *receipt) {
    json_object *keys = NULL;
    if (!json_object_object_get_ex(receipt, "issueKeys", &keys)) {
        return;
    }
    for (size_t i = 0; i < json_object_array_length(keys); i++) {
        const char *key = json_object_get_string(json_object_array_get_idx(keys, i));
        js_buf_add_text(out, i > 0 ? " " : "");
        js_buf_add_text(out, "<a href=\"./?view=explain&amp;key=");
        rl_html_query(out, key);
        js_buf_add_text(out, "\">");
        rl_html_text(out, key);
        js_buf_add_text(out, "</a>");
    }
}

static void put_row(js_buf *out, json_object *receipt) {
    js_buf_add_text(out, "<tr><th scope=\"row\">");
    rl_html_time(out, rl_html_member(receipt, "submittedAt"));
    js_buf_add_text(out, "</th><td>");
    rl_html_subject(out, receipt);
    js_buf_add_text(out, "</td><td class=\"keys\">");
    put_keys(out, receipt);
    js_buf_add_text(out, "</td><td>");
    rl_html_status(out, receipt);
    js_buf_add_text(out, "</td><td>");
}

/* ---- log ---- */

static void put_older(const rl_page *page, const char *cursor) {
    static const char *const names[] = {"key", "kind", "status", "pipeline", "environment"};
    js_buf_add_text(page->out, "<p class=\"more\"><a href=\"./?view=history&amp;cursor=");
    rl_html_query(page->out, cursor);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        js_buf_addf(page->out, "&amp;%s=", names[i]);
        rl_html_query(page->out, given(page, names[i]));
    }
    js_buf_add_text(page->out, "\">Older ones</a></p>\n");
}

static void put_log(const rl_page *page, json_object *answer) {
    json_object *receipts = NULL;
    const char *cursor = rl_html_member(answer, "cursor");
    (void)json_object_object_get_ex(answer, "receipts", &receipts);
    size_t count = receipts != NULL ? json_object_array_length(receipts) : 0;
    if (count == 0) {
        js_buf_add_text(page->out, "<p class=\"note\">No event matches.</p>\n");
        return;
    }
    begin_rows(page->out, "Id");
    for (size_t i = 0; i < count; i++) {
        json_object *receipt = json_object_array_get_idx(receipts, i);
        const char *id = rl_html_member(receipt, "id");
        put_row(page->out, receipt);
        js_buf_addf(page->out, "<a href=\"./?view=event&amp;id=%s\">%s</a></td></tr>\n", id, id);
    }
    js_buf_add_text(page->out, "</tbody></table></div>\n");
    if (cursor[0] != '\0') {
        put_older(page, cursor);
    }
}

enum { KINDS_MOST = 32 };

bool rl_page_history(const rl_page *page, json_object *outbox) {
    const char *kinds[KINDS_MOST + 1] = {NULL};
    for (size_t i = 0; i < KINDS_MOST && js_kind_name_at(i) != NULL; i++) {
        kinds[i] = js_kind_name_at(i);
    }
    static const char *const statuses[] = {"accepted", "queued",     "held", "rejected",
                                           "skipped",  "superseded", NULL};
    jirasend_history_filter filter = JIRASEND_HISTORY_FILTER_INIT;
    jirasend_error error = JIRASEND_ERROR_INIT;
    char *text = NULL;
    filter.key = or_null(given(page, "key"));
    filter.kinds = or_null(given(page, "kind"));
    filter.statuses = or_null(given(page, "status"));
    filter.pipeline = or_null(given(page, "pipeline"));
    filter.environment = or_null(given(page, "environment"));
    rl_html_begin(page, 200, RL_VIEW_HISTORY, outbox);
    begin_form(page, "history");
    put_field(page, "key", "Issue key");
    put_choice(page, "kind", "News", "All", kinds);
    put_choice(page, "status", "Status", "All", statuses);
    put_field(page, "pipeline", "Pipeline");
    put_field(page, "environment", "Environment");
    end_form(page);
    jirasend_code code =
        jirasend_client_history(rl_core_client(page->exchange->relay->core), &filter,
                                or_null(given(page, "cursor")), PAGE_ROWS, &text, &error);
    if (code != JIRASEND_OK) {
        return say_trouble(page, code, &error);
    }
    json_object *answer = json_tokener_parse(text);
    put_log(page, answer);
    rl_html_end(page);
    (void)json_object_put(answer);
    jirasend_free(text);
    return true;
}

/* ---- explain ---- */

static void put_found(js_buf *out, json_object *event) {
    json_object *found = NULL;
    if (json_object_object_get_ex(event, "found", &found)) {
        const char *commit = rl_html_member(found, "commit");
        rl_html_text(out, rl_html_member(found, "from"));
        js_buf_addf(out, commit[0] != '\0' ? " of %.10s" : "%s", commit);
    }
}

static void put_dropped(js_buf *out, json_object *dropped) {
    js_buf_add_text(out,
                    "<h2 class=\"panel-title\">Texts that contain it but did not count</h2>\n<ul "
                    "class=\"plain-list\">");
    for (size_t i = 0; i < json_object_array_length(dropped); i++) {
        json_object *one = json_object_array_get_idx(dropped, i);
        const char *id = rl_html_member(one, "id");
        js_buf_addf(out, "<li>Event <a href=\"./?view=event&amp;id=%s\">%s</a>, by the rule ", id,
                    id);
        rl_html_text(out, rl_html_member(one, "rule"));
        js_buf_add_text(out, "</li>");
    }
    js_buf_add_text(out, "</ul>\n");
}

static void put_explanation(const rl_page *page, json_object *answer) {
    json_object *events = NULL;
    json_object *dropped = NULL;
    (void)json_object_object_get_ex(answer, "events", &events);
    (void)json_object_object_get_ex(answer, "dropped", &dropped);
    size_t count = events != NULL ? json_object_array_length(events) : 0;
    if (count == 0) {
        js_buf_add_text(page->out, "<p class=\"note\">Nothing named it.</p>\n");
    } else {
        begin_rows(page->out, "Found in");
    }
    for (size_t i = 0; i < count && i < PAGE_ROWS; i++) {
        json_object *event = json_object_array_get_idx(events, i);
        put_row(page->out, event);
        put_found(page->out, event);
        js_buf_add_text(page->out, "</td></tr>\n");
    }
    js_buf_add_text(page->out, count > 0 ? "</tbody></table></div>\n" : "");
    if (count > PAGE_ROWS) {
        js_buf_addf(page->out, "<p class=\"note\">The newest %d of %zu are shown.</p>\n", PAGE_ROWS,
                    count);
    }
    if (dropped != NULL && json_object_array_length(dropped) > 0) {
        put_dropped(page->out, dropped);
    }
}

bool rl_page_explain(const rl_page *page, json_object *outbox) {
    const char *key = given(page, "key");
    char *text = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    rl_html_begin(page, 200, RL_VIEW_EXPLAIN, outbox);
    begin_form(page, "explain");
    put_field(page, "key", "Issue key");
    end_form(page);
    if (key[0] != '\0') {
        jirasend_code code = jirasend_client_explain(rl_core_client(page->exchange->relay->core),
                                                     key, &text, &error);
        if (code != JIRASEND_OK) {
            return say_trouble(page, code, &error);
        }
        json_object *answer = json_tokener_parse(text);
        put_explanation(page, answer);
        (void)json_object_put(answer);
        jirasend_free(text);
    }
    rl_html_end(page);
    return true;
}

/* ---- diff ---- */

static void put_difference(const rl_page *page, json_object *keys) {
    size_t count = json_object_is_type(keys, json_type_array) ? json_object_array_length(keys) : 0;
    if (count == 0) {
        js_buf_add_text(page->out,
                        "<p class=\"note\">The second has all that the first has.</p>\n");
        return;
    }
    js_buf_addf(page->out,
                "<p class=\"note\">%zu %s in the first and not in the second:</p>\n<ul "
                "class=\"keys plain-list\">",
                count, count == 1 ? "issue is" : "issues are");
    for (size_t i = 0; i < count; i++) {
        const char *key = json_object_get_string(json_object_array_get_idx(keys, i));
        js_buf_add_text(page->out, "<li><a href=\"./?view=explain&amp;key=");
        rl_html_query(page->out, key);
        js_buf_add_text(page->out, "\">");
        rl_html_text(page->out, key);
        js_buf_add_text(page->out, "</a></li>");
    }
    js_buf_add_text(page->out, "</ul>\n");
}

bool rl_page_diff(const rl_page *page, json_object *outbox) {
    const char *from = given(page, "from");
    const char *to = given(page, "to");
    char *text = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    rl_html_begin(page, 200, RL_VIEW_DIFF, outbox);
    begin_form(page, "diff");
    put_field(page, "from", "Issues in the environment");
    put_field(page, "to", "that are not in");
    end_form(page);
    if (from[0] != '\0' && to[0] != '\0') {
        jirasend_code code = jirasend_client_diff(rl_core_client(page->exchange->relay->core), from,
                                                  to, &text, &error);
        if (code != JIRASEND_OK) {
            return say_trouble(page, code, &error);
        }
        json_object *keys = json_tokener_parse(text);
        put_difference(page, keys);
        (void)json_object_put(keys);
        jirasend_free(text);
    }
    rl_html_end(page);
    return true;
}
