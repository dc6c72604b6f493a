/* Takes variables out of the environment. */
#include "base/variables.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void js_variables_forget(const char *prefix) {
    size_t length = strlen(prefix);
    size_t at = 0;
    while (environ != NULL && environ[at] != NULL) {
        const char *variable = environ[at];
        char *name = strncmp(variable, prefix, length) == 0
                         ? js_copy_n(variable, strcspn(variable, "="))
                         : NULL;
        /* The rest moves up when one is gone. Where it stays, memory is short, or it has no name. */
        if (name == NULL || unsetenv(name) != 0) {
            at++;
        }
        free(name);
    }
}
