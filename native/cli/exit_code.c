/* Exit codes, and which of two is graver. */
#include "cli/exit_code.h"

#include <string.h>

int cli_exit_of_code(jirasend_code code) {
    switch (code) {
    case JIRASEND_OK:
        return CLI_OK;
    case JIRASEND_E_ARGUMENT:
    case JIRASEND_E_NOT_FOUND:
        return CLI_USAGE;
    case JIRASEND_E_DOCUMENT:
        return CLI_DATA;
    case JIRASEND_E_STORAGE:
        return CLI_IO;
    case JIRASEND_E_REFUSED:
        return CLI_UNAVAILABLE;
    case JIRASEND_E_TIMEOUT:
    case JIRASEND_E_CLOSED:
    case JIRASEND_E_NETWORK:
        return CLI_TEMPORARY;
    case JIRASEND_E_CREDENTIALS:
        return CLI_NO_PERMISSION;
    case JIRASEND_E_FILE:
        return CLI_NO_INPUT;
    case JIRASEND_E_MEMORY:
    case JIRASEND_E_INTERNAL:
        break;
    }
    return CLI_SOFTWARE;
}

int cli_exit_of_status(const char *status, bool kept) {
    if (strcmp(status, "accepted") == 0 || strcmp(status, "skipped") == 0 ||
        strcmp(status, "superseded") == 0) {
        return CLI_OK;
    }
    if (strcmp(status, "queued") == 0) {
        return kept ? CLI_OK : CLI_TEMPORARY;
    }
    if (strcmp(status, "rejected") == 0) {
        return CLI_DATA;
    }
    return strcmp(status, "held") == 0 ? CLI_NO_PERMISSION : CLI_SOFTWARE;
}

int cli_exit_of_gate(const char *status) {
    if (strcmp(status, "allowed") == 0) {
        return CLI_OK;
    }
    if (strcmp(status, "prevented") == 0) {
        return CLI_GATE_PREVENTED;
    }
    if (strcmp(status, "awaiting") == 0) {
        return CLI_GATE_AWAITING;
    }
    if (strcmp(status, "expired") == 0 || strcmp(status, "invalid") == 0 ||
        strcmp(status, "unknown") == 0) {
        return CLI_GATE_CLOSED;
    }
    return CLI_TEMPORARY; /* an answer that nobody understands does not count */
}

int cli_exit_graver(int one, int other) {
    static const int gravest_first[] = {
        CLI_SOFTWARE,  CLI_IO,   CLI_CANNOT_CREATE, CLI_UNAVAILABLE, CLI_NO_PERMISSION,
        CLI_TEMPORARY, CLI_DATA, CLI_NO_INPUT,      CLI_USAGE};
    for (size_t i = 0; i < sizeof(gravest_first) / sizeof(gravest_first[0]); i++) {
        if (one == gravest_first[i] || other == gravest_first[i]) {
            return gravest_first[i];
        }
    }
    return one > other ? one : other;
}
