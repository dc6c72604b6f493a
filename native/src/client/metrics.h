/* Writing metrics: what the files of it share. */
#ifndef JS_CLIENT_METRICS_H
#define JS_CLIENT_METRICS_H

#include "client/client_internal.h"

/* The beginning of a family. */
void js_metrics_head(js_buf *out, const char *name, const char *type, const char *help);
/* A label's value, quoted: it may contain a stranger's text. */
void js_metrics_value(js_buf *out, const char *text);
/* The part of a stored label after its nth line break; "" when there is none. */
const char *js_metrics_part(const char *label, int n);
/* The number that a text begins with; -1: with none. */
int js_metrics_number(const char *text);

/* metrics_deployments.c: deployments by environment and state, out of the counters of the outbox. */
jirasend_code js_metrics_deployments(jirasend_client *client, js_buf *out, const js_metric *metrics,
                                     size_t count, jirasend_error *error);

#endif
