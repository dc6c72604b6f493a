/* The command line of the sandbox. */
#include "options.h"

#include "base/descriptor.h"
#include "base/secret.h"
#include "base/text.h"
#include "known_keys.h"

#include <getopt.h>
#include <jirasend/version.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEFAULT_PORT = 8790, PORT_MAX = 65535, DELAY_MAX_MS = 600000, LIFETIME_MAX_S = 31536000 };

static const char help[] =
    "Usage: jirasend-sandbox [OPTION]...\n"
    "A Jira Cloud on your own machine: takes builds, deployments, feature flags and development\n"
    "information as Jira does, shows them on a web page, and breaks on demand. It listens on\n"
    "127.0.0.1 only.\n"
    "\n"
    "  --port N            port to listen on, default 8790; 0 picks a free one\n"
    "  --data DIR          keep the state in DIR, so that a restart shows the same site\n"
    "  --tls               speak HTTPS, with a certificate made for this machine\n"
    "  --known-keys KEYS   issue keys that exist, such as 'APP-*,OPS-1'; default: all do\n"
    "  --client ID:SECRET  credentials to accept; repeat for several;\n"
    "                      default sandbox:sandbox-secret. ID:SECRET:builds,flags may use these\n"
    "                      APIs only (builds, deployments, flags, devinfo; or none)\n"
    "  --ready-file F      write a JSON file with address and credentials once it listens\n"
    "  --site NAME         name of the site on the page, default sandbox\n"
    "  --delay MS          answer every API request so much later\n"
    "  --eventually MS     delete what is deleted so much after the answer, default 100\n"
    "  --token-lifetime S  seconds until an access token expires, default 900\n"
    "  --quiet             print nothing but errors\n"
    "  --help, --version   print this, or the version\n";

static bool complain(const char *format, ...) JIRASEND_PRINTF(1, 2);

static bool complain(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("jirasend-sandbox: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputs(" Try jirasend-sandbox --help.\n", stderr);
    va_end(arguments);
    return false;
}

static bool number(const char *name, const char *text, int64_t low, int64_t high, int64_t *out) {
    *out = sb_parse_number(text, strlen(text));
    if (*out < low || *out > high) {
        return complain("--%s takes a whole number from %lld to %lld.", name, (long long)low,
                        (long long)high);
    }
    return true;
}

static bool is_printable(const char *text) {
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7F) {
            return false;
        }
    }
    return true;
}

/* "builds,flags" as bits. False when a word is no API; `any` says whether one was. */
static bool read_modules(const char *text, unsigned *modules, bool *any) {
    bool all = true;
    *any = false;
    *modules = 0;
    while (true) {
        char word[32];
        size_t length = strcspn(text, ",");
        sb_module module = SB_BUILDS;
        (void)snprintf(word, sizeof word, "%.*s", (int)(length < 31 ? length : 31), text);
        if (sb_module_from_name(word, &module)) {
            *modules |= 1U << module;
            *any = true;
        } else {
            all = false;
        }
        if (text[length] == '\0') {
            return all;
        }
        text += length + 1;
    }
}

/* Where the secret ends: before the list of APIs, if there is one. Null when the list is wrong. */
static const char *read_permissions(const char *secret, unsigned *denied) {
    const char *colon = strrchr(secret, ':');
    const char *end = secret + strlen(secret);
    unsigned modules = 0;
    bool any = false;
    *denied = 0;
    if (colon == NULL || colon == secret) {
        return end;
    }
    if (strcmp(colon + 1, "none") == 0) {
        *denied = SB_ALL_MODULES;
        return colon;
    }
    if (read_modules(colon + 1, &modules, &any)) {
        *denied = SB_ALL_MODULES & ~modules;
        return colon;
    }
    return any ? NULL : end; /* a colon in the secret */
}

static bool add_client(sb_options *options, const char *text) {
    const char *colon = strchr(text, ':');
    if (colon == NULL || colon == text || colon[1] == '\0' || !is_printable(text) ||
        !js_utf8_valid(text, strlen(text))) {
        return complain("--client takes ID:SECRET, both not empty.");
    }
    unsigned denied = 0;
    const char *end = read_permissions(colon + 1, &denied);
    if (end == NULL) {
        return complain("--client names an API that there is not: builds, deployments, flags, "
                        "devinfo, or none.");
    }
    sb_client *clients = realloc(options->clients, (options->client_count + 1) * sizeof *clients);
    if (clients == NULL) {
        return complain("There is not enough memory.");
    }
    options->clients = clients;
    sb_client *client = &clients[options->client_count++];
    client->id = js_copy_n(text, (size_t)(colon - text));
    client->secret = js_copy_n(colon + 1, (size_t)(end - colon - 1));
    client->denied = denied;
    return (client->id != NULL && client->secret != NULL) ||
           complain("There is not enough memory.");
}

static bool add_known_keys(sb_options *options, const char *text) {
    char bad[64];
    size_t before = options->known_keys.count;
    if (!sb_known_keys_parse(&options->known_keys, text, bad)) {
        return bad[0] == '\0' ? complain("There is not enough memory.")
                              : complain("--known-keys holds '%s', which is neither an issue key "
                                         "nor a pattern such as APP-*.",
                                         bad);
    }
    return options->known_keys.count > before ||
           complain("--known-keys is empty; leave it out when every key is known.");
}

static bool text_option(const char *name, const char *text, const char **out) {
    if (*text == '\0' || !is_printable(text) || !js_utf8_valid(text, strlen(text))) {
        return complain("--%s must not be empty or hold control characters.", name);
    }
    *out = text;
    return true;
}

static const struct option long_options[] = {{"port", required_argument, NULL, 'p'},
                                             {"data", required_argument, NULL, 'd'},
                                             {"tls", no_argument, NULL, 't'},
                                             {"known-keys", required_argument, NULL, 'k'},
                                             {"client", required_argument, NULL, 'c'},
                                             {"ready-file", required_argument, NULL, 'r'},
                                             {"site", required_argument, NULL, 's'},
                                             {"delay", required_argument, NULL, 'm'},
                                             {"eventually", required_argument, NULL, 'e'},
                                             {"token-lifetime", required_argument, NULL, 'l'},
                                             {"quiet", no_argument, NULL, 'q'},
                                             {"help", no_argument, NULL, 'h'},
                                             {"version", no_argument, NULL, 'v'},
                                             {NULL, 0, NULL, 0}};

static bool take(sb_options *options, int option, const char *argument) {
    int64_t value = 0;
    switch (option) {
    case 'p':
        if (!number("port", argument, 0, PORT_MAX, &value)) {
            return false;
        }
        options->port = (int)value;
        return true;
    case 'd':
        return text_option("data", argument, &options->data_directory);
    case 't':
        options->tls = true;
        return true;
    case 'k':
        return add_known_keys(options, argument);
    case 'c':
        return add_client(options, argument);
    case 'r':
        return text_option("ready-file", argument, &options->ready_file);
    case 's':
        return text_option("site", argument, &options->site);
    case 'm':
        return number("delay", argument, 0, DELAY_MAX_MS, &options->delay_ms);
    case 'e':
        return number("eventually", argument, 0, DELAY_MAX_MS, &options->eventually_ms);
    case 'l':
        return number("token-lifetime", argument, 1, LIFETIME_MAX_S, &options->token_lifetime_s);
    case 'q':
        options->quiet = true;
        return true;
    default:
        return false;
    }
}

/* What getopt_long() itself could not take. */
static bool complain_of(int option, char **argv) {
    const char *word = argv[optind - 1];
    if (option == ':') {
        return complain("%s takes a value.", word);
    }
    return complain("%s is not an option, or takes no value.", word);
}

sb_parsed sb_options_parse(sb_options *options, int argc, char **argv) {
    *options = (sb_options){.port = DEFAULT_PORT,
                            .site = "sandbox",
                            .token_lifetime_s = SB_TOKEN_LIFETIME_S,
                            .eventually_ms = SB_EVENTUALLY_MS};
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (option == 'h') {
            return js_write_all(STDOUT_FILENO, help, strlen(help)) ? SB_DONE : SB_USAGE;
        }
        if (option == 'v') {
            static const char version[] = "jirasend-sandbox " JIRASEND_VERSION "\n";
            return js_write_all(STDOUT_FILENO, version, sizeof version - 1) ? SB_DONE : SB_USAGE;
        }
        if (option == '?' || option == ':') {
            (void)complain_of(option, argv);
            return SB_USAGE;
        }
        if (!take(options, option, optarg)) {
            return SB_USAGE;
        }
    }
    if (optind < argc) {
        (void)complain("'%s' is not expected: there are options only.", argv[optind]);
        return SB_USAGE;
    }
    if (options->client_count == 0 && !add_client(options, "sandbox:sandbox-secret")) {
        return SB_USAGE;
    }
    return SB_RUN;
}

void sb_options_free(sb_options *options) {
    for (size_t i = 0; i < options->client_count; i++) {
        if (options->clients[i].secret != NULL) {
            js_wipe(options->clients[i].secret, strlen(options->clients[i].secret));
        }
        free(options->clients[i].secret);
        free(options->clients[i].id);
    }
    free(options->clients);
    js_strings_clear(&options->known_keys);
    *options = (sb_options){0};
}
