/* The command line of jirasend-sandbox. */
#ifndef SB_OPTIONS_H
#define SB_OPTIONS_H

#include "base/strings.h"
#include "sandbox.h"

typedef struct sb_options {
    int port; /* 0: pick one */
    const char *data_directory;
    bool tls;
    js_strings known_keys;
    sb_client *clients; /* at least one */
    size_t client_count;
    const char *ready_file;
    const char *site;
    int64_t delay_ms;
    int64_t eventually_ms;
    int64_t token_lifetime_s;
    bool quiet;
} sb_options;

typedef enum sb_parsed { SB_RUN, SB_DONE, SB_USAGE } sb_parsed;

/* SB_DONE: help or version was printed. SB_USAGE: a sentence was printed to stderr. */
sb_parsed sb_options_parse(sb_options *options, int argc, char **argv);
void sb_options_free(sb_options *options);

#endif
