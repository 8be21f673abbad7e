# Runs the ODB compiler over the model.
#
#   odb_model(<target> VERSION <header> HEADERS <header>...)
#
# adds the OBJECT library <target> with the generated code, whose headers are included as
# "<folder of the records>/<name>-odb.hxx", and the target `update_schema`.
#
# Everything is generated into the build tree. The committed changelogs (changelog/model-mysql.xml,
# model-sqlite.xml) are inputs: when the records no longer agree with them the build fails and names
# `update_schema`, the only thing that writes into the source tree.
#
# An OBJECT library, because generated code registers its schema in static initialisers: from an
# archive the linker would drop what nobody names.

# The runtime's archives where they are installed, so that a program needs no libodb at run time.
set(_odb_runtime "")
foreach(_lib odb-mysql odb-sqlite odb)
  string(TOUPPER "${_lib}_ARCHIVE" _var)
  find_library(${_var} "lib${_lib}.a" HINTS "${ODB_PREFIX}/lib/x86_64-linux-gnu"
    "${ODB_PREFIX}/lib")
  mark_as_advanced(${_var})
  list(APPEND _odb_runtime "${${_var}}")
endforeach()
add_library(odb_runtime INTERFACE)
if(_odb_runtime MATCHES "NOTFOUND")
  target_link_libraries(odb_runtime INTERFACE ODB::runtime)
else()
  get_target_property(_odb_includes ODB::runtime INTERFACE_INCLUDE_DIRECTORIES)
  target_include_directories(odb_runtime SYSTEM INTERFACE ${_odb_includes})
  target_link_libraries(odb_runtime INTERFACE
    ${_odb_runtime} "${MARIADB_LIBRARY}" "${SQLITE3_LIBRARY}" Threads::Threads)
endif()
# <mysql.h> in place of <mysql/mysql.h>: libmariadb-dev has it in /usr/include/mariadb.
target_compile_definitions(odb_runtime INTERFACE LIBODB_MYSQL_INCLUDE_SHORT)
# ODB includes mysql_version.h on its own, which MariaDB's headers answer with a #warning.
target_compile_options(odb_runtime INTERFACE -Wno-cpp)

function(odb_model target)
  cmake_parse_arguments(arg "" "VERSION" "HEADERS" ${ARGN})
  set(generated "${CMAKE_CURRENT_BINARY_DIR}/odb")
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY "${PROJECT_SOURCE_DIR}"
    OUTPUT_VARIABLE folder)
  set(out "${generated}/${folder}")
  file(MAKE_DIRECTORY "${out}")

  set(odb "${ODB_EXECUTABLE}" --std c++14 -m dynamic --generate-query --include-prefix "${folder}/"
    -I "${ODB_SHIM_DIR}" -I "${ODB_INCLUDE_DIR}" -I "${PROJECT_SOURCE_DIR}")
  # ODB writes the engine's name as it is: so the tables' character set does not depend on the
  # server.
  set(schema ${odb} --generate-schema-only --omit-drop --at-once --input-name model
    --mysql-engine "InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")

  foreach(header IN LISTS arg_HEADERS)
    get_filename_component(stem "${header}" NAME_WE)
    set(files "${out}/${stem}-odb.cxx" "${out}/${stem}-odb-mysql.cxx"
      "${out}/${stem}-odb-sqlite.cxx")
    add_custom_command(
      OUTPUT ${files} "${out}/${stem}-odb.hxx"
      COMMAND ${odb} -d common -d mysql -d sqlite -o "${out}"
      "${CMAKE_CURRENT_SOURCE_DIR}/${header}"
      DEPENDS "${header}" "${arg_VERSION}"
      COMMENT "ODB ${header}" VERBATIM)
    list(APPEND sources ${files})
    list(APPEND headers "${CMAKE_CURRENT_SOURCE_DIR}/${header}")
  endforeach()

  foreach(db mysql sqlite)
    set(committed "${CMAKE_CURRENT_SOURCE_DIR}/changelog/model-${db}.xml")
    set(expected "${out}/model-${db}.xml")
    string(CONCAT complaint "echo 'The records differ from the committed changelog: "
      "see model_version.hxx, then build update_schema' >&2; exit 1")
    # ODB writes the changelog only when it differs; hence the copy before.
    add_custom_command(
      OUTPUT "${out}/model-schema-${db}.cxx"
      COMMAND "${CMAKE_COMMAND}" -E copy "${committed}" "${expected}"
      COMMAND ${schema} -d ${db} --schema-format separate --changelog-in "${committed}"
              --changelog-out "${expected}" -o "${out}" ${headers}
      COMMAND "${CMAKE_COMMAND}" -E compare_files "${committed}" "${expected}"
              || sh -c "${complaint}"
      DEPENDS ${arg_HEADERS} "${arg_VERSION}" "${committed}"
      COMMENT "ODB schema for ${db}" VERBATIM)
    list(APPEND sources "${out}/model-schema-${db}.cxx")
    list(APPEND update COMMAND ${schema} -d ${db} --schema-format sql --changelog "${committed}"
                               -o "${out}" ${headers})
  endforeach()
  add_custom_target(update_schema ${update} COMMENT "Bringing ${folder}/changelog up to date"
    VERBATIM)

  # For those who include the records: their headers, without the objects.
  add_library(${target}_headers INTERFACE)
  target_include_directories(${target}_headers SYSTEM INTERFACE "${generated}")
  target_compile_options(${target}_headers INTERFACE -Wno-unknown-pragmas)
  add_library(${target} OBJECT ${sources})
  # One file for each database, and one for what they share: the generated files of one database fit
  # into one, and they change together.
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  foreach(source IN LISTS sources)
    string(REGEX MATCH "mysql|sqlite" group "${source}")
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "common${group}")
  endforeach()
  target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PUBLIC ${target}_headers odb_runtime)
endfunction()
