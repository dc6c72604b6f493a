/* What the program ends with: one number for all that happened. Pure. */
#ifndef CLI_EXIT_CODE_H
#define CLI_EXIT_CODE_H

#include <jirasend/error.h>

#include <stdbool.h>

/* The names are those of sysexits.h where it has one. */
enum {
    CLI_OK = 0,
    CLI_DIFFERENT = 1, /* of `diff` */
    CLI_GATE_PREVENTED = 10,
    CLI_GATE_AWAITING = 11,
    CLI_GATE_CLOSED = 12, /* expired, invalid, or unknown to Jira */
    CLI_USAGE = 64,
    CLI_DATA = 65,
    CLI_NO_INPUT = 66,
    CLI_UNAVAILABLE = 69,
    CLI_SOFTWARE = 70,
    CLI_CANNOT_CREATE = 73,
    CLI_IO = 74,
    CLI_TEMPORARY = 75,
    CLI_NO_PERMISSION = 77
};

/* The exit code of a failed call. */
int cli_exit_of_code(jirasend_code code);

/*
 * The exit code of one receipt's status. `kept`: an outbox folder holds what is still waiting.
 * A status that nobody knows is an error of ours: 70.
 */
int cli_exit_of_status(const char *status, bool kept);

/* The exit code of a gate's answer. */
int cli_exit_of_gate(const char *status);

/* The graver of two. */
int cli_exit_graver(int one, int other);

#endif
