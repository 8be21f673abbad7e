# Precompiled headers, where a build has many small files to compile. A unity build (the release
# preset) reads each header a few times only and does without.
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
        set_source_files_properties("${_source}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
      endif()
    endif()
  endforeach()
endfunction()

# Precompiles the common headers for the target, and those given.
function(postrider_precompile target)
  if(NOT CMAKE_UNITY_BUILD)
    target_precompile_headers(${target} PRIVATE ${POSTRIDER_COMMON_HEADERS} ${ARGN})
    _postrider_skip_test_mains(${target})
  endif()
endfunction()

# The target's files read the headers that were precompiled for another one. They need its
# definitions and warnings: GCC compares macros, and -Wpedantic changes one.
function(postrider_precompiled_as target other)
  if(NOT CMAKE_UNITY_BUILD)
    target_precompile_headers(${target} REUSE_FROM ${other})
    _postrider_skip_test_mains(${target})
  endif()
endfunction()
