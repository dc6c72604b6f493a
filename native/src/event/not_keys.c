/* What looks like an issue key but is not one. */
#include "event/not_keys.h"

#include <stdlib.h>
#include <string.h>

/*
 * How this list was chosen. A key that is taken by mistake costs little: Jira answers that it does
 * not know it. A key that is dropped by mistake is lost without a word. So the list is short.
 *
 *  - A word is listed alone, for every number, only when nobody would call a Jira project so:
 *    UTF, SHA, CVE ...
 *  - A word that could well be a project (ISO, BASE, UTC ...) is listed with its usual numbers
 *    only: ISO-8859 is not a key, ISO-12 is.
 *  - Words that are projects somewhere are not here at all, however often they mean something
 *    else: RFC, KIP, PEP, JEP, JSR, JDK, LOG4J, CP. That is what the option notKeys is for.
 *
 * The option `projects` beats the list: who names a project UTF has one.
 * In ascending order, for the binary search.
 */
typedef struct not_key {
    const char *project;
    const char *numbers; /* between spaces; null: every number */
} not_key;

static const not_key not_keys[] = {
    {"AES", " 128 192 256 512 "}, /* ciphers */
    {"AGPL", " 1 3 "},            /* licences */
    {"APACHE", " 2 "},
    {"ASCII", NULL}, /* encodings */
    {"BASE", " 32 64 "},
    {"BSD", " 2 3 4 "},
    {"COVID", " 19 "},
    {"CRC", " 8 16 32 64 "}, /* checksums */
    {"CVE", NULL},           /* vulnerabilities: CVE-2024-1234, cut to CVE-2024 by the grammar */
    {"CWE", NULL},
    {"EBCDIC", NULL},
    {"ECMA", " 262 402 404 "}, /* standards */
    {"ED", " 25519 "},
    {"FIPS", " 140 180 186 197 198 199 200 201 202 203 204 205 "},
    {"GMT", " 1 2 3 4 5 6 7 8 9 10 11 12 "}, /* time zones */
    {"GPL", " 2 3 "},
    {"HMAC", " 1 256 384 512 "},
    {"HTTP", " 1 2 3 "}, /* protocols */
    {"IEC", " 60529 60601 61131 61508 62304 62366 62443 80001 "},
    {"IEEE", " 754 802 829 830 1003 1149 1588 "},
    {"IPV", " 4 6 "},
    {"ISBN", " 10 13 "},
    {"ISO", " 639 646 2022 3166 4217 8601 8859 9001 9126 9660 10646 12207 13485 14001 14971 15408 "
            "15924 20000 20022 22301 25010 26262 27000 27001 27002 27017 27018 27701 29119 31000 "
            "42001 45001 "},
    {"LATIN", " 1 2 9 15 "},
    {"LGPL", " 2 3 "},
    {"MD", " 5 "},
    {"PKCS", NULL},
    {"RIPEMD", NULL},
    {"RSA", " 512 1024 2048 3072 4096 8192 15360 16384 "},
    {"SHA", NULL},
    {"SHA3", " 224 256 384 512 "},
    {"SHAKE", " 128 256 "},
    {"SSL", " 2 3 "},
    {"TLS", " 1 "},
    {"UCS", " 2 4 "},
    {"UTC", " 1 2 3 4 5 6 7 8 9 10 11 12 "},
    {"UTF", NULL},
    {"WCAG", " 1 2 3 "},
    {"WINDOWS", " 874 1250 1251 1252 1253 1254 1255 1256 1257 1258 "},
    {"X86", " 32 64 "},
};

enum { LONGEST_NUMBER = 8 };

typedef struct word {
    const char *text;
    size_t length;
} word;

static int compare(const void *wanted, const void *entry) {
    const word *project = wanted;
    const char *name = ((const not_key *)entry)->project;
    int order = strncmp(project->text, name, project->length);
    return order != 0 ? order : -(int)(strlen(name) > project->length);
}

static const not_key *entry_of(const char *project, size_t length) {
    word wanted = {project, length};
    return bsearch(&wanted, not_keys, sizeof not_keys / sizeof not_keys[0], sizeof not_keys[0],
                   compare);
}

bool js_not_a_key_sometimes(const char *project, size_t length) {
    return entry_of(project, length) != NULL;
}

bool js_not_a_key(const char *project, size_t project_length, const char *number,
                  size_t number_length) {
    const not_key *entry = entry_of(project, project_length);
    if (entry == NULL || entry->numbers == NULL) {
        return entry != NULL;
    }
    if (number_length > LONGEST_NUMBER) {
        return false;
    }
    char spaced[LONGEST_NUMBER + 3] = " ";
    memcpy(spaced + 1, number, number_length);
    spaced[number_length + 1] = ' ';
    return strstr(entry->numbers, spaced) != NULL;
}
