/* Takes the address of an outbox on PostgreSQL apart. */
#include "outbox/postgres/address_reading.h"

#include "base/error.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SCHEME "postgresql://"

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

/* "pg://…", "jdbc:postgresql://…" */
static bool has_scheme(const char *text) {
    size_t slash = strcspn(text, "/");
    return slash > 0 && text[slash - 1] == ':' && text[slash] == '/' && text[slash + 1] == '/';
}

/* "host=… password=…", as libpq takes it from its own programs. */
static bool has_setting(const char *text) {
    static const char *const words[] = {"host",   "hostaddr", "port",    "user",
                                        "dbname", "password", "service", "passfile"};
    size_t length = strcspn(text, "=/");
    for (size_t i = 0; text[length] == '=' && i < sizeof words / sizeof words[0]; i++) {
        if (strlen(words[i]) == length && strncasecmp(words[i], text, length) == 0) {
            return true;
        }
    }
    return false;
}

/* What is meant as one counts, or its events would go into a folder of that name, and its password into messages. */
bool js_postgres_is_address(const char *outbox) {
    if (outbox == NULL) {
        return false;
    }
    outbox += strspn(outbox, " \t\r\n");
    return has_scheme(outbox) || has_setting(outbox);
}

jirasend_code js_address_refuse(const js_address_reading *in, const char *why) {
    return js_fail(in->error, JIRASEND_E_ARGUMENT, "The address of the outbox %s", why);
}

jirasend_code js_address_refuse_value(const js_address_reading *in, const char *name,
                                      const char *why) {
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
static char *decode(const js_address_reading *in, const char *text, size_t length,
                    jirasend_code *code) {
    *code = JIRASEND_OK;
    if (!escapes_are_whole(text, length)) {
        *code = js_address_refuse(
            in, "has a percent sign that is not followed by two hexadecimal digits. "
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
        *code = js_address_refuse(in, "holds a control character, or bytes that are not UTF-8.");
        return NULL;
    }
    return decoded;
}

static jirasend_code add_decoded(const js_address_reading *in, js_strings *list, const char *text,
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
static jirasend_code take_name(const js_address_reading *in, const char *text, size_t length,
                               const char *what, char out[JS_POSTGRES_NAME_SIZE]) {
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

static jirasend_code take_user(const js_address_reading *in, const char *text, size_t length) {
    if (memchr(text, ':', length) != NULL) {
        return js_address_refuse(
            in, "holds a password. Take it out and put it into a file of its own, the "
                "outbox's password file.");
    }
    return take_name(in, text, length, "user", in->address->user);
}

bool js_address_is_ipv6(const char *text, size_t length) {
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
static jirasend_code take_place(js_address_reading *in, const char *text, size_t length) {
    const char *host = text, *end = text + length, *port = NULL;
    size_t host_length = length;
    if (length > 0 && *text == '[') {
        const char *close = memchr(text, ']', length);
        if (close == NULL) {
            return js_address_refuse(
                in, "has a bracket that is not closed. Write an IPv6 address as [::1].");
        }
        host = text + 1;
        host_length = (size_t)(close - host);
        port = close + 1 < end ? close + 1 : NULL;
        if (!js_address_is_ipv6(host, host_length)) {
            return js_address_refuse(in,
                                     "has something between brackets that is not an IPv6 address.");
        }
        if (port != NULL && *port != ':') {
            return js_address_refuse(in, "has something behind a bracket that is not a port.");
        }
    } else if ((port = memchr(text, ':', length)) != NULL) {
        host_length = (size_t)(port - text);
    }
    if (port != NULL && port + 1 == end) {
        return js_address_refuse(in, "has a colon without a port behind it.");
    }
    in->has_ports = in->has_ports || port != NULL;
    jirasend_code code = add_decoded(in, &in->hosts, host, host_length);
    if (code == JIRASEND_OK) {
        code = add_decoded(in, &in->ports, port == NULL ? "" : port + 1,
                           port == NULL ? 0 : (size_t)(end - port) - 1);
    }
    return code;
}

jirasend_code js_address_each_part(js_address_reading *in, const char *text, size_t length,
                                   jirasend_code (*take)(js_address_reading *, const char *,
                                                         size_t)) {
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
static jirasend_code take_authority(js_address_reading *in, const char *text, size_t length) {
    const char *at = memchr(text, '@', length);
    if (at == NULL) {
        return js_address_refuse(in,
                                 "names no user. It has the form postgresql://USER@HOST/DATABASE.");
    }
    jirasend_code code = take_user(in, text, (size_t)(at - text));
    size_t rest = length - (size_t)(at - text) - 1;
    if (code == JIRASEND_OK && memchr(at + 1, '@', rest) != NULL) {
        return js_address_refuse(in, "has more than one @. Write the one in a name as %40.");
    }
    if (code == JIRASEND_OK && rest > 0) {
        in->has_hosts = true;
        code = js_address_each_part(in, at + 1, rest, take_place);
    }
    return code;
}

static jirasend_code take_database(const js_address_reading *in, const char *text, size_t length) {
    if (length > 0 && memchr(text, '/', length) != NULL) {
        return js_address_refuse(
            in, "has a slash too many. Write the one in a database's name as %2F.");
    }
    return take_name(in, text, length, "database", in->address->database);
}

/* Only what looks like a name of libpq is repeated: a stray password might stand there. */
static jirasend_code refuse_unknown(const js_address_reading *in, const char *name, size_t length) {
    if (length == strlen("password") && memcmp(name, "password", length) == 0) {
        return js_address_refuse(
            in, "holds a password. Take it out and put it into a file of its own, the "
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

static jirasend_code take_parameter(js_address_reading *in, const char *text, size_t length) {
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
        return js_address_refuse_value(in, parameter_names[which], "appears twice. Give it once.");
    }
    if (equals == NULL || name_length + 1 == length) {
        return js_address_refuse_value(in, parameter_names[which],
                                       "has no value. Give one, or leave the parameter out.");
    }
    jirasend_code code;
    in->values[which] = decode(in, equals + 1, length - name_length - 1, &code);
    return code;
}

static jirasend_code take_parameters(js_address_reading *in, const char *text) {
    for (;;) {
        size_t length = strcspn(text, "&");
        jirasend_code code = take_parameter(in, text, length);
        if (code != JIRASEND_OK || text[length] == '\0') {
            return code;
        }
        text += length + 1;
    }
}

static jirasend_code check_text(const js_address_reading *in, const char *text) {
    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0) {
        return js_address_refuse(in, "must begin with postgresql://, in small letters.");
    }
    if (has_control(text) || !js_utf8_valid(text, strlen(text))) {
        return js_address_refuse(in, "holds a control character, or bytes that are not UTF-8.");
    }
    if (strchr(text, ' ') != NULL) {
        return js_address_refuse(in, "holds a blank. Write the one in a name as %20.");
    }
    if (strchr(text, '#') != NULL) {
        return js_address_refuse(in, "holds a #. Write the one in a name as %23.");
    }
    return JIRASEND_OK;
}

static jirasend_code parse(js_address_reading *in, const char *text) {
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
    return code == JIRASEND_OK ? js_address_choose(in) : code;
}

jirasend_code js_postgres_address_parse(js_postgres_address *address, const char *text,
                                        jirasend_error *error) {
    js_address_reading in = {.address = address, .error = error};
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
