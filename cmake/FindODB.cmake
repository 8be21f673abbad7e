# The ODB compiler and its runtime libraries for MySQL and SQLite.
#
# Debian 13 has all of it as packages. Debian 12 has the compiler only: there tools/setup.sh
# unpacks the runtime of Debian 11 into build/deps/odb, which is looked at first.
# Defines ODB_EXECUTABLE, ODB_SHIM_DIR and the target ODB::runtime.
set(ODB_PREFIX "${CMAKE_SOURCE_DIR}/build/deps/odb/usr" CACHE PATH
  "where tools/setup.sh put libodb")
find_program(ODB_EXECUTABLE odb)
find_path(ODB_INCLUDE_DIR odb/core.hxx HINTS "${ODB_PREFIX}/include")
foreach(_lib odb odb-mysql odb-sqlite)
  string(TOUPPER "${_lib}" _var)
  string(REPLACE "-" "_" _var "${_var}_LIBRARY")
  find_library(${_var} ${_lib} HINTS "${ODB_PREFIX}/lib/x86_64-linux-gnu" "${ODB_PREFIX}/lib")
  list(APPEND _odb_libraries ${_var})
endforeach()
find_path(MARIADB_INCLUDE_DIR mysql.h PATH_SUFFIXES mariadb mysql)
find_library(MARIADB_LIBRARY mariadb)
find_library(SQLITE3_LIBRARY sqlite3)
mark_as_advanced(ODB_INCLUDE_DIR MARIADB_INCLUDE_DIR MARIADB_LIBRARY SQLITE3_LIBRARY
  ${_odb_libraries})
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ODB
  REQUIRED_VARS ODB_EXECUTABLE ODB_INCLUDE_DIR ${_odb_libraries} MARIADB_INCLUDE_DIR
                MARIADB_LIBRARY SQLITE3_LIBRARY
  REASON_FAILURE_MESSAGE "run tools/setup.sh, it installs the ODB compiler and runtime")

if(ODB_FOUND AND NOT TARGET ODB::runtime)
  # libodb 2.4.0 still says `throw (std::bad_alloc)`, which C++17 removed. Copies of the two
  # headers without it are put before the installed ones; later versions are unchanged by this.
  set(ODB_SHIM_DIR "${CMAKE_BINARY_DIR}/odb-shim")
  foreach(_header base.hxx base.ixx)
    file(READ "${ODB_INCLUDE_DIR}/odb/details/shared-ptr/${_header}" _text)
    string(REPLACE " throw (std::bad_alloc)" "" _text "${_text}")
    file(CONFIGURE OUTPUT "${ODB_SHIM_DIR}/odb/details/shared-ptr/${_header}"
      CONTENT "${_text}" @ONLY)
  endforeach()
  add_library(ODB::runtime INTERFACE IMPORTED)
  target_include_directories(ODB::runtime SYSTEM INTERFACE
    "${ODB_SHIM_DIR}" "${ODB_INCLUDE_DIR}" "${MARIADB_INCLUDE_DIR}")
  target_link_libraries(ODB::runtime INTERFACE
    "${ODB_MYSQL_LIBRARY}" "${ODB_SQLITE_LIBRARY}" "${ODB_LIBRARY}"
    "${MARIADB_LIBRARY}" "${SQLITE3_LIBRARY}")
endif()
