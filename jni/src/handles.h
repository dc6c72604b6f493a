/*
 * The table between Java's numbers and the core's clients. A number is never used again, and no
 * call gets at a client without asking here, so a stale one does no harm.
 */
#ifndef JN_HANDLES_H
#define JN_HANDLES_H

#include <jirasend/jirasend.h>
#include <jni.h>

#include <stdbool.h>
#include <stdint.h>

/* A client in use. Both members may be used until it is given back. */
typedef struct jn_client {
    jirasend_client *core;
    jirasend_config *config; /* of the scan for keys; nobody changes it any more */
} jn_client;

/* Takes both over and gives a handle, above 0. 0: out of memory, and nothing was taken. */
jlong jn_handle_new(jirasend_client *core, jirasend_config *config);

/* The client of the handle, kept from being freed until jn_handle_give(). Null: stale. */
const jn_client *jn_handle_take(jlong handle);
void jn_handle_give(const jn_client *client);

/*
 * From now on the handle is stale. Ends the waits of those inside, waits for them at most
 * `deadline_ms`, and closes the client; when the time is over, the last one who leaves does.
 * False when there was never such a handle; one that is closed already is fine.
 */
bool jn_handle_close(jlong handle, int64_t deadline_ms);
/* All of them, for the end of the class loader. */
void jn_handle_close_all(int64_t deadline_ms);

#endif
