/* Tables of Unicode's letters and decimal digits, for base/text.c only. */
#ifndef JS_BASE_UNICODE_LETTERS_H
#define JS_BASE_UNICODE_LETTERS_H

#include <stddef.h>
#include <stdint.h>

typedef struct js_code_range {
    int32_t first, last;
} js_code_range;

/* In ascending order, without overlap. */
extern const js_code_range js_unicode_letters[];
extern const size_t js_unicode_letters_count;
extern const js_code_range js_unicode_digits[];
extern const size_t js_unicode_digits_count;
/* Letters of scripts that are written without blanks between words. */
extern const js_code_range js_unicode_unspaced[];
extern const size_t js_unicode_unspaced_count;

#endif
