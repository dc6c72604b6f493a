# Run by cpack when the files of a package lie ready: manual page and changelogs are packed, as Debian
# wants them, and what the copyright file says already is left out.
find_program(gzip gzip REQUIRED)
file(GLOB_RECURSE files LIST_DIRECTORIES false
     "${CPACK_TEMPORARY_DIRECTORY}/*.1" "${CPACK_TEMPORARY_DIRECTORY}/*.5"
     "${CPACK_TEMPORARY_DIRECTORY}/*.8" "${CPACK_TEMPORARY_DIRECTORY}/changelog.Debian"
     "${CPACK_TEMPORARY_DIRECTORY}/CHANGELOG.md")
foreach(file IN LISTS files)
  if(IS_SYMLINK "${file}")
    continue()
  endif()
  get_filename_component(name "${file}" NAME)
  if(name STREQUAL "CHANGELOG.md")
    get_filename_component(folder "${file}" DIRECTORY)
    file(RENAME "${file}" "${folder}/changelog")
    set(file "${folder}/changelog")
  endif()
  execute_process(COMMAND "${gzip}" -9nf "${file}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(GLOB_RECURSE licences LIST_DIRECTORIES false "${CPACK_TEMPORARY_DIRECTORY}/LICENSE")
if(licences)
  file(REMOVE ${licences})
endif()
