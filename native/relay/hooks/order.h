/*
 * When each branch, pull request, build and deployment was last told of: what a git server delivers late, or
 * again, must not undo what came after it. The outbox knows that, also after a restart and for all relays
 * that share it; what this process has told is kept in memory, too. Any thread.
 */
#ifndef RELAY_HOOKS_ORDER_H
#define RELAY_HOOKS_ORDER_H

#include "base/world.h"
#include "relay/life/core.h"

#include <json-c/json.h>
#include <stdbool.h>

typedef struct rl_order rl_order;

rl_order *rl_order_new(rl_core *core, const js_world *world); /* null when memory is short */
void rl_order_free(rl_order *order);
/*
 * Whether the document's change is not older than the last of its stream; notes it then. One of which the
 * outbox cannot say when it changed is admitted.
 */
bool rl_order_admit(rl_order *order, json_object *document, int64_t changed_ms);

#endif
