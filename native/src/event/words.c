/* One table for each kind of word: what they say, and what we call it. */
#include "event/words.h"

#include "event/environment.h"

#include <string.h>

enum { WORD_SIZE = 32 }; /* more than the longest word of the tables */

typedef struct word {
    const char *theirs, *ours;
} word;

static const word states[] = {
    {"pending", "pending"},         {"queued", "pending"},         {"waiting", "pending"},
    {"scheduled", "pending"},       {"created", "pending"},        {"in_progress", "in_progress"},
    {"inprogress", "in_progress"},  {"running", "in_progress"},    {"started", "in_progress"},
    {"building", "in_progress"},    {"successful", "successful"},  {"success", "successful"},
    {"succeeded", "successful"},    {"passed", "successful"},      {"failed", "failed"},
    {"failure", "failed"},          {"failing", "failed"},         {"error", "failed"},
    {"errored", "failed"},          {"broken", "failed"},          {"unstable", "failed"},
    {"timed_out", "failed"},        {"cancelled", "cancelled"},    {"canceled", "cancelled"},
    {"aborted", "cancelled"},       {"killed", "cancelled"},       {"skipped", "cancelled"},
    {"not_built", "cancelled"},     {"stopped", "cancelled"},      {"unknown", "unknown"},
    {"rolled_back", "rolled_back"}, {"rolledback", "rolled_back"}, {"rollback", "rolled_back"},
};

static const word pull_request_states[] = {
    {"open", "open"},         {"opened", "open"},         {"active", "open"},
    {"draft", "open"},        {"merged", "merged"},       {"completed", "merged"},
    {"declined", "declined"}, {"closed", "declined"},     {"abandoned", "declined"},
    {"unknown", "unknown"},   {"superseded", "declined"},
};

const char js_build_state_words[] = "pending, in_progress, successful, failed, cancelled, unknown";
const char js_state_words[] =
    "pending, in_progress, successful, failed, cancelled, rolled_back, unknown";
const char js_environment_type_words[] = "production, staging, testing, development, unmapped";
const char js_pull_request_state_words[] = "open, merged, declined, unknown";

/* In lower case and with underscores; empty, which is not a word, when it is longer than any word. */
static void normalise(const char *text, char out[WORD_SIZE]) {
    size_t length = strlen(text);
    length = length < WORD_SIZE ? length : 0;
    for (size_t i = 0; i < length; i++) {
        char byte = text[i];
        bool capital = byte >= 'A' && byte <= 'Z';
        out[i] = capital ? (char)(byte - 'A' + 'a') : (byte == '-' || byte == ' ') ? '_' : byte;
    }
    out[length] = '\0';
}

bool js_word_is(const char *text, const char *ours) {
    char theirs[WORD_SIZE];
    normalise(text, theirs);
    return strcmp(theirs, ours) == 0;
}

static const char *find(const word *words, size_t count, const char *text) {
    char theirs[WORD_SIZE];
    normalise(text, theirs);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].theirs, theirs) == 0) {
            return words[i].ours;
        }
    }
    return NULL;
}

const char *js_state_word(const char *text) {
    return find(states, sizeof states / sizeof states[0], text);
}

const char *js_pull_request_state_word(const char *text) {
    return find(pull_request_states, sizeof pull_request_states / sizeof pull_request_states[0],
                text);
}

const char *js_environment_type_word(const char *text) {
    char theirs[WORD_SIZE];
    normalise(text, theirs);
    js_environment_type type = js_environment_of_word(theirs);
    bool known = type != JS_ENVIRONMENT_UNMAPPED || strcmp(theirs, "unmapped") == 0;
    return known ? js_environment_type_name(type) : NULL;
}
