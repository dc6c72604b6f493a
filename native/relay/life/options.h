/* The command line of jirasend-relay. */
#ifndef RELAY_LIFE_OPTIONS_H
#define RELAY_LIFE_OPTIONS_H

#include <stdbool.h>

typedef enum rl_task { RL_TASK_SERVE, RL_TASK_CHECK, RL_TASK_TOKEN, RL_TASK_NONE } rl_task;

typedef struct rl_options {
    rl_task task; /* NONE: help or version was asked for */
    bool told;    /* which reached standard output */
    const char *config;
    const char *ready_file; /* null: none */
    bool verbose;
} rl_options;

/* False: a sentence about the mistake was printed; the exit code is EX_USAGE. */
bool rl_options_parse(rl_options *options, int argc, char **argv);

#endif
