# Warnings for the project's own targets; generated code and other people's headers are left out.
function(postrider_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    -Wimplicit-fallthrough -Wno-missing-field-initializers)
endfunction()
