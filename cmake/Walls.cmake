# The compiler refuses CAF in this target: what is pure is tested without actors.
function(postrider_without_caf target)
  target_compile_options(${target} PRIVATE
    "SHELL:-include \"${PROJECT_SOURCE_DIR}/cmake/without_caf.hpp\"")
endfunction()
