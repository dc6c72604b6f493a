/* A command as our child: its start, the signals that are passed on to it, and its end. */
#ifndef CLI_RUN_COMMAND_H
#define CLI_RUN_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Remembers what the command is to find as we found it: how signals are treated, and the variables.
 * The first call of the program, before it changes any of that.
 */
void cli_command_remember(void);

typedef struct cli_command {
    pid_t pid;         /* 0: it could not be started */
    int signal_fd;     /* readable when a signal came */
    int status;        /* as a shell has it: 126, 127, 128 and the signal */
    bool by_interrupt; /* it was ended by INT, TERM, HUP or QUIT */
    bool interrupted;  /* one of these was sent to us */
} cli_command;

/*
 * From now on INT, TERM, HUP and QUIT (but for those that are ignored) come in through `signal_fd`.
 * False with errno when that failed.
 */
bool cli_command_watch_signals(cli_command *command);
/*
 * Starts it with our standard streams, working folder and environment but JIRASEND_CLIENT_SECRET. Only
 * while there is one thread. What cannot be started has ended: with 127 (not found) or 126, said.
 */
void cli_command_start(cli_command *command, char *const arguments[]);
/* Waits for its end and passes on what signals come meanwhile. */
void cli_command_wait(cli_command *command);
/* Waits until `fd` is readable or `ms` are over. False when it was a signal that came. */
bool cli_command_wait_for(cli_command *command, int fd, int ms);

#endif
