/* Building HTML: frame, escaping, and what several views show alike. */
#include "relay/page/html.h"

#include <string.h>

void rl_html_text(js_buf *out, const char *text) {
    for (; *text != '\0'; text++) {
        const char *entity = *text == '<'   ? "&lt;"
                             : *text == '>' ? "&gt;"
                             : *text == '&' ? "&amp;"
                             : *text == '"' ? "&quot;"
                                            : NULL;
        if (entity != NULL) {
            js_buf_add_text(out, entity);
        } else {
            js_buf_add(out, text, 1);
        }
    }
}

void rl_html_query(js_buf *out, const char *text) {
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL) {
            js_buf_add(out, text, 1);
        } else {
            js_buf_addf(out, "%%%02X", (unsigned)(unsigned char)*text);
        }
    }
}

void rl_html_link(js_buf *out, const char *url, const char *words) {
    bool web = strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0;
    if (web) {
        js_buf_add_text(out, "<a rel=\"noreferrer\" href=\"");
        rl_html_text(out, url);
        js_buf_add_text(out, "\">");
    }
    rl_html_text(out, words);
    js_buf_add_text(out, web ? "</a>" : "");
}

void rl_html_headers(rl_exchange *exchange, int status, const char *type) {
    rl_answer *answer = &exchange->answer;
    rl_answer_begin(answer, status, type);
    rl_answer_header(answer, "Content-Security-Policy",
                     "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
                     "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
                     "base-uri 'none'");
    rl_answer_header(answer, "X-Content-Type-Options", "nosniff");
    rl_answer_header(answer, "Referrer-Policy", "same-origin");
    rl_answer_header(answer, "Cache-Control", "no-store");
}

static void put_count(js_buf *out, const char *id, const char *name, const char *value) {
    js_buf_addf(out, "<div><dt>%s</dt><dd id=\"count-%s\" data-live>%s</dd></div>", name, id,
                value);
}

static void put_tab(js_buf *out, rl_view now, rl_view view, const char *target, const char *words) {
    js_buf_addf(out, "<a href=\"%s\"%s>%s</a>", target, now == view ? " aria-current=\"page\"" : "",
                words);
}

static void put_masthead(const rl_page *page, json_object *outbox) {
    js_buf *out = page->out;
    js_buf_addf(out,
                "<header class=\"masthead\"><div class=\"wrap masthead-row\">\n"
                "<img class=\"mark-picture\" src=\"%spage/icon.svg\" alt=\"\" width=\"40\" "
                "height=\"40\">\n<div class=\"brand\"><h1>Delivery to Jira</h1>",
                page->root);
    if (page->caller != NULL) {
        js_buf_addf(out, "<p>jirasend-relay, as <strong>%s</strong></p>", page->caller->name);
    } else {
        js_buf_add_text(out, "<p>jirasend-relay</p>");
    }
    js_buf_add_text(out, "</div>\n");
    if (outbox != NULL) {
        js_buf_add_text(out, "<dl class=\"counts\" aria-label=\"What is in the outbox\">");
        put_count(out, "waiting", "Waiting", rl_html_member(outbox, "waiting"));
        put_count(out, "held", "Held", rl_html_member(outbox, "held"));
        put_count(out, "dead", "Rejected", rl_html_member(outbox, "dead"));
        js_buf_add_text(out, "</dl>\n");
    }
    if (page->caller != NULL) {
        js_buf_add_text(out, "<p class=\"live\" id=\"live\" role=\"status\" hidden><span "
                             "class=\"live-mark\" aria-hidden=\"true\"></span><span "
                             "id=\"live-text\"></span></p>\n");
        rl_html_button(page, "logout", "", "Log out", NULL);
    }
    js_buf_add_text(out, "</div></header>\n");
}

void rl_html_begin(const rl_page *page, int status, rl_view view, json_object *outbox) {
    js_buf *out = page->out;
    rl_html_headers(page->exchange, status, "text/html; charset=utf-8");
    js_buf_addf(out,
                "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n"
                "<title>Delivery to Jira</title>\n"
                "<link rel=\"icon\" type=\"image/svg+xml\" href=\"%spage/icon.svg\">\n"
                "<link rel=\"stylesheet\" href=\"%spage/base.css\">\n"
                "<link rel=\"stylesheet\" href=\"%spage/page.css\">\n",
                page->root, page->root, page->root);
    if (view != RL_VIEW_LOGIN) {
        js_buf_add_text(out, "<script type=\"module\" src=\"page/page.js\"></script>\n");
    }
    js_buf_add_text(out,
                    "</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n");
    put_masthead(page, outbox);
    if (view != RL_VIEW_LOGIN) {
        js_buf_add_text(out, "<nav class=\"wrap\" aria-label=\"Views\"><div class=\"bar tabs\">");
        put_tab(out, view, RL_VIEW_DELIVERY, "./", "Delivery");
        put_tab(out, view, RL_VIEW_HISTORY, "./?view=history", "History");
        put_tab(out, view, RL_VIEW_EXPLAIN, "./?view=explain", "Explain an issue");
        put_tab(out, view, RL_VIEW_DIFF, "./?view=diff", "Compare environments");
        js_buf_add_text(out, "</div></nav>\n");
    }
    js_buf_add_text(out, "<main class=\"wrap\" id=\"main\" tabindex=\"-1\">\n");
}

void rl_html_end(const rl_page *page) {
    js_buf_add_text(page->out, "</main>\n</body>\n</html>\n");
}

void rl_html_button(const rl_page *page, const char *action, const char *id, const char *words,
                    const char *about) {
    js_buf *out = page->out;
    js_buf_addf(out,
                "<form class=\"inline\" method=\"post\" action=\"page/%s\">"
                "<input type=\"hidden\" name=\"csrf\" value=\"%s\">"
                "<input type=\"hidden\" name=\"id\" value=\"",
                action, page->csrf);
    rl_html_text(out, id);
    js_buf_addf(out, "\"><button class=\"plain small\" id=\"%s-", action);
    rl_html_text(out, id);
    js_buf_add_text(out, "\"");
    if (about != NULL) {
        js_buf_add_text(out, " aria-label=\"");
        rl_html_text(out, about);
        js_buf_add_text(out, "\"");
    }
    js_buf_addf(out, ">%s</button></form>", words);
}

const char *rl_html_member(json_object *object, const char *name) {
    json_object *value = NULL;
    return json_object_object_get_ex(object, name, &value) && value != NULL
               ? json_object_get_string(value)
               : "";
}

void rl_html_time(js_buf *out, const char *time) {
    if (strlen(time) < 19) {
        return;
    }
    js_buf_add_text(out, "<time datetime=\"");
    rl_html_text(out, time);
    js_buf_addf(out, "\">%.10s %.8s</time>", time, time + 11);
}

/* A hash by its first digits, a number after a '#'. */
static void put_part(js_buf *words, json_object *receipt) {
    const char *hash = rl_html_member(receipt, "hash");
    const char *branch = rl_html_member(receipt, "branch");
    const char *number = rl_html_member(receipt, "number");
    if (hash[0] != '\0') {
        js_buf_addf(words, " %.10s", hash);
    } else if (branch[0] != '\0') {
        js_buf_addf(words, " %s", branch);
    } else if (number[0] != '\0') {
        js_buf_addf(words, " #%s", number);
    }
}

void rl_html_subject(js_buf *out, json_object *receipt) {
    json_object *repository = NULL;
    json_object *environment = NULL;
    const char *name = rl_html_member(receipt, "pipelineId");
    js_buf words = JS_BUF_INIT;
    if (json_object_object_get_ex(receipt, "repository", &repository)) {
        name = rl_html_member(repository, "id");
        name = name[0] != '\0' ? name : rl_html_member(repository, "url");
    }
    name = name[0] != '\0' ? name : rl_html_member(receipt, "flagId");
    js_buf_add_text(&words, name);
    put_part(&words, receipt);
    js_buf_add_text(out, "<span class=\"what\"><span>");
    rl_html_link(out, rl_html_member(receipt, "url"), words.data != NULL ? words.data : "");
    js_buf_add_text(out, "</span><span class=\"quiet\">");
    rl_html_text(out, rl_html_member(receipt, "kind"));
    if (json_object_object_get_ex(receipt, "environment", &environment)) {
        js_buf_add_text(out, " to ");
        rl_html_text(out, rl_html_member(environment, "id"));
    }
    js_buf_add_text(out,
                    strcmp(rl_html_member(receipt, "deleted"), "true") == 0 ? ", deletion" : "");
    const char *state = rl_html_member(receipt, "state");
    if (state[0] != '\0') {
        js_buf_add_text(out, ", ");
        rl_html_text(out, state);
    }
    js_buf_add_text(out, "</span></span>");
    js_buf_clear(&words);
}

void rl_html_status(js_buf *out, json_object *receipt) {
    static const struct {
        const char *status, *tint;
    } tints[] = {{"accepted", "good"}, {"rejected", "bad"}, {"held", "bad"}, {"queued", "later"}};
    const char *status = rl_html_member(receipt, "status");
    const char *tint = "none";
    for (size_t i = 0; i < sizeof tints / sizeof tints[0]; i++) {
        tint = strcmp(tints[i].status, status) == 0 ? tints[i].tint : tint;
    }
    js_buf_addf(out, "<span class=\"status status-%s\">", tint);
    rl_html_text(out, status);
    js_buf_add_text(out, "</span> <span class=\"quiet\">");
    rl_html_text(out, rl_html_member(receipt, "message"));
    js_buf_add_text(out, "</span>");
}
