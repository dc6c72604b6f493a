/*
 * A PostgreSQL server of the tests' own: started as an ordinary user in a folder of its own, on a free
 * port of this machine, with the program that runs the tests, and stopped with it. Never the system's.
 */
#ifndef JS_TESTS_POSTGRES_SERVER_H
#define JS_TESTS_POSTGRES_SERVER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Starts it, once a process. False where there is none to be had, with a message. Another one can be
 * named by JIRASEND_TEST_POSTGRES=postgresql://USER@HOST:PORT/DATABASE, and is left running.
 */
bool postgres_server_start(void);
void postgres_server_stop(void);
/* At once, as kill -9 does it; and the same server again. Only of our own. */
void postgres_server_kill(void);
void postgres_server_restart(void);
int postgres_server_pid(void);
/* The address with a schema. */
void postgres_server_address(char *out, size_t size, const char *schema);
/* Runs statements with psql; they must succeed. */
void postgres_server_sql(const char *sql);

#endif
