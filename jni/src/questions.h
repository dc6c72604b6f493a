/* NativeCore.ask() and NativeCore.act(): one word says what is wanted, a table knows who does it. */
#ifndef JN_QUESTIONS_H
#define JN_QUESTIONS_H

#include "documents.h"
#include "handles.h"

/* `answer` is freed with jirasend_free(); null on failure. */
jirasend_code jn_ask(const jn_client *client, const jn_bytes *question, int64_t timeout_ms,
                     char **answer, jirasend_error *error);

jirasend_code jn_act(const jn_client *client, const jn_bytes *action, jirasend_error *error);

#endif
