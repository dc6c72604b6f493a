/* Telling systemd how the service is (sd_notify), and others by a ready file. */
#ifndef RELAY_LIFE_NOTIFY_H
#define RELAY_LIFE_NOTIFY_H

#include <jirasend/error.h>

/* Sends the lines ("READY=1") to NOTIFY_SOCKET; does nothing without one. */
void rl_notify(const char *lines);
/* Announces that a reload begins, with the time that systemd wants beside it. */
void rl_notify_reloading(void);
/* The file appears whole or not at all. Error: STORAGE. */
jirasend_code rl_ready_file(const char *path, const char *url, int port, jirasend_error *error);

#endif
