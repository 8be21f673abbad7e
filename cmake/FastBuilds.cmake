# Precompiled headers, and a few files compiled as one, where a build has many small files. A unity
# build (the release preset) reads each header a few times only and does without.
set(POSTRIDER_COMMON_HEADERS <boost/json.hpp> <boost/system/result.hpp> <algorithm> <array> <chrono>
  <cstdint> <functional> <map> <memory> <optional> <span> <string> <string_view> <unordered_map>
  <utility> <variant> <vector>)

# A definition in front of Boost.Test's header makes the test's main(): it must be read there.
function(_postrider_skip_test_mains target)
  get_target_property(_sources ${target} SOURCES)
  foreach(_source IN LISTS _sources)
    cmake_path(ABSOLUTE_PATH _source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
      OUTPUT_VARIABLE _path)
    if(EXISTS "${_path}")
      file(STRINGS "${_path}" _line REGEX "define BOOST_TEST_MODULE" LIMIT_COUNT 1)
      if(_line)
        set_source_files_properties("${_source}" PROPERTIES
          SKIP_PRECOMPILE_HEADERS ON SKIP_UNITY_BUILD_INCLUSION ON)
      endif()
    endif()
  endforeach()
endfunction()

# A few files of a target are compiled as one, more of a test, which is seldom changed: a whole
# build takes much less, a change of one file hardly more. A file whose local names another one has
# too is compiled alone: SKIP_UNITY_BUILD_INCLUSION.
function(_postrider_compile_together target)
  set(_files 4)
  if(target MATCHES "_test$")
    set(_files 8)
    # A fixture of an included file is as local as that of any other.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${_files})
endfunction()

# Precompiles the common headers for the target, and those given.
function(postrider_precompile target)
  if(NOT CMAKE_UNITY_BUILD)
    target_precompile_headers(${target} PRIVATE ${POSTRIDER_COMMON_HEADERS} ${ARGN})
    _postrider_skip_test_mains(${target})
    _postrider_compile_together(${target})
  endif()
endfunction()

# The target's files read the headers that were precompiled for another one. They need its
# definitions and warnings: GCC compares macros, and -Wpedantic changes one.
function(postrider_precompiled_as target other)
  if(NOT CMAKE_UNITY_BUILD)
    target_precompile_headers(${target} REUSE_FROM ${other})
    _postrider_skip_test_mains(${target})
    _postrider_compile_together(${target})
  endif()
endfunction()
