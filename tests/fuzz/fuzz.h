/*
 * What the fuzz targets share. A target is one file with LLVMFuzzerTestOneInput(): linked with
 * libFuzzer it is fuzzed (script/fuzz), linked with replay.c it goes once over its corpus (CTest).
 */
#ifndef JS_TESTS_FUZZ_H
#define JS_TESTS_FUZZ_H

#include <jirasend/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program where a promise is broken: libFuzzer keeps the input. */
#define FUZZ_EXPECT(promise) fuzz_expect((promise), #promise, __FILE__, __LINE__)
void fuzz_expect(bool promise, const char *words, const char *file, int line);

/* A failure has a code and a sentence in UTF-8 that a terminal can show. */
void fuzz_expect_sentence(jirasend_code code, const jirasend_error *error);
void fuzz_expect_showable(const char *text);
/* The text is JSON to the very end. */
void fuzz_expect_json(const char *text);

/* The input as a text with a NUL behind it; freed by the caller. */
char *fuzz_text(const uint8_t *data, size_t size);

#endif
