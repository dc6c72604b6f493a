/* Takes the address of an outbox on PostgreSQL apart. */
#include "outbox/postgres/address.h"

#include "base/error.h"
#include "base/strings.h"
#include "base/text.h"
#include "base/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

enum { HOST_NAME_MAX_LENGTH = 253, PORT_MAX = 65535, PORT_DIGITS = 5 };

#define SCHEME "postgresql://"

/* The parameters behind the question mark. */
typedef enum parameter {
    PARAMETER_HOST,
    PARAMETER_PORT,
    PARAMETER_SCHEMA,
    PARAMETER_SSLMODE,
    PARAMETER_SSLROOTCERT,
    PARAMETER_SSLCERT,
    PARAMETER_SSLKEY,
    PARAMETER_TARGET,
    PARAMETER_COUNT
} parameter;

static const char *const parameter_names[PARAMETER_COUNT] = {
    [PARAMETER_HOST] = "host",
    [PARAMETER_PORT] = "port",
    [PARAMETER_SCHEMA] = "schema",
    [PARAMETER_SSLMODE] = "sslmode",
    [PARAMETER_SSLROOTCERT] = "sslrootcert",
    [PARAMETER_SSLCERT] = "sslcert",
    [PARAMETER_SSLKEY] = "sslkey",
    [PARAMETER_TARGET] = "target_session_attrs",
};

static const char *const ssl_words[] = {
    [JS_POSTGRES_SSL_DISABLE] = "disable",     [JS_POSTGRES_SSL_ALLOW] = "allow",
    [JS_POSTGRES_SSL_PREFER] = "prefer",       [JS_POSTGRES_SSL_REQUIRE] = "require",
    [JS_POSTGRES_SSL_VERIFY_CA] = "verify-ca", [JS_POSTGRES_SSL_VERIFY_FULL] = "verify-full",
};
enum { SSL_WORDS = sizeof ssl_words / sizeof ssl_words[0] };

/* What is being read. Values are decoded; null where the address has none. */
typedef struct reading {
    js_postgres_address *address;
    jirasend_error *error;
    js_strings hosts; /* decoded, brackets of IPv6 taken off */
    js_strings ports; /* "" where a host of the authority has none */
    bool has_hosts, has_ports;
    char *values[PARAMETER_COUNT];
} reading;

bool js_postgres_is_address(const char *outbox) {
    return outbox != NULL && (strncasecmp(outbox, SCHEME, strlen(SCHEME)) == 0 ||
                              strncasecmp(outbox, "postgres://", strlen("postgres://")) == 0);
}

const char *js_postgres_ssl_word(js_postgres_ssl ssl) {
    return ssl_words[ssl];
}

static jirasend_code refuse(const reading *in, const char *why) {
    return js_fail(in->error, JIRASEND_E_ARGUMENT, "The address of the outbox %s", why);
}

static jirasend_code refuse_value(const reading *in, const char *name, const char *why) {
    return js_fail(in->error, JIRASEND_E_ARGUMENT, "In the address of the outbox '%s' %s", name,
                   why);
}

static bool has_control(const char *text) {
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            return true;
        }
    }
    return false;
}

/* A whole %XX at each percent sign, and none for NUL. */
static bool escapes_are_whole(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '%') {
            continue;
        }
        if (length - i < 3 || js_hex_digit(text[i + 1]) < 0 || js_hex_digit(text[i + 2]) < 0 ||
            (text[i + 1] == '0' && text[i + 2] == '0')) {
            return false;
        }
        i += 2;
    }
    return true;
}

/* Owned by the caller; null, with *code, when it cannot be used. */
static char *decode(const reading *in, const char *text, size_t length, jirasend_code *code) {
    *code = JIRASEND_OK;
    if (!escapes_are_whole(text, length)) {
        *code = refuse(in, "has a percent sign that is not followed by two hexadecimal digits. "
                           "Write the percent sign itself as %25.");
        return NULL;
    }
    char *decoded = js_percent_decode(text, length);
    if (decoded == NULL) {
        *code = js_fail_memory(in->error);
        return NULL;
    }
    if (has_control(decoded) || !js_utf8_valid(decoded, strlen(decoded))) {
        free(decoded);
        *code = refuse(in, "holds a control character, or bytes that are not UTF-8.");
        return NULL;
    }
    return decoded;
}

static jirasend_code add_decoded(const reading *in, js_strings *list, const char *text,
                                 size_t length) {
    jirasend_code code;
    char *decoded = decode(in, text, length, &code);
    if (decoded != NULL && !js_strings_add(list, decoded, strlen(decoded))) {
        code = js_fail_memory(in->error);
    }
    free(decoded);
    return code;
}

/* A name that the server would cut off in silence is another one to it. */
static jirasend_code take_name(const reading *in, const char *text, size_t length, const char *what,
                               char out[JS_POSTGRES_NAME_SIZE]) {
    jirasend_code code;
    char *decoded = decode(in, text, length, &code);
    if (decoded == NULL) {
        return code;
    }
    size_t size = strlen(decoded);
    if (size == 0) {
        code = js_fail(in->error, JIRASEND_E_ARGUMENT,
                       "The address of the outbox names no %s. It has the form "
                       "postgresql://USER@HOST/DATABASE.",
                       what);
    } else if (size >= JS_POSTGRES_NAME_SIZE) {
        code = js_fail(in->error, JIRASEND_E_ARGUMENT,
                       "The address of the outbox has a %s of more than 63 bytes, which "
                       "PostgreSQL cuts off.",
                       what);
    } else {
        memcpy(out, decoded, size + 1);
    }
    free(decoded);
    return code;
}

static jirasend_code take_user(const reading *in, const char *text, size_t length) {
    if (memchr(text, ':', length) != NULL) {
        return refuse(in, "holds a password. Take it out and put it into a file of its own, the "
                          "outbox's password file.");
    }
    return take_name(in, text, length, "user", in->address->user);
}

static bool is_ipv6(const char *text, size_t length) {
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr binary;
    if (length >= sizeof copy) {
        return false;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    return inet_pton(AF_INET6, copy, &binary) == 1;
}

/* "host", "host:port", "[address]:port" of the authority. */
static jirasend_code take_place(reading *in, const char *text, size_t length) {
    const char *host = text, *end = text + length, *port = NULL;
    size_t host_length = length;
    if (length > 0 && *text == '[') {
        const char *close = memchr(text, ']', length);
        if (close == NULL) {
            return refuse(in, "has a bracket that is not closed. Write an IPv6 address as [::1].");
        }
        host = text + 1;
        host_length = (size_t)(close - host);
        port = close + 1 < end ? close + 1 : NULL;
        if (!is_ipv6(host, host_length)) {
            return refuse(in, "has something between brackets that is not an IPv6 address.");
        }
        if (port != NULL && *port != ':') {
            return refuse(in, "has something behind a bracket that is not a port.");
        }
    } else if ((port = memchr(text, ':', length)) != NULL) {
        host_length = (size_t)(port - text);
    }
    if (port != NULL && port + 1 == end) {
        return refuse(in, "has a colon without a port behind it.");
    }
    in->has_ports = in->has_ports || port != NULL;
    jirasend_code code = add_decoded(in, &in->hosts, host, host_length);
    if (code == JIRASEND_OK) {
        code = add_decoded(in, &in->ports, port == NULL ? "" : port + 1,
                           port == NULL ? 0 : (size_t)(end - port) - 1);
    }
    return code;
}

/* Calls `take` for each part between commas. */
static jirasend_code each_part(reading *in, const char *text, size_t length,
                               jirasend_code (*take)(reading *, const char *, size_t)) {
    const char *end = text + length;
    for (;;) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        const char *stop = comma == NULL ? end : comma;
        jirasend_code code = take(in, text, (size_t)(stop - text));
        if (code != JIRASEND_OK || comma == NULL) {
            return code;
        }
        text = comma + 1;
    }
}

/* USER@HOST:PORT,…; the hosts may also stand in parameters. */
static jirasend_code take_authority(reading *in, const char *text, size_t length) {
    const char *at = memchr(text, '@', length);
    if (at == NULL) {
        return refuse(in, "names no user. It has the form postgresql://USER@HOST/DATABASE.");
    }
    jirasend_code code = take_user(in, text, (size_t)(at - text));
    size_t rest = length - (size_t)(at - text) - 1;
    if (code == JIRASEND_OK && memchr(at + 1, '@', rest) != NULL) {
        return refuse(in, "has more than one @. Write the one in a name as %40.");
    }
    if (code == JIRASEND_OK && rest > 0) {
        in->has_hosts = true;
        code = each_part(in, at + 1, rest, take_place);
    }
    return code;
}

static jirasend_code take_database(const reading *in, const char *text, size_t length) {
    if (length > 0 && memchr(text, '/', length) != NULL) {
        return refuse(in, "has a slash too many. Write the one in a database's name as %2F.");
    }
    return take_name(in, text, length, "database", in->address->database);
}

/* Only what looks like a name of libpq is repeated: a stray password might stand there. */
static jirasend_code refuse_unknown(const reading *in, const char *name, size_t length) {
    if (length == strlen("password") && memcmp(name, "password", length) == 0) {
        return refuse(in, "holds a password. Take it out and put it into a file of its own, the "
                          "outbox's password file.");
    }
    bool plain = length > 0 && length <= 32;
    for (size_t i = 0; i < length && plain; i++) {
        plain = name[i] == '_' || (name[i] >= 'a' && name[i] <= 'z');
    }
    return js_fail(in->error, JIRASEND_E_ARGUMENT,
                   "The address of the outbox has a parameter%s%.*s%s that cannot be given there. "
                   "Known are host, port, schema, sslmode, sslrootcert, sslcert, sslkey and "
                   "target_session_attrs.",
                   plain ? " '" : "", plain ? (int)length : 0, name, plain ? "'" : "");
}

static jirasend_code take_parameter(reading *in, const char *text, size_t length) {
    const char *equals = memchr(text, '=', length);
    size_t name_length = equals == NULL ? length : (size_t)(equals - text);
    int which = 0;
    while (which < PARAMETER_COUNT && (strlen(parameter_names[which]) != name_length ||
                                       memcmp(parameter_names[which], text, name_length) != 0)) {
        which++;
    }
    if (which == PARAMETER_COUNT) {
        return refuse_unknown(in, text, name_length);
    }
    if (in->values[which] != NULL || (which == PARAMETER_HOST && in->has_hosts) ||
        (which == PARAMETER_PORT && in->has_ports)) {
        return refuse_value(in, parameter_names[which], "appears twice. Give it once.");
    }
    if (equals == NULL || name_length + 1 == length) {
        return refuse_value(in, parameter_names[which],
                            "has no value. Give one, or leave the parameter out.");
    }
    jirasend_code code;
    in->values[which] = decode(in, equals + 1, length - name_length - 1, &code);
    return code;
}

static jirasend_code take_parameters(reading *in, const char *text) {
    for (;;) {
        size_t length = strcspn(text, "&");
        jirasend_code code = take_parameter(in, text, length);
        if (code != JIRASEND_OK || text[length] == '\0') {
            return code;
        }
        text += length + 1;
    }
}

static jirasend_code add_host(reading *in, const char *text, size_t length) {
    return js_strings_add(&in->hosts, text, length) ? JIRASEND_OK : js_fail_memory(in->error);
}

static jirasend_code add_port(reading *in, const char *text, size_t length) {
    if (length == 0) {
        return refuse_value(in, "port", "has an empty part between its commas.");
    }
    return js_strings_add(&in->ports, text, length) ? JIRASEND_OK : js_fail_memory(in->error);
}

/* The hosts and ports that were given as parameters; one port may serve all hosts. */
static jirasend_code take_lists(reading *in) {
    const char *hosts = in->values[PARAMETER_HOST], *ports = in->values[PARAMETER_PORT];
    jirasend_code code = JIRASEND_OK;
    if (hosts != NULL) {
        code = each_part(in, hosts, strlen(hosts), add_host);
    }
    if (code == JIRASEND_OK && in->hosts.count == 0) {
        return refuse(in, "names no host. The folder of a Unix socket is given as "
                          "?host=/run/postgresql.");
    }
    if (code == JIRASEND_OK && in->hosts.count > JS_POSTGRES_HOSTS_MAX) {
        return refuse(in, "names more than 16 hosts.");
    }
    if (code == JIRASEND_OK && ports != NULL) {
        js_strings_clear(&in->ports);
        code = each_part(in, ports, strlen(ports), add_port);
        if (code == JIRASEND_OK && in->ports.count != 1 && in->ports.count != in->hosts.count) {
            return refuse_value(in, "port", "needs one port for all hosts, or one for each.");
        }
    }
    return code;
}

static jirasend_code read_port(const reading *in, const char *text, int *port) {
    size_t digits = strspn(text, "0123456789");
    *port = JS_POSTGRES_PORT;
    if (*text == '\0') {
        return JIRASEND_OK;
    }
    if (text[digits] == '\0' && digits <= PORT_DIGITS) {
        *port = (int)strtol(text, NULL, 10);
    }
    if (text[digits] != '\0' || digits > PORT_DIGITS || *port < 1 || *port > PORT_MAX) {
        return refuse(in, "has a port that is not a number from 1 to 65535.");
    }
    return JIRASEND_OK;
}

static bool is_host_name(const char *host) {
    size_t length = strlen(host);
    if (is_ipv6(host, length)) {
        return true;
    }
    return length > 0 && length <= HOST_NAME_MAX_LENGTH && host[0] != '-' && host[0] != '.' &&
           strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") ==
               length;
}

static jirasend_code check_host(const reading *in, const js_postgres_host *host) {
    enum { SOCKET_FILE = sizeof "/.s.PGSQL.65535" };
    if (host->is_socket) {
        size_t room = sizeof((struct sockaddr_un *)0)->sun_path;
        if (strlen(host->name) + SOCKET_FILE > room || strchr(host->name, ',') != NULL) {
            return refuse(in, "names a folder for the Unix socket that is too long or holds a "
                              "comma.");
        }
        return JIRASEND_OK;
    }
    if (!is_host_name(host->name)) {
        return refuse(in, "has something for a host that is neither a host name, nor an address, "
                          "nor the path of a folder. An IPv6 address stands in brackets.");
    }
    return JIRASEND_OK;
}

/* What was asked for, or the default of the place; never anything weaker than the place allows. */
static jirasend_code choose_ssl(const reading *in, js_postgres_host *host) {
    const char *word = in->values[PARAMETER_SSLMODE];
    if (word == NULL) {
        host->ssl = host->is_local ? JS_POSTGRES_SSL_PREFER : JS_POSTGRES_SSL_VERIFY_FULL;
        return JIRASEND_OK;
    }
    int which = 0;
    while (which < SSL_WORDS && strcmp(ssl_words[which], word) != 0) {
        which++;
    }
    if (which == SSL_WORDS) {
        return refuse_value(in, "sslmode",
                            "is not known. Leave it out: it is verify-full, except on this "
                            "machine.");
    }
    host->ssl = (js_postgres_ssl)which;
    if (!host->is_local && host->ssl != JS_POSTGRES_SSL_VERIFY_FULL) {
        return refuse_value(in, "sslmode",
                            "must be verify-full, as the server is on another machine: with less "
                            "anyone on the way could read and change what is told to Jira.");
    }
    return JIRASEND_OK;
}

static jirasend_code make_hosts(const reading *in) {
    js_postgres_address *address = in->address;
    address->hosts = calloc(in->hosts.count, sizeof *address->hosts);
    if (address->hosts == NULL) {
        return js_fail_memory(in->error);
    }
    for (size_t i = 0; i < in->hosts.count; i++) {
        js_postgres_host *host = &address->hosts[i];
        const char *port = in->ports.count == 0   ? ""
                           : in->ports.count == 1 ? in->ports.items[0]
                                                  : in->ports.items[i];
        host->name = js_copy(in->hosts.items[i]);
        if (host->name == NULL) {
            return js_fail_memory(in->error);
        }
        address->host_count = i + 1;
        host->is_socket = host->name[0] == '/';
        host->is_local = host->is_socket || js_host_is_loopback(host->name);
        jirasend_code code = check_host(in, host);
        if (code == JIRASEND_OK) {
            code = read_port(in, port, &host->port);
        }
        if (code == JIRASEND_OK) {
            code = choose_ssl(in, host);
        }
        if (code != JIRASEND_OK) {
            return code;
        }
    }
    return JIRASEND_OK;
}

static jirasend_code choose_schema(const reading *in) {
    const char *schema = in->values[PARAMETER_SCHEMA];
    schema = schema == NULL ? JS_POSTGRES_SCHEMA : schema;
    size_t length = strlen(schema);
    if (length >= JS_POSTGRES_NAME_SIZE || (schema[0] >= '0' && schema[0] <= '9') ||
        strspn(schema, "abcdefghijklmnopqrstuvwxyz0123456789_") != length) {
        return refuse_value(in, "schema",
                            "may hold small letters, digits and _ only, at most 63, and does not "
                            "begin with a digit.");
    }
    if (strncmp(schema, "pg_", 3) == 0) {
        return refuse_value(in, "schema", "begins with pg_, which PostgreSQL keeps for itself.");
    }
    memcpy(in->address->schema, schema, length + 1);
    return JIRASEND_OK;
}

/* An outbox is written to: a server that is read-only by intention is of no use. */
static jirasend_code choose_target(const reading *in) {
    static const char *const known[] = {"read-write", "primary", "any"};
    const char *word = in->values[PARAMETER_TARGET];
    word = word == NULL ? known[0] : word;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i], word) == 0) {
            in->address->target_session_attrs = known[i];
            return JIRASEND_OK;
        }
    }
    return refuse_value(in, "target_session_attrs",
                        "must be read-write, primary or any, as the outbox is written to.");
}

static char *hand_over(char **value) {
    char *taken = *value;
    *value = NULL;
    return taken;
}

static jirasend_code choose_files(reading *in) {
    js_postgres_address *address = in->address;
    if ((in->values[PARAMETER_SSLCERT] == NULL) != (in->values[PARAMETER_SSLKEY] == NULL)) {
        return refuse(in, "has only one of sslcert and sslkey. Give both; it may be the same "
                          "file.");
    }
    address->root_certificate = hand_over(&in->values[PARAMETER_SSLROOTCERT]);
    address->certificate = hand_over(&in->values[PARAMETER_SSLCERT]);
    address->key = hand_over(&in->values[PARAMETER_SSLKEY]);
    return JIRASEND_OK;
}

static jirasend_code check_text(const reading *in, const char *text) {
    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0) {
        return refuse(in, "must begin with postgresql://, in small letters.");
    }
    if (has_control(text) || !js_utf8_valid(text, strlen(text))) {
        return refuse(in, "holds a control character, or bytes that are not UTF-8.");
    }
    if (strchr(text, ' ') != NULL) {
        return refuse(in, "holds a blank. Write the one in a name as %20.");
    }
    if (strchr(text, '#') != NULL) {
        return refuse(in, "holds a #. Write the one in a name as %23.");
    }
    return JIRASEND_OK;
}

static jirasend_code parse(reading *in, const char *text) {
    jirasend_code code = check_text(in, text);
    if (code != JIRASEND_OK) {
        return code;
    }
    text += strlen(SCHEME);
    size_t authority = strcspn(text, "/?");
    code = take_authority(in, text, authority);
    text += authority;
    if (code == JIRASEND_OK) {
        text += *text == '/' ? 1 : 0;
        size_t length = strcspn(text, "?");
        code = take_database(in, text, length);
        text += length;
    }
    if (code == JIRASEND_OK && *text == '?') {
        code = take_parameters(in, text + 1);
    }
    jirasend_code (*const steps[])(reading *) = {take_lists, choose_files};
    jirasend_code (*const choices[])(const reading *) = {choose_schema, choose_target, make_hosts};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && code == JIRASEND_OK; i++) {
        code = steps[i](in);
    }
    for (size_t i = 0; i < sizeof choices / sizeof choices[0] && code == JIRASEND_OK; i++) {
        code = choices[i](in);
    }
    return code;
}

jirasend_code js_postgres_address_parse(js_postgres_address *address, const char *text,
                                        jirasend_error *error) {
    reading in = {.address = address, .error = error};
    memset(address, 0, sizeof *address);
    jirasend_code code = parse(&in, text == NULL ? "" : text);
    js_strings_clear(&in.hosts);
    js_strings_clear(&in.ports);
    for (int i = 0; i < PARAMETER_COUNT; i++) {
        free(in.values[i]);
    }
    if (code != JIRASEND_OK) {
        js_postgres_address_clear(address);
    }
    return code;
}

void js_postgres_address_clear(js_postgres_address *address) {
    for (size_t i = 0; i < address->host_count; i++) {
        free(address->hosts[i].name);
    }
    free(address->hosts);
    free(address->root_certificate);
    free(address->certificate);
    free(address->key);
    memset(address, 0, sizeof *address);
}

jirasend_code js_postgres_environment_check(jirasend_error *error) {
    /* The first even when empty; PgBouncer refuses what the last two add. */
    static const char *const names[] = {"PGSERVICE", "PGHOSTADDR", "PGREQUIREPEER", "PGOPTIONS",
                                        "PGGEQO"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (getenv(names[i]) != NULL) {
            return js_fail(error, JIRASEND_E_ARGUMENT,
                           "The environment of this process has %s, which would change how the "
                           "outbox's database is reached. Start the process without it.",
                           names[i]);
        }
    }
    return JIRASEND_OK;
}
