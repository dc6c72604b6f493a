# The libraries as archives, for the one thing that must need nothing but the C library.
# Sets static_dependencies to the list of archives, or static_dependencies_missing to the reason
# why there is none. curl and libpq are built by script/static-curl and script/static-libpq; the others
# come with their -dev packages. So does SQLite where script/static-sqlite could not build one.
set(JIRASEND_DEPS_DIR "${PROJECT_SOURCE_DIR}/build/deps" CACHE PATH
    "Where script/static-curl, -libpq and -sqlite put their results; several build folders share it")

set(static_dependencies "")
set(static_dependencies_missing "")

set(JIRASEND_STATIC_PREFIX "" CACHE PATH
    "A folder that holds all of them, libcurl and libpq included, below lib; script/natives makes such folders")

option(JIRASEND_FETCH_CURL "Let script/static-curl, -libpq and -sqlite download and build what is missing" ON)

foreach(name curl libpq sqlite)
  # Asked at every configuration, as it is done at once when all is there; but only once in vain.
  if(JIRASEND_FETCH_CURL AND NOT JIRASEND_FETCH_${name}_FAILED AND NOT JIRASEND_STATIC_PREFIX)
    execute_process(COMMAND "${PROJECT_SOURCE_DIR}/script/static-${name}" "${JIRASEND_DEPS_DIR}"
                    RESULT_VARIABLE static_result)
    if(NOT static_result EQUAL 0)
      set(JIRASEND_FETCH_${name}_FAILED ON CACHE INTERNAL "")
    endif()
  endif()
  if(name STREQUAL "sqlite")
    continue()
  endif()

  string(REGEX REPLACE "^lib" "" archive "${name}")
  set(static_archive "${JIRASEND_DEPS_DIR}/${name}/lib/lib${archive}.a")
  if(JIRASEND_STATIC_PREFIX)
    set(static_archive "${JIRASEND_STATIC_PREFIX}/lib/lib${archive}.a")
  endif()
  if(EXISTS "${static_archive}")
    list(APPEND static_dependencies "${static_archive}")
  elseif(NOT static_dependencies_missing)
    set(static_dependencies_missing "there is no static lib${archive}; run script/static-${name}, which says why, then configure again")
  endif()
endforeach()

# Looked for at every configuration, as it may have been built since.
unset(JIRASEND_STATIC_sqlite3 CACHE)
# The order matters to the linker: users before what they use.
foreach(name ssl crypto json-c sqlite3)
  find_library(JIRASEND_STATIC_${name} NAMES lib${name}.a
               HINTS "${JIRASEND_STATIC_PREFIX}/lib" "${JIRASEND_DEPS_DIR}/sqlite/lib")
  mark_as_advanced(JIRASEND_STATIC_${name})
  if(JIRASEND_STATIC_${name})
    list(APPEND static_dependencies "${JIRASEND_STATIC_${name}}")
  elseif(NOT static_dependencies_missing)
    set(static_dependencies_missing "there is no lib${name}.a; install the library's development package")
  endif()
endforeach()
