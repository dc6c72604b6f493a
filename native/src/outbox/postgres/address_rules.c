/* The parts of an outbox's address: which hosts, how safely, and what else may stand there. */
#include "outbox/postgres/address_reading.h"

#include "base/error.h"
#include "base/text.h"
#include "base/url.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

enum { HOST_NAME_MAX_LENGTH = 253, PORT_MAX = 65535, PORT_DIGITS = 5 };

static const char *const ssl_words[] = {
    [JS_POSTGRES_SSL_DISABLE] = "disable",     [JS_POSTGRES_SSL_ALLOW] = "allow",
    [JS_POSTGRES_SSL_PREFER] = "prefer",       [JS_POSTGRES_SSL_REQUIRE] = "require",
    [JS_POSTGRES_SSL_VERIFY_CA] = "verify-ca", [JS_POSTGRES_SSL_VERIFY_FULL] = "verify-full",
};
enum { SSL_WORDS = sizeof ssl_words / sizeof ssl_words[0] };

const char *js_postgres_ssl_word(js_postgres_ssl ssl) {
    return ssl_words[ssl];
}

static jirasend_code add_host(js_address_reading *in, const char *text, size_t length) {
    return js_strings_add(&in->hosts, text, length) ? JIRASEND_OK : js_fail_memory(in->error);
}

static jirasend_code add_port(js_address_reading *in, const char *text, size_t length) {
    if (length == 0) {
        return js_address_refuse_value(in, "port", "has an empty part between its commas.");
    }
    return js_strings_add(&in->ports, text, length) ? JIRASEND_OK : js_fail_memory(in->error);
}

/* The hosts and ports that were given as parameters; one port may serve all hosts. */
static jirasend_code take_lists(js_address_reading *in) {
    const char *hosts = in->values[PARAMETER_HOST], *ports = in->values[PARAMETER_PORT];
    jirasend_code code = JIRASEND_OK;
    if (hosts != NULL) {
        code = js_address_each_part(in, hosts, strlen(hosts), add_host);
    }
    if (code == JIRASEND_OK && in->hosts.count == 0) {
        return js_address_refuse(in, "names no host. The folder of a Unix socket is given as "
                                     "?host=/run/postgresql.");
    }
    if (code == JIRASEND_OK && in->hosts.count > JS_POSTGRES_HOSTS_MAX) {
        return js_address_refuse(in, "names more than 16 hosts.");
    }
    if (code == JIRASEND_OK && ports != NULL) {
        js_strings_clear(&in->ports);
        code = js_address_each_part(in, ports, strlen(ports), add_port);
        if (code == JIRASEND_OK && in->ports.count != 1 && in->ports.count != in->hosts.count) {
            return js_address_refuse_value(in, "port",
                                           "needs one port for all hosts, or one for each.");
        }
    }
    return code;
}

static jirasend_code read_port(const js_address_reading *in, const char *text, int *port) {
    size_t digits = strspn(text, "0123456789");
    *port = JS_POSTGRES_PORT;
    if (*text == '\0') {
        return JIRASEND_OK;
    }
    if (text[digits] == '\0' && digits <= PORT_DIGITS) {
        *port = (int)strtol(text, NULL, 10);
    }
    if (text[digits] != '\0' || digits > PORT_DIGITS || *port < 1 || *port > PORT_MAX) {
        return js_address_refuse(in, "has a port that is not a number from 1 to 65535.");
    }
    return JIRASEND_OK;
}

static bool is_host_name(const char *host) {
    size_t length = strlen(host);
    if (js_address_is_ipv6(host, length)) {
        return true;
    }
    return length > 0 && length <= HOST_NAME_MAX_LENGTH && host[0] != '-' && host[0] != '.' &&
           strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") ==
               length;
}

static jirasend_code check_host(const js_address_reading *in, const js_postgres_host *host) {
    enum { SOCKET_FILE = sizeof "/.s.PGSQL.65535" };
    if (host->is_socket) {
        size_t room = sizeof((struct sockaddr_un *)0)->sun_path;
        if (strlen(host->name) + SOCKET_FILE > room || strchr(host->name, ',') != NULL) {
            return js_address_refuse(
                in, "names a folder for the Unix socket that is too long or holds a "
                    "comma.");
        }
        return JIRASEND_OK;
    }
    if (!is_host_name(host->name)) {
        return js_address_refuse(
            in, "has something for a host that is neither a host name, nor an address, "
                "nor the path of a folder. An IPv6 address goes in brackets.");
    }
    return JIRASEND_OK;
}

/* What was asked for, or the default of the place; never anything weaker than the place allows. */
static jirasend_code choose_ssl(const js_address_reading *in, js_postgres_host *host) {
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
        return js_address_refuse_value(
            in, "sslmode",
            "is not known. Leave it out: it is verify-full, except on this "
            "machine.");
    }
    host->ssl = (js_postgres_ssl)which;
    if (!host->is_local && host->ssl != JS_POSTGRES_SSL_VERIFY_FULL) {
        return js_address_refuse_value(
            in, "sslmode",
            "must be verify-full, as the server is on another machine: with less "
            "anyone on the way could read and change what is told to Jira.");
    }
    return JIRASEND_OK;
}

static jirasend_code make_hosts(const js_address_reading *in) {
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

static jirasend_code choose_schema(const js_address_reading *in) {
    const char *schema = in->values[PARAMETER_SCHEMA];
    schema = schema == NULL ? JS_POSTGRES_SCHEMA : schema;
    size_t length = strlen(schema);
    if (length >= JS_POSTGRES_NAME_SIZE || (schema[0] >= '0' && schema[0] <= '9') ||
        strspn(schema, "abcdefghijklmnopqrstuvwxyz0123456789_") != length) {
        return js_address_refuse_value(
            in, "schema",
            "may hold small letters, digits and _ only, at most 63, and does not "
            "begin with a digit.");
    }
    if (strncmp(schema, "pg_", 3) == 0) {
        return js_address_refuse_value(in, "schema",
                                       "begins with pg_, which PostgreSQL keeps for itself.");
    }
    memcpy(in->address->schema, schema, length + 1);
    return JIRASEND_OK;
}

/* An outbox is written to: a server that is read-only by intention is of no use. */
static jirasend_code choose_target(const js_address_reading *in) {
    static const char *const known[] = {"read-write", "primary", "any"};
    const char *word = in->values[PARAMETER_TARGET];
    word = word == NULL ? known[0] : word;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i], word) == 0) {
            in->address->target_session_attrs = known[i];
            return JIRASEND_OK;
        }
    }
    return js_address_refuse_value(
        in, "target_session_attrs",
        "must be read-write, primary or any, as the outbox is written to.");
}

static char *hand_over(char **value) {
    char *taken = *value;
    *value = NULL;
    return taken;
}

static jirasend_code choose_files(js_address_reading *in) {
    js_postgres_address *address = in->address;
    if ((in->values[PARAMETER_SSLCERT] == NULL) != (in->values[PARAMETER_SSLKEY] == NULL)) {
        return js_address_refuse(
            in, "has only one of sslcert and sslkey. Give both; it may be the same "
                "file.");
    }
    address->root_certificate = hand_over(&in->values[PARAMETER_SSLROOTCERT]);
    address->certificate = hand_over(&in->values[PARAMETER_SSLCERT]);
    address->key = hand_over(&in->values[PARAMETER_SSLKEY]);
    return JIRASEND_OK;
}

jirasend_code js_address_choose(js_address_reading *in) {
    jirasend_code (*const choices[])(const js_address_reading *) = {choose_schema, choose_target,
                                                                    make_hosts};
    jirasend_code code = take_lists(in);
    code = code == JIRASEND_OK ? choose_files(in) : code;
    for (size_t i = 0; i < sizeof choices / sizeof choices[0] && code == JIRASEND_OK; i++) {
        code = choices[i](in);
    }
    return code;
}
