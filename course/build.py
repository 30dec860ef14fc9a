"""Configures and builds with CMake, quietly: its words go to .learn/, a learner sees one line of progress.

Nothing is done twice: a configured build with a sound compiler is kept as it is.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from course import process, storage, toolchain
from course.errors import Stop
from course.manifest import ROOT
from course.progress import FOLDER
from course.screen import passing, warn


_PATIENCE = 1.0  # seconds for a build to end by itself when it is asked to


@dataclass
class Built:
    """How a build ended: its whole output, and whether it was stopped because it took too long."""

    ok: bool
    output: str
    log: str
    too_long: bool = False

    @property
    def advice(self) -> str:
        """Where the whole output is, as a line of its own; "" when it could not be kept."""
        return f"\nAll of it: {self.log}" if self.log else ""


def folder(preset: str = "default") -> Path:
    """Where a preset builds."""
    return ROOT / "build" / preset


def _cached(preset: str) -> dict:
    """The entries of a configured build that matter here."""
    try:
        text = (folder(preset) / "CMakeCache.txt").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return dict(re.findall(r"^(CMAKE_CXX_COMPILER|CMAKE_HOME_DIRECTORY):\w+=(.*)$", text, re.MULTILINE))


def is_configured(preset: str = "default") -> bool:
    """Whether a configure has been completed."""
    return (folder(preset) / "build.ninja").exists() and bool(_cached(preset))


def compiler(preset: str = "default") -> toolchain.Compiler:
    """The compiler to build with: CXX, else the one already configured while it is sound, else the best there is."""
    configured = _cached(preset).get("CMAKE_CXX_COMPILER", "")
    if not os.environ.get("CXX") and os.access(configured, os.X_OK) and is_configured(preset):
        known = toolchain.identify(configured)
        if not known.problem:
            return known
    return toolchain.find_compiler()


def _alone(preset: str):
    """Two builds in one folder would trip over each other: the second waits, and says so."""
    return storage.alone(FOLDER, f"lock-{preset}", lambda: warn("Another ./learn is building here: waiting for it."))


def _write_log(name: str, text: str) -> str:
    """Keeps the output of a command where a learner can read it; the path as they type it."""
    try:
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / name).write_text(text, encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return f".learn/{name}"


def _stop(child: subprocess.Popen) -> None:
    """Ends a build with every compiler that it has started.

    Ninja gives each compiler a process group of its own and ends them when it is asked to end; were it killed at once,
    they would go on, and write their results over those of the next build.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGTERM)
        patience_ends = time.monotonic() + _PATIENCE
        while time.monotonic() < patience_ends:
            child.poll()
            os.killpg(child.pid, 0)  # raises when nobody is left
            time.sleep(0.005)
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _stream(command: list, doing: str, limit: float = None) -> tuple:
    """Runs a command with its output collected. Returns its status, its output, and whether the limit ended it."""
    surroundings = {key: value for key, value in os.environ.items()
                    if key not in ("NINJA_STATUS", "CLICOLOR_FORCE", "CMAKE_COLOR_DIAGNOSTICS")}
    surroundings["LC_ALL"] = "C.UTF-8"  # the compiler's words are searched for "error:"
    try:
        child = process.start(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=surroundings,
                              encoding="utf-8", errors="replace")
    except OSError as error:
        raise Stop("cmake cannot be started. ./learn installs what is missing, ./learn doctor says what.") from error
    too_long = threading.Event()
    timer = threading.Timer(limit, lambda: (too_long.set(), _stop(child))) if limit else None
    lines = []
    try:
        if timer:
            timer.start()
        for line in child.stdout:
            lines.append(line)
            step = re.match(r"\[(\d+/\d+)\]", line)
            if step or len(lines) == 1:
                passing(f"{doing} {step[0] if step else ''}")
        child.wait()
    finally:
        if timer:
            timer.cancel()
        if child.poll() is None:
            _stop(child)
        child.stdout.close()
        passing("")
    return child.returncode, "".join(lines), too_long.is_set()


def _is_out_of_place(preset: str, chosen: toolchain.Compiler) -> bool:
    """Whether what is configured is for another compiler, or for a repository that stood elsewhere."""
    cached = _cached(preset)
    known = cached.get("CMAKE_CXX_COMPILER", chosen.path)
    return (shutil.which(known) or known) != chosen.path or Path(cached.get("CMAKE_HOME_DIRECTORY", ROOT)) != ROOT


def configure(preset: str, chosen: toolchain.Compiler, options: tuple = ()) -> None:
    """Runs CMake for a preset, or ends with what it complained about."""
    fresh = ["--fresh"] if _is_out_of_place(preset, chosen) else []
    command = ["cmake", "--preset", preset, *fresh, f"-DCMAKE_CXX_COMPILER={chosen.path}", *options]
    with _alone(preset):
        status, output, _ = _stream(command, "Looking at the compiler and libraries ...")
    log = _write_log("configure.log", output)
    if status != 0:
        lines = [line for line in output.splitlines() if line.strip()]
        start = next((number for number, line in enumerate(lines) if line.startswith("CMake Error")), -15)
        raise Stop("CMake could not configure the build:\n" + "\n".join(f"  {line}" for line in lines[start:][:15])
                   + (f"\nAll of it: {log}" if log else ""))


def ensure_configured(preset: str = "default") -> None:
    """Configures a preset when that has not been done, or when what it was done for has changed."""
    chosen = compiler(preset)
    if chosen.problem:
        raise Stop(f"There is no compiler to build with: {chosen.problem}.\n"
                   "./learn installs what is missing, ./learn doctor says what that is.")
    if not is_configured(preset) or _is_out_of_place(preset, chosen):
        configure(preset, chosen)


def build(targets: list, preset: str = "default", limit: float = None, doing: str = "Building ...",
          keep_going: bool = False) -> Built:
    """Builds targets of a configured preset. With keep_going, all that can be built is, also after an error."""
    command = ["cmake", "--build", str(folder(preset)), "--target", *targets, *(("--", "-k", "0") if keep_going else ())]
    with _alone(preset):
        status, output, too_long = _stream(command, doing, limit)
    return Built(status == 0, output, _write_log("build.log", output), too_long)
