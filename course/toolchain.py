"""Finds the compiler and the tools that the build needs, and says of each whether it will do.

The compiler must be sound: GCC before 13 miscompiles ordinary coroutines, Clang before 19 cannot compile
std::expected. (Whether it really is sound, CMake finds out by running a small program when it configures.)
"""

import glob
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Optional

OLDEST = {"clang": 19, "gcc": 13, "apple": 17}
FAMILY = {"clang": "Clang", "gcc": "GCC", "apple": "Apple Clang"}
OLDEST_CMAKE = (3, 25)
_HEADERS = {"doctest": "doctest/doctest.h", "fmt": "fmt/core.h"}


@dataclass
class Compiler:
    """A C++ compiler. problem is "" when it is sound."""

    path: str
    family: str = ""
    version: tuple = ()
    problem: str = ""

    def __str__(self):
        return f"{os.path.basename(self.path)} ({FAMILY.get(self.family, '?')} {'.'.join(map(str, self.version))})"


@dataclass
class Tool:
    """Something else the build needs. problem is "" when it is there and new enough."""

    name: str
    found: str = ""
    problem: str = ""


def output_of(*command: str) -> str:
    """What a short command prints; "" when it cannot be run."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              timeout=20, check=False, env={**os.environ, "LC_ALL": "C"})
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", errors="replace") if done.returncode == 0 else ""


def identify(path: str) -> Compiler:
    """Asks a compiler who it is."""
    first = (output_of(path, "--version").splitlines() or [""])[0]
    clang = re.search(r"clang version (\d+)\.(\d+)(?:\.(\d+))?", first)
    gcc = re.search(r"\)\s+(\d+)\.(\d+)(?:\.(\d+))?", first)
    found = clang or gcc
    if not found:
        return Compiler(path, problem=f"{path} does not say which compiler it is (--version)")
    family = ("apple" if "Apple" in first else "clang") if clang else "gcc"
    version = tuple(int(part) for part in found.groups() if part)
    compiler = Compiler(path, family, version)
    if version[0] < OLDEST[family]:
        compiler.problem = (f"{compiler} is too old: Kettle needs Clang {OLDEST['clang']} or newer, "
                            f"or GCC {OLDEST['gcc']} or newer")
    return compiler


def _candidates() -> list:
    """Compilers on the PATH, the best name first: clang++-NN, clang++, g++-NN, g++."""
    numbered = {"clang++": {}, "g++": {}}
    for folder in os.get_exec_path():
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            match = re.fullmatch(r"(clang\+\+|g\+\+)-(\d+)", name)
            if match and os.access(os.path.join(folder, name), os.X_OK):
                numbered[match[1]].setdefault(int(match[2]), os.path.join(folder, name))
    paths = []
    for base, family in (("clang++", "clang"), ("g++", "gcc")):
        paths += [path for number, path in sorted(numbered[base].items(), reverse=True) if number >= OLDEST[family]]
        paths += filter(None, [shutil.which(base)])
    return paths


def find_compiler() -> Compiler:
    """The compiler to use: CXX when it is set, else the newest sound one. A problem says why there is none."""
    named = os.environ.get("CXX", "").strip()
    if named:
        path = shutil.which(named)
        if not path:
            return Compiler(named, problem=f"CXX is set to {named}, which is not a program that can be run")
        compiler = identify(os.path.abspath(path))
        if compiler.problem:
            compiler.problem += ". CXX names it: unset CXX, or set it to another compiler"
        return compiler
    unsound = ""
    for path in _candidates():
        compiler = identify(path)
        if not compiler.problem:
            return compiler
        unsound = unsound or compiler.problem
    return Compiler("", problem=unsound or "no C++ compiler was found")


def find_cmake() -> Tool:
    """CMake, new enough for the presets."""
    path = shutil.which("cmake")
    if not path:
        return Tool("cmake", problem="not found")
    match = re.search(r"version (\d+)\.(\d+)[.\d]*", output_of(path, "--version"))
    if not match:
        return Tool("cmake", problem=f"{path} does not work")
    version = match[0].split()[1]
    if (int(match[1]), int(match[2])) < OLDEST_CMAKE:
        return Tool("cmake", version, f"{version} is too old: Kettle needs 3.25 or newer")
    return Tool("cmake", version)


def find_ninja() -> Tool:
    """Ninja, under either of its names."""
    path = shutil.which("ninja") or shutil.which("ninja-build")
    version = output_of(path, "--version").strip() if path else ""
    return Tool("ninja", version, "" if version else "not found")


def find_library(name: str) -> Tool:
    """doctest or fmt, looked for where CMake will look."""
    prefixes = re.split(r"[;:]", os.environ.get("CMAKE_PREFIX_PATH", ""))
    for prefix in [*prefixes, "/usr", "/usr/local", "/opt/homebrew"]:
        header = os.path.join(prefix, "include", _HEADERS[name])
        if prefix and os.path.exists(header):
            return Tool(name, header)
    return Tool(name, problem="not found")


def find_tools() -> list:
    """Everything beside the compiler."""
    return [find_cmake(), find_ninja(), find_library("doctest"), find_library("fmt")]


def sanitizer_missing(compiler: Compiler) -> Optional[str]:
    """The package with Clang's sanitizer libraries when they are missing; None when they are there, or not Clang's."""
    if compiler.family != "clang" or not compiler.version:
        return None
    folder = output_of(compiler.path, "-print-resource-dir").strip()
    present = folder and glob.glob(os.path.join(glob.escape(folder), "lib", "*", "libclang_rt.asan*"))
    return None if present else f"libclang-rt-{compiler.version[0]}-dev"
