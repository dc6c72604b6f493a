/* Variables of libpq that count whatever it is told. */
#include "outbox/postgres/address.h"

#include "base/buf.h"
#include "base/error.h"

#include <stdlib.h>

jirasend_code js_postgres_environment_check(jirasend_error *error) {
    /* The first even when empty; PgBouncer refuses what the last two add. */
    static const char *const names[] = {"PGSERVICE", "PGHOSTADDR", "PGREQUIREPEER", "PGOPTIONS",
                                        "PGGEQO"};
    js_buf found = JS_BUF_INIT;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (getenv(names[i]) != NULL) {
            js_buf_addf(&found, "%s%s", found.length > 0 ? ", " : "", names[i]);
        }
    }
    jirasend_code code = JIRASEND_OK;
    if (found.failed) {
        code = js_fail_memory(error);
    } else if (found.length > 0) {
        code = js_fail(error, JIRASEND_E_ARGUMENT,
                       "The environment of this process has %s, which would change how the "
                       "outbox's database is reached. Start the process without it.",
                       found.data);
    }
    js_buf_clear(&found);
    return code;
}
