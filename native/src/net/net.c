#include "net/net.h"

void js_net_answer_free(js_net_answer *answer) {
    js_buf_free(&answer->body);
}
