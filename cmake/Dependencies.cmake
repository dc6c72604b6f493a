# Every library by its system package. What is missing is named here, all at once and with the
# package to install, long before a compiler could stumble over it.
find_package(PkgConfig)
if(NOT PKG_CONFIG_FOUND)
  message(FATAL_ERROR "pkg-config is missing. Install it (Debian, Ubuntu: apt-get install pkg-config), "
                      "or run script/bootstrap, which installs everything.")
endif()

set(missing_packages "")

# require(PREFIX MODULE MINIMUM DEBIAN_PACKAGE): an imported target PkgConfig::PREFIX, or a line in the list.
macro(require prefix module minimum debian_package)
  pkg_check_modules(${prefix} QUIET IMPORTED_TARGET "${module}>=${minimum}")
  if(NOT ${prefix}_FOUND)
    string(APPEND missing_packages "\n  ${module} >= ${minimum}   (Debian, Ubuntu: ${debian_package})")
  endif()
endmacro()

require(CURL libcurl 7.87 libcurl4-openssl-dev)
require(JSON json-c 0.15 libjson-c-dev)
require(CRYPTO libcrypto 3.0 libssl-dev)
require(SSL libssl 3.0 libssl-dev)
require(SQLITE sqlite3 3.35 libsqlite3-dev)
require(PQ libpq 14 libpq-dev)
if(JIRASEND_SANDBOX OR JIRASEND_RELAY)
  require(MICROHTTPD libmicrohttpd 0.9.70 libmicrohttpd-dev)
endif()
if(JIRASEND_RELAY)
  require(GNUTLS gnutls 3.7 libgnutls28-dev)
  require(YAML yaml-0.1 0.2.5 libyaml-dev)
  require(JANSSON jansson 2.13 libjansson-dev) # before cjose, whose pkg-config file asks for it
  require(CJOSE cjose 0.6.2 libcjose-dev)
endif()
if(JIRASEND_TESTS)
  require(CMOCKA cmocka 1.1.5 libcmocka-dev)
endif()

find_package(Threads REQUIRED)

if(missing_packages)
  message(FATAL_ERROR "Packages are missing:${missing_packages}\n"
                      "Run script/bootstrap, which installs them, or install them by hand.")
endif()
