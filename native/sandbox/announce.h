/* Telling people and programs where the sandbox is and how to use it. */
#ifndef SB_ANNOUNCE_H
#define SB_ANNOUNCE_H

#include "options.h"

#include <jirasend/error.h>

typedef struct sb_place {
    const char *url;
    int port;
    const char *cloud_id;
    const char *ca_file; /* null without TLS */
} sb_place;

/* The settings for a shell, to stdout. False when stdout is broken. */
bool sb_announce(const sb_options *options, const sb_place *place);
/* The same as JSON, to the ready file. */
jirasend_code sb_write_ready_file(const sb_options *options, const sb_place *place,
                                  jirasend_error *error);

#endif
