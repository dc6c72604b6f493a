/* The facts of an event: an option, else the CI's variables. */
#ifndef CLI_FACTS_H
#define CLI_FACTS_H

#include "cli/ci.h"
#include "cli/options.h"

typedef struct cli_facts {
    const cli_options *options;
    const cli_ci *ci; /* null outside of a CI */
    struct {
        bool read, there;
        js_buf value, origin; /* origin: "--number", or "BUILD_NUMBER (Jenkins)" */
    } facts[CLI_FACTS];
} cli_facts;

void cli_facts_init(cli_facts *facts, const cli_options *options);
void cli_facts_free(cli_facts *facts);

/* The value, or null. */
const char *cli_facts_get(cli_facts *facts, cli_fact fact);
/* Where the value comes from. */
const char *cli_facts_origin(cli_facts *facts, cli_fact fact);
/* Whether memory was short; facts may then be missing. */
bool cli_facts_failed(const cli_facts *facts);
/* The option that gives the fact, without its dashes; "help": there is none. */
const char *cli_facts_option(cli_fact fact);
/* Says that a fact is missing, how to give it, and what the CI should have set. Returns 64. */
int cli_facts_missing(const cli_facts *facts, cli_fact fact);

#endif
