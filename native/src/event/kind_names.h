/* The kinds by their names in documents, for front ends that know nothing else of them. Pure. */
#ifndef JS_EVENT_KIND_NAMES_H
#define JS_EVENT_KIND_NAMES_H

#include <stddef.h>

/* "build" for 0, and so on; null behind the last. */
const char *js_kind_name_at(size_t index);
/* The API that takes a kind, as it is called in paths: "builds"; "" for a name that is no kind's. */
const char *js_kind_api_name(const char *kind);

enum { JS_KIND_LIST_SIZE = 128 };
/* All of them in a sentence: "build, deployment, ... , pull_request, repository". */
void js_kind_list(char list[JS_KIND_LIST_SIZE]);

#endif
