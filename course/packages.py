"""Installs what is missing with the system's package manager, after showing the exact command and asking.

Only apt is driven; for dnf and brew the command is printed. Without a terminal nobody can be asked, so it goes on.
"""

import glob
import os
import re
import shlex
import shutil
import subprocess

from course.errors import Stop
from course.screen import agreed, can_ask, say
from course.toolchain import output_of

_APT = {"cmake": ["cmake"], "ninja": ["ninja-build"], "doctest": ["doctest-dev"], "fmt": ["libfmt-dev"],
        "gcc": ["g++"], "git": ["git"]}
_OTHERS = {
    "dnf": ("sudo dnf install", {"cmake": "cmake", "ninja": "ninja-build", "doctest": "doctest-devel",
                                 "fmt": "fmt-devel", "compiler": "gcc-c++", "gcc": "gcc-c++", "git": "git"}),
    "brew": ("brew install", {"cmake": "cmake", "ninja": "ninja", "doctest": "doctest", "fmt": "fmt",
                              "compiler": "llvm", "gcc": "gcc", "git": "git"}),
}
_CLANG = 19
OS_RELEASE = "/etc/os-release"
APT_LISTS = "/var/lib/apt/lists"


def _release() -> tuple:
    """The system's name and main version from os-release: ("debian", 12)."""
    text = ""
    try:
        with open(OS_RELEASE, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        pass
    fields = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE))
    number = re.match(r"\d+", fields.get("VERSION_ID", ""))
    return fields.get("ID", ""), int(number[0]) if number else 0


def has_lists() -> bool:
    """Whether apt knows any package yet: a fresh container's lists are empty."""
    return bool(glob.glob(f"{APT_LISTS}/*_Packages*"))


def compiler_packages() -> list:
    """The packages of a sound compiler: g++ where apt's is new enough, else Clang 19 with its sanitizers."""
    candidate = re.search(r"Candidate: (?:\d+:)?(\d+)", output_of("apt-cache", "policy", "g++")) if has_lists() else None
    name, version = _release()
    old = int(candidate[1]) < 13 if candidate else (name == "debian" and 0 < version <= 12)
    return [f"clang-{_CLANG}", f"libclang-rt-{_CLANG}-dev"] if old else ["g++"]


def apt_packages(missing: list) -> list:
    """The Debian packages for what is missing: names of tools, "compiler", or names of packages."""
    packages = []
    for name in missing:
        packages += compiler_packages() if name == "compiler" else _APT.get(name, [name])
    return packages


def command_for(missing: list, privilege: list = None) -> str:
    """The command that installs what is missing on this system, in one line; "" when the system is unknown."""
    if shutil.which("apt-get"):
        if privilege is None:
            privilege = [] if os.geteuid() == 0 else ["sudo"]
        return " && ".join(map(shlex.join, _apt_commands(missing, privilege, not has_lists())))
    for manager, (command, names) in _OTHERS.items():
        if shutil.which(manager):
            return f"{command} {' '.join(names.get(name, name) for name in missing)}"
    return ""


def _apt_commands(missing: list, privilege: list, update: bool) -> list:
    install = [*privilege, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y",
               "--no-install-recommends", *apt_packages(missing)]
    return ([[*privilege, "apt-get", "update"]] if update else []) + [install]


def _privilege(interactive: bool):
    """What to put before a command that needs root; None when that right cannot be had."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    if interactive:
        return ["sudo"]
    allowed = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, check=False).returncode == 0
    return ["sudo", "-n"] if allowed else None


def install(missing: list, what: list, yes: bool) -> None:
    """Installs what is missing, or ends with the command that would. `what` says it in words."""
    say("Kettle needs something that is not here yet:")
    for line in what:
        say(f"  {line}")
    if not shutil.which("apt-get"):
        command = command_for(missing)
        advice = f"Install it with:\n  {command}" if command else "Install it with your system's package manager."
        if "brew install" in command and "llvm" in command:
            advice += '\nand then name the compiler:\n  export CXX="$(brew --prefix llvm)/bin/clang++"'
        raise Stop(f"{advice}\nThen run ./learn again.")
    interactive = can_ask()
    privilege = _privilege(interactive)
    if privilege is None:
        raise Stop(f"Installing needs the administrator's rights, which I do not have. Run this as root:\n"
                   f"  {command_for(missing, [])}\nThen run ./learn again.")
    print(f"It is installed with:\n  {command_for(missing, privilege)}", flush=True)
    if interactive and not yes and not agreed("Go on? [Y/n] ", True):
        raise Stop("Nothing was installed. Run ./learn again when you want to go on.")
    _run_apt(missing, privilege)


def _run_apt(missing: list, privilege: list) -> None:
    """Runs the commands; when the install fails with old lists, brings the lists up to date and tries once more."""
    update = not has_lists()
    for attempt in range(2):
        commands = _apt_commands(missing, privilege, update)
        failed = next((command for command in commands if subprocess.run(command, check=False).returncode != 0), None)
        if failed is None:
            return
        if update or attempt:
            break
        print("That did not work. Perhaps the package lists are old: updating them, then once more.", flush=True)
        update = True
    raise Stop(f"This command failed; what it said is above:\n  {shlex.join(failed)}\n"
               "Mend what it complains about, then run ./learn again.")
