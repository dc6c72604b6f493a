/* Verbs that take no further words. */
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/verbs.h"

int cli_no_arguments(const cli_options *options) {
    if (options->arguments.count == 0) {
        return CLI_OK;
    }
    const char *verb = cli_verb_name(options->verb);
    return cli_usage("`jirasend %s` does not take '%.80s'. See `jirasend %s --help`.", verb,
                     options->arguments.items[0], verb);
}
