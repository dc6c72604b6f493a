# What `cmake --install` lays down besides the programs, which are installed where they are built:
# headers, the libraries with a pkg-config file and a CMake package, and the documents. The components
# are the packages of cmake/Package.cmake.
include(CMakePackageConfigHelpers)

# Users who take us by add_subdirectory() or FetchContent use the names of the installed package.
add_library(jirasend::jirasend ALIAS jirasend_shared)
add_library(jirasend::static ALIAS jirasend_static)
set_target_properties(jirasend_shared PROPERTIES EXPORT_NAME jirasend)
set_target_properties(jirasend_static PROPERTIES EXPORT_NAME static)

install(DIRECTORY native/include/jirasend DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development
        FILES_MATCHING PATTERN "*.h")

# Two exports, so that whoever wants the shared library needs none of the others' headers.
install(TARGETS jirasend_shared EXPORT jirasend_shared_targets
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT library NAMELINK_COMPONENT development
        INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(TARGETS jirasend_static EXPORT jirasend_static_targets
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
        INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/jirasend")
install(EXPORT jirasend_shared_targets NAMESPACE jirasend:: FILE jirasend-shared.cmake
        DESTINATION "${package_dir}" COMPONENT development)
install(EXPORT jirasend_static_targets NAMESPACE jirasend:: FILE jirasend-static.cmake
        DESTINATION "${package_dir}" COMPONENT development)
configure_package_config_file(cmake/jirasend-config.cmake.in
  "${CMAKE_CURRENT_BINARY_DIR}/package/jirasend-config.cmake"
  INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a new minor version may break its users.
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/package/jirasend-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/package/jirasend-config.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/package/jirasend-config-version.cmake"
        DESTINATION "${package_dir}" COMPONENT development)

# The pkg-config file finds its prefix from where it lies, so an installed tree may be moved.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(pc_libdir "${CMAKE_INSTALL_LIBDIR}")
else()
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(pc_prefix "\${pcfiledir}/${up}")
  set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
else()
  set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file(cmake/jirasend.pc.in "${CMAKE_CURRENT_BINARY_DIR}/package/jirasend.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/package/jirasend.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)

install(FILES README.md CHANGELOG.md CONTRIBUTING.md LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT programs)
install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DOCDIR}/docs" COMPONENT programs)
install(DIRECTORY examples DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT programs USE_SOURCE_PERMISSIONS)
