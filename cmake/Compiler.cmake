# The compiler must be sound: a small coroutine program is compiled and run before anything else.
include_guard(GLOBAL)

function(kettle_explain_compiler reason)
  message(FATAL_ERROR "${reason}\n"
    "Kettle needs Clang 19 or newer, or GCC 13 or newer. To get one:\n"
    "  Debian 12:            apt-get install clang-19 libclang-rt-19-dev\n"
    "  Debian 13, Ubuntu 24: apt-get install g++\n"
    "  Fedora:               dnf install gcc-c++\n"
    "  macOS:                brew install llvm\n"
    "Then name it:           cmake --preset default --fresh -DCMAKE_CXX_COMPILER=clang++-19\n"
    "(./learn does all of this by itself.)")
endfunction()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  kettle_explain_compiler("Clang ${CMAKE_CXX_COMPILER_VERSION} is too old: std::expected does not work with it.")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
  kettle_explain_compiler("GCC ${CMAKE_CXX_COMPILER_VERSION} is too old for C++23.")
endif()

if(NOT DEFINED KETTLE_COROUTINES_SOUND_${CMAKE_CXX_COMPILER_ID}_${CMAKE_CXX_COMPILER_VERSION})
  message(CHECK_START "Running a small coroutine, to see whether this compiler is sound")
  try_run(probe_status probe_compiled
    "${CMAKE_BINARY_DIR}/probe" "${CMAKE_CURRENT_LIST_DIR}/probe.cpp"
    CXX_STANDARD 23 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF
    COMPILE_OUTPUT_VARIABLE probe_log)
  if(NOT probe_compiled)
    message(CHECK_FAIL "it does not compile")
    kettle_explain_compiler("${CMAKE_CXX_COMPILER} cannot compile C++23 coroutines:\n${probe_log}")
  elseif(probe_status STREQUAL "0")
    message(CHECK_PASS "it is")
    set(KETTLE_COROUTINES_SOUND_${CMAKE_CXX_COMPILER_ID}_${CMAKE_CXX_COMPILER_VERSION} ON CACHE INTERNAL "")
  elseif(KETTLE_ALLOW_BROKEN_COROUTINES)
    message(CHECK_FAIL "it is not (KETTLE_ALLOW_BROKEN_COROUTINES is on: going on)")
  else()
    message(CHECK_FAIL "it is not")
    kettle_explain_compiler(
      "${CMAKE_CXX_COMPILER} (${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}) miscompiles ordinary coroutines: "
      "a program that is right crashes or never ends. It is a known mistake of GCC 12.")
  endif()
endif()

# Warnings and sanitizers of everything that the project itself wrote.
add_library(kettle_flags INTERFACE)
target_compile_options(kettle_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<CXX_COMPILER_ID:GNU>:-Wno-non-virtual-dtor>
  # Source positions, in traces and messages, are paths inside the repository.
  "-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=")
if(KETTLE_SANITIZE)
  target_compile_options(kettle_flags INTERFACE "-fsanitize=${KETTLE_SANITIZE}" -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(kettle_flags INTERFACE "-fsanitize=${KETTLE_SANITIZE}")
endif()

# ... as errors: for what is finished, not for what a learner is still writing.
add_library(kettle_strict INTERFACE)
target_link_libraries(kettle_strict INTERFACE kettle_flags)
if(KETTLE_WERROR)
  target_compile_options(kettle_strict INTERFACE -Werror)
endif()

# Learners' code runs under the address sanitizer wherever the compiler has one, so that a memory error is a
# sentence and not a mystery. Checks of every pointer that is used would double the time to compile.
include(CheckCXXSourceCompiles)
set(learner_sanitizers -fsanitize=address,undefined -fno-sanitize=vptr,null,alignment,object-size)
set(CMAKE_REQUIRED_FLAGS "-fsanitize=address,undefined")
check_cxx_source_compiles("int main() {}" KETTLE_HAS_ADDRESS_SANITIZER)
unset(CMAKE_REQUIRED_FLAGS)
add_library(kettle_learner INTERFACE)
target_link_libraries(kettle_learner INTERFACE kettle_flags)
# Who looks into an empty std::optional, or beyond the end of a std::vector, is told so by GCC's library.
target_compile_definitions(kettle_learner INTERFACE _GLIBCXX_ASSERTIONS)
if(KETTLE_HAS_ADDRESS_SANITIZER AND NOT KETTLE_SANITIZE)
  target_compile_options(kettle_learner INTERFACE ${learner_sanitizers} -fno-omit-frame-pointer)
  target_link_options(kettle_learner INTERFACE ${learner_sanitizers})
endif()

# A faster linker, when there is one: linking is a good part of what a learner waits for.
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  include(CheckLinkerFlag)
  foreach(linker IN ITEMS lld mold)
    check_linker_flag(CXX "-fuse-ld=${linker}" KETTLE_HAS_${linker})
    if(KETTLE_HAS_${linker})
      target_link_options(kettle_learner INTERFACE "-fuse-ld=${linker}")
      break()
    endif()
  endforeach()
endif()

# In a release build, functions may be inlined across files: the runtime is a library of small ones.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT DEFINED CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT KETTLE_HAS_LTO OUTPUT KETTLE_LTO_ERROR LANGUAGES CXX)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${KETTLE_HAS_LTO})
endif()
