/* The view of the outbox. */
#include "relay/page/delivery.h"

#include "event/json.h"
#include "relay/page/samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_EVENTS = 200, SHOWN_DOCUMENTS = 50, DOCUMENT_BYTES = 4096, BUSY_SECONDS = 5 };

static bool is_true(json_object *object, const char *name) {
    return strcmp(rl_html_member(object, name), "true") == 0;
}

/* ---- pause ---- */

static void put_pause(const rl_page *page, json_object *outbox) {
    bool paused = is_true(outbox, "paused");
    js_buf_add_text(page->out, "<section id=\"pause\" data-live>\n");
    if (paused) {
        js_buf_add_text(page->out, "<p class=\"warning\" role=\"status\">Sending is paused: events "
                                   "are taken and kept, and nothing goes to Jira.</p>\n");
    }
    js_buf_add_text(page->out, "<p class=\"actions\">");
    rl_html_button(page, paused ? "resume" : "pause", "",
                   paused ? "Resume sending" : "Pause sending", NULL);
    js_buf_add_text(page->out, "</p>\n</section>\n");
}

/* ---- sites ---- */

/* "in 40 s"; nothing when it is not waiting for a time. */
static void put_retry(js_buf *out, json_object *lane) {
    int64_t ms = json_object_get_int64(json_object_object_get(lane, "retryInMs"));
    if (ms > 0 && ms < INT64_C(366) * 24 * 3600000) {
        int64_t s = (ms + 999) / 1000;
        js_buf_addf(out, " <span class=\"quiet\">It is tried again in %lld %s.</span>",
                    (long long)(s < 120 ? s : s / 60), s < 120 ? "s" : "min");
    }
}

static bool ends_open(const char *sentence) {
    size_t length = strlen(sentence);
    return length > 0 && strchr(".!?", sentence[length - 1]) == NULL;
}

static void put_lane(const rl_page *page, json_object *lane, bool paused) {
    js_buf *out = page->out;
    const char *site = rl_html_member(lane, "site");
    char about[JS_ORIGIN_SIZE + 32];
    bool held = is_true(lane, "held");
    const char *message = rl_html_member(lane, "message");
    js_buf_add_text(out, "<tr><th scope=\"row\">");
    rl_html_text(out, site);
    js_buf_add_text(out, "</th><td>");
    rl_html_text(out, rl_html_member(lane, "plural"));
    js_buf_add_text(out, "</td><td>");
    rl_html_text(out, rl_html_member(lane, "waiting"));
    js_buf_addf(out,
                "<span class=\"unit\"> waiting</span></td><td><span class=\"status "
                "status-%s\">%s</span> ",
                held ? "bad" : "later",
                held     ? "held"
                : paused ? "paused"
                         : "waiting");
    rl_html_text(out, message);
    js_buf_add_text(out, ends_open(message) ? "." : ""); /* Jira's own words may have no end */
    put_retry(out, lane);
    if (held) {
        js_buf_add_text(out,
                        " <span class=\"quiet\">Once that is fixed, try again; new credentials "
                        "in its secretFile end the hold within a minute.</span>");
    }
    js_buf_add_text(out, "</td><td>");
    (void)snprintf(about, sizeof about, "Try %.255s again", site);
    rl_html_button(page, "retry-site", site, "Try again", about);
    js_buf_add_text(out, "</td></tr>\n");
}

static bool has_lane(json_object *lanes, const char *site) {
    for (size_t i = 0; i < json_object_array_length(lanes); i++) {
        if (strcmp(rl_html_member(json_object_array_get_idx(lanes, i), "site"), site) == 0) {
            return true;
        }
    }
    return false;
}

static void put_sites(const rl_page *page, json_object *outbox) {
    js_buf *out = page->out;
    const rl_config *config = page->exchange->config;
    json_object *lanes = NULL;
    js_buf_add_text(
        out, "<section id=\"sites\" data-live>\n<h2 class=\"panel-title\">What waits, by "
             "site</h2>\n<div class=\"card cards\"><table><thead><tr><th scope=\"col\">Site</th>"
             "<th scope=\"col\">News</th><th scope=\"col\">Waiting</th><th scope=\"col\">State</th>"
             "<th scope=\"col\">Action</th></tr></thead><tbody>\n");
    if (!json_object_object_get_ex(outbox, "lanes", &lanes)) {
        lanes = NULL;
    }
    for (size_t i = 0; lanes != NULL && i < json_object_array_length(lanes); i++) {
        put_lane(page, json_object_array_get_idx(lanes, i), is_true(outbox, "paused"));
    }
    for (size_t i = 0; i < config->site_count; i++) {
        const char *site = config->sites[i].site.name;
        if (lanes == NULL || !has_lane(lanes, site)) {
            js_buf_add_text(out, "<tr><th scope=\"row\">");
            rl_html_text(out, site);
            js_buf_add_text(out, "</th><td class=\"blank\"></td><td>0</td><td class=\"quiet\">"
                                 "Nothing waits.</td><td class=\"blank\"></td></tr>\n");
        }
    }
    js_buf_add_text(out, "</tbody></table></div>\n</section>\n");
}

/* ---- events ---- */

/* Written over several lines, for people; `most` 0: all of it. */
static void put_document(const rl_page *page, json_object *receipt, size_t most) {
    js_buf *out = page->out;
    char *text = NULL;
    int64_t id = json_object_get_int64(json_object_object_get(receipt, "id"));
    jirasend_client *client = rl_core_client(page->exchange->relay->core);
    if (jirasend_outbox_document(client, id, &text, NULL) != JIRASEND_OK) {
        return;
    }
    json_object *document = json_tokener_parse(text);
    const char *shown = json_object_to_json_string_ext(
        document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
    js_buf part = JS_BUF_INIT;
    size_t length = shown != NULL ? strlen(shown) : 0;
    bool cut = most > 0 && length > most;
    while (cut && most > 0 && ((unsigned char)shown[most] & 0xC0) == 0x80) {
        most--;
    }
    js_buf_add(&part, shown != NULL ? shown : "", cut ? most : length);
    js_buf_addf(out, "<details id=\"document-%lld\"><summary>Document</summary><pre>",
                (long long)id);
    rl_html_text(out, part.data != NULL ? part.data : "");
    js_buf_add_text(out, cut ? "\n…</pre></details>" : "</pre></details>");
    js_buf_clear(&part);
    (void)json_object_put(document);
    jirasend_free(text);
}

static void put_actions(const rl_page *page, json_object *receipt) {
    const char *id = rl_html_member(receipt, "id");
    char about[64];
    (void)snprintf(about, sizeof about, "Try event %.20s again", id);
    rl_html_button(page, "retry", id, "Try again", about);
    js_buf_addf(page->out, " <details class=\"drop\" id=\"more-%s\"><summary>Drop…</summary>", id);
    (void)snprintf(about, sizeof about, "Drop event %.20s for good", id);
    rl_html_button(page, "drop", id, "Drop it for good", about);
    js_buf_add_text(page->out, "</details>");
}

static void put_event(const rl_page *page, json_object *receipt, bool with_document) {
    js_buf *out = page->out;
    const char *id = rl_html_member(receipt, "id");
    js_buf_addf(out,
                "<tr id=\"event-%s\"><th scope=\"row\"><a href=\"./?view=event&amp;id=%s\">%s</a>"
                "</th><td>",
                id, id, id);
    rl_html_subject(out, receipt);
    js_buf_add_text(out, "</td><td>");
    rl_html_text(out, rl_html_member(receipt, "site"));
    js_buf_add_text(out, "</td><td>");
    rl_html_time(out, rl_html_member(receipt, "submittedAt"));
    js_buf_add_text(out, "</td><td>");
    rl_html_status(out, receipt);
    if (with_document) {
        put_document(page, receipt, DOCUMENT_BYTES);
    }
    js_buf_add_text(out, "</td><td>");
    put_actions(page, receipt);
    js_buf_add_text(out, "</td></tr>\n");
}

static void put_event_table(const rl_page *page, json_object *receipts, size_t count) {
    js_buf *out = page->out;
    size_t documents = 0;
    js_buf_add_text(out, "<div class=\"card cards\"><table><thead><tr><th scope=\"col\">Id</th>"
                         "<th scope=\"col\">Event</th><th scope=\"col\">Site</th>"
                         "<th scope=\"col\">Submitted (UTC)</th><th scope=\"col\">Status</th>"
                         "<th scope=\"col\">Action</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < count; i++) {
        json_object *receipt = json_object_array_get_idx(receipts, i);
        bool dead = strcmp(rl_html_member(receipt, "status"), "rejected") == 0;
        documents += dead ? 1 : 0;
        put_event(page, receipt, dead && documents <= SHOWN_DOCUMENTS);
    }
    js_buf_add_text(out, "</tbody></table></div>\n");
    if (count == SHOWN_EVENTS) {
        json_object *last = json_object_array_get_idx(receipts, count - 1);
        js_buf_addf(out, "<p class=\"more\"><a href=\"./?after=%s\">The next %d</a></p>\n",
                    rl_html_member(last, "id"), SHOWN_EVENTS);
    }
}

static void put_events(const rl_page *page, json_object *receipts) {
    size_t count =
        json_object_is_type(receipts, json_type_array) ? json_object_array_length(receipts) : 0;
    js_buf_add_text(page->out,
                    "<section id=\"events\" data-live>\n<h2 class=\"panel-title\">Waiting, "
                    "held and rejected events</h2>\n");
    if (count == 0) {
        js_buf_add_text(page->out, "<p class=\"note\">There are none.</p>\n");
    } else {
        put_event_table(page, receipts, count);
    }
    js_buf_add_text(page->out, "</section>\n");
}

bool rl_page_delivery(const rl_page *page, json_object *outbox) {
    char *text = NULL;
    jirasend_error error = JIRASEND_ERROR_INIT;
    const char *after = rl_exchange_query(page->exchange, "after");
    jirasend_client *client = rl_core_client(page->exchange->relay->core);
    int64_t from = after != NULL ? strtoll(after, NULL, 10) : 0;
    if (jirasend_outbox_list(client, from > 0 ? from : 0, SHOWN_EVENTS, &text, &error) !=
        JIRASEND_OK) {
        rl_answer_later(&page->exchange->answer, 503, BUSY_SECONDS, "%s", error.message);
        return false;
    }
    json_object *receipts = json_tokener_parse(text);
    rl_html_begin(page, 200, RL_VIEW_DELIVERY, outbox);
    put_pause(page, outbox);
    put_sites(page, outbox);
    rl_samples_show(page->exchange->relay->samples, page->out);
    put_events(page, receipts);
    rl_html_end(page);
    (void)json_object_put(receipts);
    jirasend_free(text);
    return true;
}

/* ---- one event ---- */

bool rl_page_event(const rl_page *page, json_object *outbox) {
    js_buf *out = page->out;
    char *text = NULL;
    const char *given = rl_exchange_query(page->exchange, "id");
    int64_t id = given != NULL ? strtoll(given, NULL, 10) : 0;
    json_object *receipt = NULL;
    if (id > 0 && rl_core_receipt(page->exchange->relay->core, id, &text, NULL) == JIRASEND_OK) {
        receipt = json_tokener_parse(text);
    }
    jirasend_free(text);
    rl_html_begin(page, receipt != NULL ? 200 : 404, RL_VIEW_EVENT, outbox);
    if (receipt == NULL) {
        js_buf_add_text(out, "<p class=\"note\">The outbox knows no such event any more.</p>\n");
        rl_html_end(page);
        return true;
    }
    js_buf_addf(out, "<section id=\"event\" data-live>\n<h2>Event %lld</h2>\n<dl class=\"facts\">",
                (long long)id);
    json_object_object_foreach(receipt, name, value) {
        js_buf_add_text(out, "<dt>");
        rl_html_text(out, name);
        js_buf_add_text(out, "</dt><dd>");
        rl_html_text(out, value != NULL ? json_object_get_string(value) : "");
        js_buf_add_text(out, "</dd>");
    }
    js_buf_add_text(out, "</dl>\n");
    put_document(page, receipt, 0);
    js_buf_add_text(out, "</section>\n");
    rl_html_end(page);
    (void)json_object_put(receipt);
    return true;
}
