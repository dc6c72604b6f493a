/* The views of the history: what was told to Jira, why an issue shows what it shows, what differs. */
#ifndef RELAY_PAGE_HISTORY_H
#define RELAY_PAGE_HISTORY_H

#include "relay/page/html.h"

/* Each: false when the answer is 503. */
bool rl_page_history(const rl_page *page, json_object *outbox);
bool rl_page_explain(const rl_page *page, json_object *outbox);
bool rl_page_diff(const rl_page *page, json_object *outbox);

#endif
