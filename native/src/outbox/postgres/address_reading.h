/* The address of an outbox while it is read: address.c takes the text apart, address_rules.c judges the parts. */
#ifndef JS_OUTBOX_POSTGRES_ADDRESS_READING_H
#define JS_OUTBOX_POSTGRES_ADDRESS_READING_H

#include "base/strings.h"
#include "outbox/postgres/address.h"

/* The parameters behind the question mark. */
typedef enum js_address_parameter {
    PARAMETER_HOST,
    PARAMETER_PORT,
    PARAMETER_SCHEMA,
    PARAMETER_SSLMODE,
    PARAMETER_SSLROOTCERT,
    PARAMETER_SSLCERT,
    PARAMETER_SSLKEY,
    PARAMETER_TARGET,
    PARAMETER_COUNT
} js_address_parameter;

/* What is being read. Values are decoded; null where the address has none. */
typedef struct js_address_reading {
    js_postgres_address *address;
    jirasend_error *error;
    js_strings hosts; /* decoded, brackets of IPv6 taken off */
    js_strings ports; /* "" where a host of the authority has none */
    bool has_hosts, has_ports;
    char *values[PARAMETER_COUNT];
} js_address_reading;

/* ARGUMENT, with a sentence that says why: "The address of the outbox …", "… 'name' …". */
jirasend_code js_address_refuse(const js_address_reading *in, const char *why);
jirasend_code js_address_refuse_value(const js_address_reading *in, const char *name,
                                      const char *why);
bool js_address_is_ipv6(const char *text, size_t length);
/* Calls `take` for each part between commas, until one fails. */
jirasend_code js_address_each_part(js_address_reading *in, const char *text, size_t length,
                                   jirasend_code (*take)(js_address_reading *, const char *,
                                                         size_t));
/* Fills the address from what was read. */
jirasend_code js_address_choose(js_address_reading *in);

#endif
