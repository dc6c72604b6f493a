# One place for the flags: everything of ours is compiled the same way.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(jirasend_options INTERFACE)
# On 32-bit machines, too, places in files have 64 bits: the locks of an outbox need them.
# js_assert() (base/assert.h) is for us, not for those who use the library.
target_compile_definitions(jirasend_options INTERFACE
  _GNU_SOURCE _FILE_OFFSET_BITS=64 $<$<NOT:$<CONFIG:Release>>:JIRASEND_ASSERTS>)
target_compile_options(jirasend_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
  -Wformat=2 -Wvla -fstack-protector-strong
  $<$<BOOL:${JIRASEND_WERROR}>:-Werror>
  $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)

if(JIRASEND_SANITIZE)
  target_compile_options(jirasend_options INTERFACE
    -fsanitize=${JIRASEND_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    -U_FORTIFY_SOURCE)
  target_link_options(jirasend_options INTERFACE -fsanitize=${JIRASEND_SANITIZE})
endif()
