/* A Jira of a few lines on a loopback port, for tests of the real client and the real network. */
#ifndef TINY_JIRA_H
#define TINY_JIRA_H

#include <stdatomic.h>
#include <stdbool.h>

typedef struct tiny_jira {
    struct MHD_Daemon *daemon;
    int port;
    char url[64];
    atomic_bool silent;     /* takes bulk requests and does not answer until this is false */
    atomic_int bulk_status; /* 0: accepts all */
    atomic_bool no_tokens;  /* answers 401 to who asks for one */
    atomic_int tokens, bulks;
} tiny_jira;

void tiny_jira_open(tiny_jira *jira);
void tiny_jira_close(tiny_jira *jira);

#endif
