/* Compiler attributes of the public API. */
#ifndef JIRASEND_EXPORT_H
#define JIRASEND_EXPORT_H

#if defined(__GNUC__) || defined(__clang__)
#define JIRASEND_API __attribute__((visibility("default")))
#define JIRASEND_NODISCARD __attribute__((warn_unused_result))
#define JIRASEND_PRINTF(format_index, first_argument)                                              \
    __attribute__((format(printf, format_index, first_argument)))
#else
#define JIRASEND_API
#define JIRASEND_NODISCARD
#define JIRASEND_PRINTF(format_index, first_argument)
#endif

#endif
