/* Building the pages' HTML: texts from outside go in escaped, always. */
#ifndef RELAY_PAGE_HTML_H
#define RELAY_PAGE_HTML_H

#include "relay/listen/exchange.h"

typedef enum rl_view {
    RL_VIEW_DELIVERY,
    RL_VIEW_HISTORY,
    RL_VIEW_EXPLAIN,
    RL_VIEW_DIFF,
    RL_VIEW_EVENT,
    RL_VIEW_LOGIN
} rl_view;

/* One page that is being made: for whom, and what its forms carry. */
typedef struct rl_page {
    rl_exchange *exchange;
    js_buf *out;
    const rl_caller *caller;
    const char *csrf;
    const char
        *root; /* the way from the address of this page to that of the first one: "", "../" */
} rl_page;

/* Headers that every answer of the page has. */
void rl_html_headers(rl_exchange *exchange, int status, const char *type);
/* Up to the beginning of what the view shows; the counts of the head are those of the outbox's status. */
void rl_html_begin(const rl_page *page, int status, rl_view view, json_object *outbox);
void rl_html_end(const rl_page *page);

void rl_html_text(js_buf *out, const char *text);
/* The same for a part of a query: percent-encoded. */
void rl_html_query(js_buf *out, const char *text);
/* A link where the text is a web address; else the words alone. */
void rl_html_link(js_buf *out, const char *url, const char *words);
/* A form of one button. `words` may have an `about` for those who hear the page: "Try event 7 again". */
void rl_html_button(const rl_page *page, const char *action, const char *id, const char *words,
                    const char *about);

/* A member as a text; "" where there is none. */
const char *rl_html_member(json_object *object, const char *name);
/* What an event is about, linked to its page in the CI system or Git server. */
void rl_html_subject(js_buf *out, json_object *receipt);
/* Its status as a word with a colour; `message` beneath. */
void rl_html_status(js_buf *out, json_object *receipt);
/* "2026-11-23 10:00:00" of a time as receipts have it; nothing of an empty one. */
void rl_html_time(js_buf *out, const char *time);

#endif
