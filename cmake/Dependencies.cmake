# What Kettle is built with beside the compiler. Nothing is downloaded; what is missing is named with its packages.
include_guard(GLOBAL)

function(kettle_require name)
  cmake_parse_arguments(arg "" "APT;DNF;BREW;VCPKG" "" ${ARGN})
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "Kettle needs ${name}, and it is not installed. To get it:\n"
      "  Debian, Ubuntu:  apt-get install ${arg_APT}\n"
      "  Fedora:          dnf install ${arg_DNF}\n"
      "  macOS:           brew install ${arg_BREW}\n"
      "  vcpkg:           vcpkg install ${arg_VCPKG}, and -DCMAKE_TOOLCHAIN_FILE=.../vcpkg.cmake\n"
      "(./learn installs it by itself.)")
  endif()
endfunction()

find_package(doctest CONFIG QUIET)
kettle_require(doctest APT doctest-dev DNF doctest-devel BREW doctest VCPKG doctest)
find_package(fmt CONFIG QUIET)
kettle_require(fmt APT libfmt-dev DNF fmt-devel BREW fmt VCPKG fmt)
find_package(Python3 3.9 COMPONENTS Interpreter QUIET)
kettle_require(Python3 APT python3 DNF python3 BREW python VCPKG python3)
find_package(Threads REQUIRED)
