# What the library is made of. Every message names the Debian package that brings what is missing.

include(MnemicFindPlain)

# A macro, because packages set variables (Catch2 its module path) that the caller needs.
macro(mnemic_find_package name package)
  find_package(${name} ${ARGN} QUIET)
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "mnemic needs ${name}: apt-get install ${package}")
  endif()
endmacro()

mnemic_find_package(fmt libfmt-dev 9 GLOBAL)
mnemic_find_package(nlohmann_json nlohmann-json3-dev 3.11 GLOBAL)
mnemic_find_package(date libhowardhinnant-date-dev GLOBAL)
mnemic_find_package(Threads libc6-dev GLOBAL)
if(MNEMIC_ENCRYPTION)
  include(MnemicSqlcipher)
else()
  mnemic_find_package(SQLite3 libsqlite3-dev 3.37)
endif()
mnemic_find_plain(mnemic_utf8proc utf8proc.h utf8proc libutf8proc-dev)
mnemic_find_plain(mnemic_stemmer libstemmer.h stemmer libstemmer-dev)
mnemic_find_plain(mnemic_sodium sodium.h sodium libsodium-dev)
find_path(MNEMIC_XXHASH_INCLUDE_DIR xxhash.h)
if(NOT MNEMIC_XXHASH_INCLUDE_DIR)
  message(FATAL_ERROR "mnemic needs xxhash.h: apt-get install libxxhash-dev")
endif()

if(MNEMIC_BUILD_HTTP)
  find_package(CURL 7.88 QUIET GLOBAL)
  if(NOT CURL_FOUND)
    message(FATAL_ERROR "mnemic::http needs libcurl 7.88: apt-get install libcurl4-openssl-dev, or set MNEMIC_BUILD_HTTP=OFF")
  endif()
endif()

if(MNEMIC_BUILD_ENCODER)
  find_package(Eigen3 3.4 QUIET NO_MODULE GLOBAL)
  if(NOT TARGET Eigen3::Eigen)
    message(FATAL_ERROR "mnemic::encoder needs Eigen 3.4: apt-get install libeigen3-dev, or set MNEMIC_BUILD_ENCODER=OFF")
  endif()
endif()

# A shared mnemic and the Python module carry SQLite privately, so that its settings are ours alone and a host's own copy
# stays its own.
if(BUILD_SHARED_LIBS AND NOT MNEMIC_PRIVATE_SQLITE)
  message(FATAL_ERROR "a shared mnemic carries SQLite inside: MNEMIC_PRIVATE_SQLITE cannot be off")
endif()
if(MNEMIC_PRIVATE_SQLITE AND NOT MNEMIC_ENCRYPTION)
  find_library(MNEMIC_SQLITE_STATIC_LIBRARY NAMES libsqlite3.a)
  if(NOT MNEMIC_SQLITE_STATIC_LIBRARY)
    message(FATAL_ERROR "MNEMIC_PRIVATE_SQLITE needs libsqlite3.a: apt-get install libsqlite3-dev")
  endif()
endif()
