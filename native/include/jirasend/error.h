/* What went wrong: a code for programs, a sentence for people. */
#ifndef JIRASEND_ERROR_H
#define JIRASEND_ERROR_H

#include <jirasend/export.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers are part of the ABI: new codes are added at the end. */
typedef enum jirasend_code {
    JIRASEND_OK = 0,
    JIRASEND_E_ARGUMENT = 1, /* a parameter or a setting cannot be used */
    JIRASEND_E_DOCUMENT = 2, /* the event document is malformed */
    JIRASEND_E_MEMORY = 3,   /* out of memory; nothing was changed */
    JIRASEND_E_STORAGE = 4,  /* disk or file system: full, read-only, I/O error */
    JIRASEND_E_REFUSED =
        5, /* the outbox refuses: full by its own bounds, damaged, newer version, not ours */
    JIRASEND_E_NOT_FOUND = 6,   /* no such id, site or receipt */
    JIRASEND_E_TIMEOUT = 7,     /* the time given is over */
    JIRASEND_E_CLOSED = 8,      /* the client is closing, or the wait was cancelled */
    JIRASEND_E_CREDENTIALS = 9, /* Jira refuses the credentials, the permission or the site */
    JIRASEND_E_NETWORK = 10, /* Jira was not reached, or answered nonsense; trying again may help */
    JIRASEND_E_FILE = 11,    /* a file named in the settings is missing or unusable (CA file) */
    JIRASEND_E_INTERNAL = 12 /* a bug in jirasend */
} jirasend_code;

enum { JIRASEND_ERROR_MESSAGE_SIZE = 512 };

/* More than the code says, where the way out of it is another one. New reasons are added at the end. */
typedef enum jirasend_reason {
    JIRASEND_REASON_NONE = 0,
    JIRASEND_REASON_DAMAGED = 1, /* REFUSED: the outbox is damaged; see jirasend_outbox_salvage() */
    JIRASEND_REASON_OTHER_HOST = 2, /* REFUSED: the outbox folder is in use on another host */
    /* NETWORK, REFUSED: the outbox's server is away or only reads, for now; trying again may help */
    JIRASEND_REASON_AWAY = 3
} jirasend_reason;

/*
 * Owned by the caller, who sets `size` to sizeof(jirasend_error), most simply with
 * JIRASEND_ERROR_INIT. Every call that takes one clears it on entry. The message is a full
 * sentence in UTF-8 that names the thing and the way out; it never holds a secret.
 * A null pointer is allowed everywhere an error is taken: then only the code comes back.
 */
typedef struct jirasend_error {
    size_t size;
    jirasend_code code;
    int http_status;        /* of the answer that caused it, 0 when there was none */
    int64_t retry_after_ms; /* how long to wait before trying again, 0 when unknown */
    char message[JIRASEND_ERROR_MESSAGE_SIZE];
    jirasend_reason reason;
} jirasend_error;

#define JIRASEND_ERROR_INIT                                                                        \
    { sizeof(jirasend_error), JIRASEND_OK, 0, 0, {0}, JIRASEND_REASON_NONE }

#ifdef __cplusplus
}
#endif

#endif
