# Packages of what this build has: `cpack -G DEB` in a build folder that was configured with
#   cmake --preset release -DCMAKE_INSTALL_PREFIX=/usr
# makes those for Debian, `cpack -G RPM -D CPACK_COMPONENTS_ALL=relay` that of the relay for rpm.
# script/package does all of it, with the archives of script/natives.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME jirasend)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_VENDOR "jirasend")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own
# Debian wants a name there; the address stays out where nobody gives one.
set(maintainer "${JIRASEND_MAINTAINER}")
if(maintainer STREQUAL "")
  set(maintainer "The jirasend maintainers")
endif()
set(CPACK_PACKAGE_CONTACT "${maintainer}")
if(NOT JIRASEND_HOMEPAGE STREQUAL "")
  set(CPACK_PACKAGE_HOMEPAGE_URL "${JIRASEND_HOMEPAGE}")
endif()
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/cmake/package/finish.cmake")

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_COMPONENTS_ALL programs library development)
if(JIRASEND_SANDBOX)
  list(APPEND CPACK_COMPONENTS_ALL sandbox)
endif()
if(TARGET jirasend-relay)
  list(APPEND CPACK_COMPONENTS_ALL relay)
endif()

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}/native/src")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# debian_package(COMPONENT NAME SECTION SUMMARY TEXT)
macro(debian_package component name section summary text)
  string(TOUPPER "${component}" upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME "${name}")
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION "${section}")
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${summary}\n${text}")
  # What Debian wants in every package; not part of a plain `cmake --install`.
  install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${name}" RENAME copyright
          COMPONENT ${component} EXCLUDE_FROM_ALL)
  install(FILES "${PROJECT_BINARY_DIR}/package/changelog.Debian"
          DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${name}" COMPONENT ${component} EXCLUDE_FROM_ALL)
endmacro()

debian_package(programs jirasend devel
"report builds and deployments to Jira Cloud - command line"
"jirasend sends builds and deployments, and how they ended, from any CI\n\
system to Jira Cloud, finds the issue keys in branches and commit messages,\n\
and keeps what cannot be sent now in an outbox.")
debian_package(library libjirasend0 libs
"report builds and deployments to Jira Cloud - library"
"The shared library, for programs that were built with it.")
debian_package(development libjirasend-dev libdevel
"report builds and deployments to Jira Cloud - development files"
"Headers, the static library, and files for pkg-config and CMake.")
debian_package(sandbox jirasend-sandbox devel
"stand-in for Jira Cloud, to try out jirasend"
"A server on this machine that takes builds and deployments as Jira Cloud\n\
does, checks them just as strictly, and shows on a page what Jira would show.")
debian_package(relay jirasend-relay net
"report builds and deployments to Jira Cloud - relay"
"A daemon that takes builds, deployments and webhooks of Git servers over\n\
HTTP and keeps them until Jira has them, so that jobs need no Jira secret.\n\
Jobs identify themselves with a token, an ID token of their CI system, or a\n\
certificate.")
if(TARGET jirasend-relay)
  # Not part of a plain `cmake --install`, either: they name the paths of a package.
  install(FILES examples/server/jirasend-relay.service DESTINATION lib/systemd/system
          COMPONENT relay EXCLUDE_FROM_ALL)
  install(FILES cmake/package/relay/jirasend-relay.sysusers DESTINATION lib/sysusers.d
          RENAME jirasend-relay.conf COMPONENT relay EXCLUDE_FROM_ALL)
  install(FILES examples/server/relay.yaml DESTINATION /etc/jirasend COMPONENT relay EXCLUDE_FROM_ALL)
endif()
set(relay_package "${PROJECT_SOURCE_DIR}/cmake/package/relay")
set(CPACK_DEBIAN_RELAY_PACKAGE_CONTROL_EXTRA
    "${relay_package}/conffiles;${relay_package}/postinst;${relay_package}/prerm;${relay_package}/postrm")
set(CPACK_DEBIAN_RELAY_PACKAGE_DEPENDS "passwd")
set(CPACK_DEBIAN_RELAY_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_RELAY_PACKAGE_SUGGESTS "jirasend")
set(CPACK_RPM_RELAY_USER_FILELIST "%config(noreplace) /etc/jirasend/relay.yaml")
# Written here and not by cpack, which would put scripts into the package where a trigger is enough.
# Before 1.0 a new minor version may break its users.
math(EXPR next_minor "${PROJECT_VERSION_MINOR} + 1")
set(next_version "${PROJECT_VERSION_MAJOR}.${next_minor}~")
file(WRITE "${PROJECT_BINARY_DIR}/package/shlibs"
     "libjirasend 0 libjirasend0 (>= ${PROJECT_VERSION}), libjirasend0 (<< ${next_version})\n")
file(WRITE "${PROJECT_BINARY_DIR}/package/triggers" "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA
    "${PROJECT_BINARY_DIR}/package/shlibs" "${PROJECT_BINARY_DIR}/package/triggers")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libjirasend0 (= ${PROJECT_VERSION}-1), libcurl4-openssl-dev, libjson-c-dev, libssl-dev, libsqlite3-dev, libpq-dev")
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SUGGESTS "jirasend-sandbox")

# For rpm: the relay, on a distribution like the one that built it.
set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_RELEASE 1)
set(CPACK_RPM_PACKAGE_LICENSE MIT)
set(CPACK_RPM_RELAY_PACKAGE_NAME jirasend-relay)
set(CPACK_RPM_RELAY_PACKAGE_SUMMARY "Takes builds and deployments over HTTP and reports them to Jira Cloud")
set(CPACK_RPM_RELAY_PACKAGE_DESCRIPTION
  "A daemon for jobs that have neither a disk nor Jira's secret: it commits what they send to its outbox and delivers it.")
if(NOT JIRASEND_MAINTAINER STREQUAL "")
  set(CPACK_RPM_PACKAGE_VENDOR "${JIRASEND_MAINTAINER}")
endif()

# The time that script/package gives, so that the same sources make the same package.
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  set(epoch "$ENV{SOURCE_DATE_EPOCH}")
else()
  string(TIMESTAMP epoch "%s" UTC)
endif()
set(ENV{SOURCE_DATE_EPOCH} "${epoch}")
string(TIMESTAMP package_date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/package/changelog.Debian" @ONLY CONTENT
"jirasend (@PROJECT_VERSION@-1) unstable; urgency=medium

  * What is new stands in changelog.gz of the package jirasend.

 -- @maintainer@  @package_date@
")
include(CPack)
