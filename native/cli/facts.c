/* What is asked of an option first and of the CI then. */
#include "cli/facts.h"

#include "cli/addresses.h"
#include "cli/exit_code.h"
#include "cli/output.h"

#include <string.h>

/* The option that goes before the CI's variables; CLI_HELP: there is none. */
static const cli_option options_of[CLI_FACTS] = {
    [CLI_FACT_PIPELINE] = CLI_PIPELINE,
    [CLI_FACT_NAME] = CLI_NAME,
    [CLI_FACT_NUMBER] = CLI_NUMBER,
    [CLI_FACT_URL] = CLI_URL,
    [CLI_FACT_PIPELINE_URL] = CLI_HELP,
    [CLI_FACT_STATE] = CLI_STATE,
    [CLI_FACT_BRANCH] = CLI_BRANCH,
    [CLI_FACT_BRANCH_URL] = CLI_BRANCH_URL,
    [CLI_FACT_TAG] = CLI_HELP,
    [CLI_FACT_PR_BRANCH] = CLI_HELP,
    [CLI_FACT_PR_TITLE] = CLI_HELP,
    [CLI_FACT_COMMIT] = CLI_COMMIT,
    [CLI_FACT_MESSAGE] = CLI_HELP,
    [CLI_FACT_REPOSITORY] = CLI_REPOSITORY,
    [CLI_FACT_ENVIRONMENT] = CLI_ENVIRONMENT,
    [CLI_FACT_ENVIRONMENT_NAME] = CLI_ENVIRONMENT_NAME,
    [CLI_FACT_ENVIRONMENT_TYPE] = CLI_ENVIRONMENT_TYPE,
};

void cli_facts_init(cli_facts *facts, const cli_options *options) {
    memset(facts, 0, sizeof(*facts));
    facts->options = options;
    facts->ci = cli_ci_detect();
}

void cli_facts_free(cli_facts *facts) {
    for (int i = 0; i < CLI_FACTS; i++) {
        js_buf_clear(&facts->facts[i].value);
        js_buf_clear(&facts->facts[i].origin);
    }
}

/* What logs in never leaves the machine, and a repository is shown as people open it. */
static void clean_address(cli_fact fact, js_buf *value) {
    js_buf web = JS_BUF_INIT;
    switch (fact) {
    case CLI_FACT_REPOSITORY:
        js_buf_add(&web, value->data, value->length);
        if (!web.failed && cli_web_address(&web)) {
            js_buf_clear(value);
            *value = web;
        } else {
            js_buf_clear(&web);
        }
        cli_remove_login(value);
        break;
    case CLI_FACT_URL:
    case CLI_FACT_PIPELINE_URL:
    case CLI_FACT_BRANCH_URL:
        cli_remove_login(value);
        break;
    case CLI_FACT_PIPELINE:
    case CLI_FACT_NAME:
    case CLI_FACT_NUMBER:
    case CLI_FACT_STATE:
    case CLI_FACT_BRANCH:
    case CLI_FACT_TAG:
    case CLI_FACT_PR_BRANCH:
    case CLI_FACT_PR_TITLE:
    case CLI_FACT_COMMIT:
    case CLI_FACT_MESSAGE:
    case CLI_FACT_ENVIRONMENT:
    case CLI_FACT_ENVIRONMENT_NAME:
    case CLI_FACT_ENVIRONMENT_TYPE:
        break;
    }
}

static void read_fact(cli_facts *facts, cli_fact fact) {
    js_buf *value = &facts->facts[fact].value, *origin = &facts->facts[fact].origin;
    cli_option option = options_of[fact];
    const char *given = option == CLI_HELP ? NULL : cli_value(facts->options, option);
    facts->facts[fact].read = true;
    if (given != NULL) {
        facts->facts[fact].there = true;
        js_buf_add_text(value, given);
        clean_address(fact, value);
        js_buf_add_text(origin, cli_origin(facts->options, option));
        return;
    }
    js_buf variables = JS_BUF_INIT;
    if (facts->ci != NULL && cli_ci_fact(facts->ci, fact, value, &variables)) {
        facts->facts[fact].there = true;
        clean_address(fact, value);
        js_buf_addf(origin, "%s (%s)", variables.length > 0 ? variables.data : "", facts->ci->name);
        origin->failed = origin->failed || variables.failed;
    }
    js_buf_clear(&variables);
}

const char *cli_facts_get(cli_facts *facts, cli_fact fact) {
    if (!facts->facts[fact].read) {
        read_fact(facts, fact);
    }
    const js_buf *value = &facts->facts[fact].value;
    return facts->facts[fact].there && !value->failed && value->length > 0 ? value->data : NULL;
}

const char *cli_facts_origin(cli_facts *facts, cli_fact fact) {
    const js_buf *origin = &facts->facts[fact].origin;
    return origin->length > 0 && !origin->failed ? origin->data : "";
}

bool cli_facts_failed(const cli_facts *facts) {
    bool failed = false;
    for (int i = 0; i < CLI_FACTS; i++) {
        failed = failed || facts->facts[i].value.failed || facts->facts[i].origin.failed;
    }
    return failed;
}

const char *cli_facts_option(cli_fact fact) {
    return cli_option_spec_of(options_of[fact])->name;
}

int cli_facts_missing(const cli_facts *facts, cli_fact fact) {
    const char *option = cli_option_spec_of(options_of[fact])->name;
    const char *verb = cli_verb_name(facts->options->verb);
    js_buf names = JS_BUF_INIT;
    if (facts->ci == NULL) {
        cli_fail(
            "The option --%s is missing, and this is not a job of a CI that jirasend knows. See "
            "`jirasend %s --help`.",
            option, verb);
    } else if (cli_ci_variables(facts->ci, fact, &names) && !names.failed) {
        cli_fail("The option --%s is missing, and %s has not set %s. See `jirasend %s --help`.",
                 option, facts->ci->name, names.data, verb);
    } else {
        cli_fail("The option --%s is missing, and %s does not provide it to its jobs. See "
                 "`jirasend %s --help`.",
                 option, facts->ci->name, verb);
    }
    js_buf_clear(&names);
    return CLI_USAGE;
}
