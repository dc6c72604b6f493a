# Collects the native libraries that go into the Jenkins plugin, in folders named by their platforms:
#   cmake -DROOT=CHECKOUT -DHOST=FOLDER -DOTHERS=FOLDER -DTO=FOLDER -P PluginNatives.cmake
# HOST holds what was just built here, or is empty; OTHERS what script/natives built, if it did. The
# latter come first, as they run on older systems too, but only when they are of the same sources.
include("${CMAKE_CURRENT_LIST_DIR}/SourceDigest.cmake")

# Old ones would be taken for new ones.
file(REMOVE_RECURSE "${TO}")
file(MAKE_DIRECTORY "${TO}")
if(HOST)
  file(GLOB platforms "${HOST}/*")
  file(COPY ${platforms} DESTINATION "${TO}")
endif()
source_digest(digest "${ROOT}")
file(GLOB folders "${OTHERS}/linux-*")
foreach(folder IN LISTS folders)
  get_filename_component(platform "${folder}" NAME)
  file(STRINGS "${folder}/made-from" made_from LIMIT_COUNT 1)
  if(made_from STREQUAL digest)
    file(COPY "${folder}/libjirasend_jni.so" DESTINATION "${TO}/${platform}")
    file(COPY "${OTHERS}/licenses" DESTINATION "${TO}")
    file(COPY "${OTHERS}/jirasend.spdx.json" DESTINATION "${TO}")
  else()
    message(NOTICE "${folder} is of other sources and left out; run script/natives.")
  endif()
endforeach()
