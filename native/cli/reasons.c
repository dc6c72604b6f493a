/* Why events wait, are held or were refused: what was said already. */
#include "cli/reasons.h"

#include <stdlib.h>
#include <string.h>

void cli_reasons_clear(cli_reasons *reasons) {
    for (size_t i = 0; i < CLI_REASONS_MAX; i++) {
        free(reasons->said[i].text);
    }
    memset(reasons, 0, sizeof(*reasons));
}

bool cli_reasons_is_new(cli_reasons *reasons, const char *text, int64_t id, int64_t *first) {
    for (size_t i = 0; i < CLI_REASONS_MAX; i++) {
        if (reasons->said[i].text != NULL && strcmp(reasons->said[i].text, text) == 0) {
            *first = reasons->said[i].id;
            return false;
        }
    }
    /* Without memory it is said again. */
    size_t at = reasons->next;
    free(reasons->said[at].text);
    reasons->said[at].text = strdup(text);
    reasons->said[at].id = id;
    reasons->next = (at + 1) % CLI_REASONS_MAX;
    return true;
}
