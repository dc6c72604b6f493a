/*
 * Sessions of the delivery page: a cookie that says who it is and until when, signed with a key that all
 * relays of one outbox share. Any thread.
 */
#ifndef RELAY_PAGE_SESSION_H
#define RELAY_PAGE_SESSION_H

#include "relay/life/relay.h"

enum { RL_SESSION_SIZE = 256, RL_CSRF_SIZE = 65, RL_SESSION_SECONDS = 12 * 60 * 60 };

typedef struct rl_sessions rl_sessions;

rl_sessions *rl_sessions_new(rl_relay *relay); /* null when memory is short, or there is no key */
void rl_sessions_free(rl_sessions *sessions);

/* The cookie's value for this caller. False when memory is short. */
bool rl_session_make(rl_sessions *sessions, const rl_caller *caller, char out[RL_SESSION_SIZE]);
/*
 * The caller of the cookie, if it is genuine, not over, not ended, and of a caller who still has the same
 * credential and is an admin. Null otherwise.
 */
const rl_caller *rl_session_caller(rl_sessions *sessions, const rl_config *config,
                                   const char *cookie);
/* What a form of this session must carry. False when memory is short. */
bool rl_session_csrf(rl_sessions *sessions, const char *cookie, char out[RL_CSRF_SIZE]);
/* From now on the cookie is good for nothing, whoever kept it. */
void rl_session_end(rl_sessions *sessions, const char *cookie);

#endif
