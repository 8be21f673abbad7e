# ccache and mold make a build fast where they are installed. Both are optional.
find_program(CCACHE_EXECUTABLE ccache)
if(CCACHE_EXECUTABLE)
  # Precompiled headers are cached too; the build folder's name takes no part in the hash.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_NOHASHDIR=1
    "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" "${CCACHE_EXECUTABLE}")
  # GCC keeps a precompiled header valid over preprocessing only with this.
  add_compile_options(-fpch-preprocess)
endif()
find_program(MOLD_EXECUTABLE mold)
if(MOLD_EXECUTABLE)
  add_link_options(-fuse-ld=mold)
endif()
if(POSTRIDER_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
