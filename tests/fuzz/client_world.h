/* A client in a world of its own: outbox in memory, fake clock, a Jira that answers at once. */
#ifndef JS_TESTS_FUZZ_CLIENT_WORLD_H
#define JS_TESTS_FUZZ_CLIENT_WORLD_H

#include <jirasend/jirasend.h>
#include <stdbool.h>

/* No thread: what is to be delivered is delivered whenever the client wakes its network. */
jirasend_client *client_world_open(void);
void client_world_close(jirasend_client *client);
/* From now on Jira answers so; the text must stay. Tokens and cloud ids only with `all`. */
void client_world_answer(bool all, int status, const char *body);
void client_world_pass(int64_t ms);

/* As a caller has it who uses one again: each call has to clear it. */
jirasend_error client_world_error(void);
/* A call of the public API has ended: a document in `out`, or a sentence. Frees the document. */
void client_world_expect(jirasend_code code, char **out, const jirasend_error *error);

#endif
