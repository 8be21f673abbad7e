# The compiler refuses CAF in this target: what is pure is tested without actors. Call it after the
# precompiled headers: GCC reads none behind another -include, so the wall is at their end.
function(postrider_without_caf target)
  set(_wall "${PROJECT_SOURCE_DIR}/cmake/without_caf.hpp")
  get_target_property(_headers ${target} PRECOMPILE_HEADERS)
  get_target_property(_from ${target} PRECOMPILE_HEADERS_REUSE_FROM)
  if(CMAKE_DISABLE_PRECOMPILE_HEADERS OR NOT (_headers OR _from))
    target_compile_options(${target} PRIVATE "SHELL:-include \"${_wall}\"")
  elseif(_from)
    get_target_property(_headers ${_from} PRECOMPILE_HEADERS)
    if(NOT _wall IN_LIST _headers)
      message(FATAL_ERROR "${target} must be without CAF, but it reads the precompiled headers of "
        "${_from}, which has no wall")
    endif()
  else()
    target_precompile_headers(${target} PRIVATE "${_wall}")
  endif()
endfunction()
