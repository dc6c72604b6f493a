/* GET /v1/openapi.json: the interface, as a file put into the program. */
#include "relay/routes/page.h"
#include "relay/routes/route.h"

#include <string.h>

void rl_openapi_run(rl_exchange *exchange) {
    for (size_t i = 0; i < rl_page_file_count; i++) {
        if (strcmp(rl_page_files[i].name, "openapi.json") == 0) {
            rl_answer_begin(&exchange->answer, 200, "application/json");
            js_buf_add(&exchange->answer.body, rl_page_files[i].bytes, rl_page_files[i].length);
            return;
        }
    }
    rl_answer_problem(&exchange->answer, 404, "There is nothing at this path.");
}
