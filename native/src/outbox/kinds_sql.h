/* The numbers of kinds and APIs where SQL names them. On disk they never change; a new one comes here. */
#ifndef JS_OUTBOX_KINDS_SQL_H
#define JS_OUTBOX_KINDS_SQL_H

#include "event/event.h"

/* The APIs that this version knows: lanes of a newer one are left alone. */
#define JS_SQL_FIRST_API "1"
#define JS_SQL_LAST_API "4"
_Static_assert(JS_API_FIRST == 1 && JS_API_LAST == 4, "the lanes that the statements look at");

/* The API whose events are entities of repositories. */
#define JS_SQL_DEVINFO "4"
_Static_assert(JS_API_DEVINFO == 4, "it is told apart in statements");

/* The APIs of what a pipeline does. */
#define JS_SQL_BUILDS "1"
#define JS_SQL_DEPLOYMENTS "2"
_Static_assert(JS_API_BUILDS == 1 && JS_API_DEPLOYMENTS == 2, "they are told apart in statements");

#endif
