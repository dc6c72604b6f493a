/* The verbs. Each gets its options read and returns the exit code. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli/options.h"

int cli_verb_event(const cli_options *options); /* build, deployment */
int cli_verb_run(const cli_options *options);
int cli_verb_git(const cli_options *options);
int cli_verb_pull_request(const cli_options *options);
int cli_verb_flag(const cli_options *options);
int cli_verb_delete(const cli_options *options);
int cli_verb_send(const cli_options *options);
int cli_verb_keys(const cli_options *options);
int cli_verb_check(const cli_options *options);
int cli_verb_gate(const cli_options *options);
int cli_verb_show(const cli_options *options);
int cli_verb_log(const cli_options *options);
int cli_verb_explain(const cli_options *options);
int cli_verb_diff(const cli_options *options);
int cli_verb_verify(const cli_options *options);
int cli_verb_metrics(const cli_options *options);
int cli_verb_outbox(const cli_options *options);
/* Whether it is one of the words that come behind `outbox`. */
bool cli_outbox_does(const char *name);

/* Says that the first argument does not belong there, if there is one. 0 or 64. */
int cli_no_arguments(const cli_options *options);

#endif
