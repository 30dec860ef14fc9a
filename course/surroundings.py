"""What ./learn doctor looks at beside the tools: disk, clock, and whether the sanitizers can work here.

Each look returns (name, what was found, what is wrong or "", the command that mends it or "").
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from course.manifest import ROOT
from course.progress import FOLDER
from course.toolchain import OLDEST, Compiler, output_of
from course.verdict import sanitizer_options

LEAST_DISK = 2 << 30
_SKEW = 2.0  # seconds that the files' clock may differ from the machine's
_PROBE = "#include <cstdlib>\nint main() { static void* volatile p; p = std::malloc(9); p = nullptr; return 0; }\n"
_LIMIT = 60


def disk() -> tuple:
    """Room for builds: each preset takes some hundred megabytes."""
    free = shutil.disk_usage(ROOT).free
    found = f"{free / (1 << 30):.1f} GB free"
    return ("disk", found, "" if free >= LEAST_DISK else f"only {found}: a build may not fit", "rm -rf build/")


def clock() -> tuple:
    """Builds compare the times of files: the clock of the disk must be that of the machine."""
    before = time.time()
    try:
        FOLDER.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=FOLDER, prefix="clock-") as file:
            skew = Path(file.name).stat().st_mtime - before
    except OSError:
        return "clock", "not looked at: .learn cannot be written", "", ""
    if abs(skew) <= _SKEW:
        return "clock", "files and machine agree", "", ""
    return ("clock", "", f"files are dated {abs(skew):.0f} s {'later' if skew > 0 else 'earlier'} than now: builds may miss "
            "what you save", "sudo hwclock --hctosys")


def clangd() -> tuple:
    """What editors ask about names and mistakes. The course builds without it; an old one underlines what is right."""
    needed = OLDEST["clang"]
    version = re.search(r"clangd version (\d+)[.\d]*", output_of("clangd", "--version"))
    if version and int(version[1]) >= needed:
        return "clangd", version[0].split()[-1], "", ""
    numbered = shutil.which(f"clangd-{needed}")
    mend = (f"name {numbered} in your editor's settings, as the path of clangd" if numbered else
            f"apt-get install clangd-{needed}" if shutil.which("apt-get") else f"install clangd {needed} or newer")
    if not version:
        return "clangd", "not found: an editor that asks it finds no names (the course does without)", "", ""
    return ("clangd", "", f"{version[0].split()[-1]} is too old for C++23 and its coroutines: your editor will call what is right an "
            f"error. It takes {needed} or newer", mend)


def sanitizers(compiler: Compiler) -> list:
    """Small programs are built and run, since containers and kernels differ in what they let a sanitizer do."""
    with tempfile.TemporaryDirectory(prefix="kettle-doctor-") as folder:
        source = Path(folder) / "probe.cpp"
        source.write_text(_PROBE, encoding="utf-8")
        return [_address(compiler, source), _thread(compiler, source)]


def _address(compiler: Compiler, source: Path) -> tuple:
    status, said = _run(compiler, source, "address")
    if status is None:
        return "sanitizers", "missing: memory errors in your code will crash without an explanation", "", ""
    if "LeakSanitizer has encountered a fatal error" in said:
        return ("leaks", "", "cannot be found here: this container forbids ptrace",
                "start the container with --cap-add SYS_PTRACE")
    if "detected memory leaks" in said:
        return "leaks", "memory errors and leaks are found", "", ""
    return "leaks", "memory errors are found; leaks are not, on this system", "", ""


def _thread(compiler: Compiler, source: Path) -> tuple:
    status, said = _run(compiler, source, "thread")
    if status is None:
        return "data races", "not found: the compiler has no thread sanitizer (--tsan will not work)", "", ""
    if status != 0 and "memory mapping" in said:
        return ("data races", "", "cannot be found: the kernel places memory where the thread sanitizer has its own",
                "sudo sysctl vm.mmap_rnd_bits=28")
    return "data races", "are found (./learn test --tsan)", "", ""


def _run(compiler: Compiler, source: Path, sanitizer: str) -> tuple:
    """Builds and runs the probe: its status and what it said; a status of None when it cannot be built."""
    binary = source.with_name(f"probe-{sanitizer}")
    try:
        subprocess.run([compiler.path, f"-fsanitize={sanitizer}", "-o", str(binary), str(source)], timeout=_LIMIT,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        done = subprocess.run([str(binary)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=_LIMIT, env={**os.environ, **sanitizer_options()}, check=False)
    except (OSError, subprocess.SubprocessError):
        return None, ""
    return done.returncode, done.stdout.decode("utf-8", errors="replace")
