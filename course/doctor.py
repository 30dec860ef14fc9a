"""./learn doctor: looks at every tool, says what is wrong and which command mends it. It installs nothing."""

import os
import shlex
import sys

from course import build, packages, screen, surroundings, toolchain
from course.errors import Stop
from course.manifest import ROOT
from course.progress import FOLDER


def _checks() -> list:
    """Each tool as (name, what was found, problem, what to install)."""
    checks = [("python", ".".join(map(str, sys.version_info[:3])), "", "")]
    git = toolchain.output_of("git", "--version").split()
    checks.append(("git", git[2] if len(git) > 2 else "", "" if git else "not found", "git"))
    compiler = build.compiler()
    checks.append(("compiler", str(compiler), compiler.problem, "compiler"))
    checks += [(tool.name, tool.found, tool.problem, tool.name) for tool in toolchain.find_tools()]
    return checks


def _print(name: str, found: str, problem: str, mend: str = "") -> None:
    colour = screen.wants_colour()
    mark = screen.painted(screen.FAIL, "red", colour) if problem else screen.painted(screen.PASS, "green", colour)
    lead = f"{mark} {name:<13} "
    print(lead + screen.wrapped(problem or found, screen.width(), " " * 16, " " * 16).lstrip())
    if mend:
        print(f"{'':16}mend it with:  {mend}")


def examine() -> int:
    """The command: exit status 2 when something is broken."""
    broken = False
    for name, found, problem, package in _checks():
        mend = ""
        if problem:
            broken = True
            named = name == "compiler" and os.environ.get("CXX")
            mend = "unset CXX" if named else packages.command_for([package])
        _print(name, found, problem, mend)
    compiler = build.compiler()
    looks = [surroundings.disk(), surroundings.clock(), surroundings.clangd()]
    lacking = None if compiler.problem else toolchain.sanitizer_missing(compiler)
    if lacking:
        _print("sanitizers", "missing: memory errors in your code will crash without an explanation", "",
               packages.command_for([lacking]))
    elif not compiler.problem:
        looks += surroundings.sanitizers(compiler)
    for name, found, problem, mend in looks:
        _print(name, found, problem, mend if problem else "")
        broken = broken or (bool(problem) and name in ("disk", "clock"))
    broken = not _probe(broken, compiler) or broken
    folder = FOLDER if FOLDER.exists() else ROOT
    writable = os.access(folder, os.W_OK)
    broken = broken or not writable
    _print("progress", "can be saved in .learn", "" if writable else f"{folder} cannot be written by you",
           "" if writable else f"sudo chown -R $USER {shlex.quote(str(folder))}")
    print("\nSomething is broken: see above." if broken else "\nAll is well.")
    return 2 if broken else 0


def _probe(broken: bool, compiler: toolchain.Compiler) -> bool:
    """Configures, which makes CMake run a small coroutine with the compiler. Whether that went well."""
    if broken:
        _print("build", "not looked at yet: first what is missing", "")
        return True
    try:
        build.configure("default", compiler)
    except Stop as stop:
        _print("build", "", str(stop))
        return False
    _print("build", "configured in build/default; the compiler's coroutines are sound", "")
    return True
