# SQLCipher in the place of SQLite (MNEMIC_ENCRYPTION), as the target SQLite::SQLite3: compiled from MNEMIC_SQLCIPHER_SOURCE, a folder
# with its amalgamation, or else the system's, when that is new enough (Debian 12's is not).
set(MNEMIC_SQLCIPHER_SOURCE "" CACHE PATH "A folder with SQLCipher's sqlite3.c and sqlite3.h (scripts/fetch-sqlcipher.sh brings them); empty: the system's")

find_package(OpenSSL 1.1.1 QUIET COMPONENTS Crypto GLOBAL)
if(NOT OPENSSL_FOUND)
  message(FATAL_ERROR "MNEMIC_ENCRYPTION needs OpenSSL's libcrypto: apt-get install libssl-dev")
endif()

if(MNEMIC_SQLCIPHER_SOURCE)
  if(NOT EXISTS "${MNEMIC_SQLCIPHER_SOURCE}/sqlite3.c" OR NOT EXISTS "${MNEMIC_SQLCIPHER_SOURCE}/sqlite3.h")
    message(FATAL_ERROR "no sqlite3.c and sqlite3.h in MNEMIC_SQLCIPHER_SOURCE, '${MNEMIC_SQLCIPHER_SOURCE}': scripts/fetch-sqlcipher.sh brings them")
  endif()
  set(header "${MNEMIC_SQLCIPHER_SOURCE}/sqlite3.h")
else()
  find_path(MNEMIC_SQLCIPHER_INCLUDE_DIR sqlcipher/sqlite3.h)
  find_library(MNEMIC_SQLCIPHER_LIBRARY sqlcipher)
  mark_as_advanced(MNEMIC_SQLCIPHER_INCLUDE_DIR MNEMIC_SQLCIPHER_LIBRARY)
  if(NOT MNEMIC_SQLCIPHER_INCLUDE_DIR OR NOT MNEMIC_SQLCIPHER_LIBRARY)
    message(FATAL_ERROR "MNEMIC_ENCRYPTION needs SQLCipher 4: run scripts/fetch-sqlcipher.sh and set MNEMIC_SQLCIPHER_SOURCE=build/sqlcipher")
  endif()
  if(MNEMIC_PRIVATE_SQLITE)
    message(FATAL_ERROR "MNEMIC_PRIVATE_SQLITE with encryption compiles SQLCipher: set MNEMIC_SQLCIPHER_SOURCE")
  endif()
  set(header "${MNEMIC_SQLCIPHER_INCLUDE_DIR}/sqlcipher/sqlite3.h")
endif()

file(STRINGS "${header}" version REGEX "^#define SQLITE_VERSION_NUMBER +[0-9]+")
string(REGEX MATCH "[0-9]+$" version "${version}")
if(NOT version OR version LESS 3037000)
  message(FATAL_ERROR "'${header}' is SQLite ${version}, and the tables need 3037000: run scripts/fetch-sqlcipher.sh and set MNEMIC_SQLCIPHER_SOURCE=build/sqlcipher")
endif()

if(MNEMIC_SQLCIPHER_SOURCE)
  enable_language(C)
  add_library(mnemic_sqlcipher STATIC "${MNEMIC_SQLCIPHER_SOURCE}/sqlite3.c")
  set_target_properties(mnemic_sqlcipher PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  target_compile_definitions(mnemic_sqlcipher PUBLIC SQLITE_HAS_CODEC
    # As SQLCipher asks for; its log would go to standard error.
    PRIVATE SQLITE_EXTRA_INIT=sqlcipher_extra_init SQLITE_EXTRA_SHUTDOWN=sqlcipher_extra_shutdown SQLITE_TEMP_STORE=2
      SQLITE_THREADSAFE=1 HAVE_STDINT_H=1 HAVE_USLEEP=1 SQLCIPHER_CRYPTO_OPENSSL SQLCIPHER_OMIT_LOG
    # What the library uses: the pages of tables, and writing a page.
      SQLITE_ENABLE_DBSTAT_VTAB SQLITE_ENABLE_DBPAGE_VTAB SQLITE_ENABLE_MATH_FUNCTIONS SQLITE_ENABLE_UNLOCK_NOTIFY
      SQLITE_MAX_VARIABLE_NUMBER=250000 SQLITE_OMIT_LOAD_EXTENSION NDEBUG)
  target_compile_options(mnemic_sqlcipher PRIVATE -O2 -w)
  if(MNEMIC_SANITIZE)
    list(JOIN MNEMIC_SANITIZE "," sanitizers)
    target_compile_options(mnemic_sqlcipher PRIVATE -fsanitize=${sanitizers})
  endif()
  target_include_directories(mnemic_sqlcipher PUBLIC "$<BUILD_INTERFACE:${MNEMIC_SQLCIPHER_SOURCE}>")
  target_link_libraries(mnemic_sqlcipher PRIVATE OpenSSL::Crypto Threads::Threads m ${CMAKE_DL_LIBS})
else()
  add_library(mnemic_sqlcipher UNKNOWN IMPORTED GLOBAL)
  set_target_properties(mnemic_sqlcipher PROPERTIES IMPORTED_LOCATION "${MNEMIC_SQLCIPHER_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${MNEMIC_SQLCIPHER_INCLUDE_DIR}/sqlcipher" INTERFACE_COMPILE_DEFINITIONS SQLITE_HAS_CODEC)
  include(CheckCXXSourceRuns)
  set(CMAKE_REQUIRED_LIBRARIES mnemic_sqlcipher)
  check_cxx_source_runs([[
    #include <sqlite3.h>
    int main() {
      sqlite3* db = nullptr;
      const bool keyed = sqlite3_open(":memory:", &db) == SQLITE_OK && sqlite3_key(db, "key", 3) == SQLITE_OK;
      return keyed && sqlite3_compileoption_used("ENABLE_DBSTAT_VTAB") && sqlite3_compileoption_used("ENABLE_DBPAGE_VTAB") ? 0 : 1;
    }]] MNEMIC_SQLCIPHER_SERVES)
  unset(CMAKE_REQUIRED_LIBRARIES)
  if(NOT MNEMIC_SQLCIPHER_SERVES)
    message(FATAL_ERROR "'${MNEMIC_SQLCIPHER_LIBRARY}' lacks sqlite3_key, dbstat or sqlite_dbpage: run scripts/fetch-sqlcipher.sh and set MNEMIC_SQLCIPHER_SOURCE=build/sqlcipher")
  endif()
endif()
add_library(SQLite::SQLite3 ALIAS mnemic_sqlcipher)
