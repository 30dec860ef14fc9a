"""A small course in a temporary folder with stand-ins for the compiler, CMake and apt.

The tool is exercised as a learner meets it, by its command line, but nothing is compiled: an exercise's file holds one
word, and the "built" test program does what the word says.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

COURSE = {
    "course": "Kettle", "foundations": ["clock"], "parts": [{"id": "I", "title": "One task"}],
    "lessons": [
        {"id": "01-future", "part": "I", "title": "Future", "result": "A recipe card.", "runtime": ["poll"], "exercises": [
            {"id": "countdown", "kind": "build", "title": "Countdown", "file": "countdown.hpp", "points": 10,
             "hints": ["Look at the drawing.", "Count down.", "return --left_ < 0;"]},
            {"id": "interleave", "kind": "use", "title": "Two futures", "file": "interleave.hpp", "points": 5, "hints": []}]},
        {"id": "04-sleep", "part": "I", "title": "Sleep", "result": "Tea.", "runtime": ["time"], "exercises": [
            {"id": "interval", "kind": "use", "title": "An interval", "file": "interval.hpp", "points": 5, "hints": []}]}]}

COUNTDOWN = "exercises/01-future/countdown.hpp"
STATE = ".learn/progress.json"

# What a built test program does, by the word in the learner's file. It stands for a doctest program.
PROGRAM = r'''
import json, os, signal, sys, time
def record(**fields):
    with open(os.environ["KETTLE_VERDICT_FILE"], "a") as file:
        file.write(json.dumps(fields) + "\n")
def case(name, passed):
    record(event="case", name=name)
    record(event="step", text="poll 1: Pending")
    if not passed:
        record(event="fail", expected="2 polls", happened="1 poll", rule="Poll again.", read="lessons/x.md#polls")
    record(event="end", passed=passed)
word = WORD
if word == "EXIT_FIRST": sys.exit(0)
if word == "RACE" and "/tsan/" in sys.argv[0]:
    print("WARNING: ThreadSanitizer: data race (pid=7)", file=sys.stderr); sys.exit(66)
record(event="start", cases=3)
case("it begins", True)
if word == "PRINT": print("what the learner prints")
if word in ("HANG", "HANG_CHILD"):
    record(event="case", name="it waits")
    record(event="step", text="poll 1: Pending")
    if word == "HANG_CHILD" and os.fork() == 0: time.sleep(600)
    while True: time.sleep(1)
if word == "CRASH":
    record(event="case", name="it follows a pointer")
    record(event="step", text="poll 1: Pending")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGSEGV)
if word == "EXIT":
    record(event="case", name="it leaves")
    sys.exit(0)
if word == "FLOOD":
    while True: print("x" * 1000)
case("it goes on", word != "FAIL")
case("it ends", True)
record(event="finish", passed=3 - (word == "FAIL"), failed=int(word == "FAIL"))
sys.exit(word == "FAIL")
'''

CMAKE = r'''
import os, pathlib, sys
root, arguments = pathlib.Path.cwd(), sys.argv[1:]
with open(os.environ["FAKE_LOG"], "a") as log: log.write("cmake " + " ".join(arguments) + "\n")
if arguments[0] == "--preset":
    if os.environ.get("FAKE_CONFIGURE_FAILS"):
        print("-- so far so good\nCMake Error at cmake/Compiler.cmake:8:\n  it miscompiles coroutines"); sys.exit(1)
    compiler = next(each.split("=", 1)[1] for each in arguments if each.startswith("-DCMAKE_CXX_COMPILER="))
    build = root / "build" / arguments[1]
    build.mkdir(parents=True, exist_ok=True)
    (build / "build.ninja").write_text("")
    (build / "CMakeCache.txt").write_text(f"CMAKE_CXX_COMPILER:FILEPATH={compiler}\nCMAKE_HOME_DIRECTORY:INTERNAL={root}\n")
    sys.exit()
build = pathlib.Path(arguments[1])
if os.environ.get("FAKE_RUNTIME_BROKEN"):
    print("[1/2] Building\nFAILED: runtime/CMakeFiles/kettle.dir/waker.cpp.o\n" f"{root}/runtime/waker.cpp:1:1: error: no")
    sys.exit(1)
program = os.environ["FAKE_PROGRAM"]
if broken := os.environ.get("FAKE_BROKEN_PROOF"):
    print(f"[1/9] Building\nFAILED: tests/CMakeFiles/{broken}.dir/x.cpp.o\nninja: build stopped"); sys.exit(1)
for target in arguments[3:]:
    if target in ("all", "proofs", "--", "-k", "0"): continue
    flavour, number, name, *rest = target.split("-", 3)
    if flavour == "lesson":
        output, text = build / "lessons" / f"{number}-{name}", os.environ["FAKE_LESSON"]
    else:
        source = root / f"{flavour}s" / f"{number}-{name}" / f"{rest[0]}.hpp"
        word = source.read_text().strip()
        if word == "ERROR":
            print(f"[1/2] Building\nFAILED: tests/CMakeFiles/{target}.dir/x.cpp.o\nclang++ -c x.cpp\n"
                  f"{source}:3:2: error: my own error\n    3 | #error my own error\n      |  ^\n1 error generated.\n"
                  "ninja: build stopped: subcommand failed.")
            sys.exit(1)
        output, text = build / f"{flavour}s" / f"{number}-{name}" / rest[0], program.replace("WORD", repr(word))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(f"#!{sys.executable} -IS\n{text}")
    output.chmod(0o755)
'''

LESSON = r'''
import os, sys, time
print("water on, clock", os.environ.get("KETTLE_CLOCK", "real"), sys.argv[1:], flush=True)
if "--wait" in sys.argv: time.sleep(60)
sys.exit(7 if "--seven" in sys.argv else 0)
'''

CTEST = r'''
import os, sys
with open(os.environ["FAKE_LOG"], "a") as log: log.write("ctest " + " ".join(sys.argv[1:]) + "\n")
open(sys.argv[sys.argv.index("--output-junit") + 1], "w").write(os.environ["FAKE_REPORT"])
'''


def script(path: Path, text: str) -> None:
    """Writes an executable Python program."""
    _executable(path, f"#!{sys.executable} -IS\n{text}\n")


def shell(path: Path, text: str) -> None:
    """Writes an executable shell script: quicker to start than Python."""
    _executable(path, f"#!/bin/sh\n{text}\n")


def _executable(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def program(folder: Path, word: str) -> Path:
    """A test program that does what the word says."""
    path = Path(folder) / f"program_{word.lower()}"
    script(path, PROGRAM.replace("WORD", repr(word)))
    return path


class Repository:
    """A copy of the tool with the small course around it. The path has a space in it on purpose."""

    def __init__(self):
        self.temporary = tempfile.mkdtemp(prefix="kettle test ")
        self.root = Path(self.temporary).resolve() / "the course"
        self.bin = Path(self.temporary) / "bin"
        self.bin.mkdir()
        shutil.copytree(ROOT / "course", self.root / "course", ignore=shutil.ignore_patterns("__pycache__", "*.json"))
        shutil.copy(ROOT / "learn", self.root / "learn")
        (self.root / "course" / "course.json").write_text(json.dumps(COURSE), encoding="utf-8")
        for lesson in COURSE["lessons"]:
            for exercise in lesson["exercises"]:
                self.write(f"exercises/{lesson['id']}/{exercise['file']}", "FAIL")
                self.write(f"solutions/{lesson['id']}/{exercise['file']}", "PASS")
        for header in ("doctest/doctest.h", "fmt/core.h"):
            path = Path(self.temporary) / "include" / header
            path.parent.mkdir(parents=True)
            path.write_text("", encoding="utf-8")
        for name in ("sh", "env", "dirname", "readlink", "id", "git"):
            self.borrow(name)
        shell(self.bin / "python3", f'exec "{sys.executable}" -S "$@"')
        script(self.bin / "cmake.py", CMAKE)
        shell(self.bin / "cmake", 'if [ "$1" = --version ]; then echo cmake version 3.25.1; else exec "$0.py" "$@"; fi')
        script(self.bin / "ctest", CTEST)
        shell(self.bin / "ninja", "echo 1.11.1")
        self.compiler("clang++-19", "Debian clang version 19.1.7 (3~deb12u1)")

    def borrow(self, name: str) -> None:
        """Lets the tool find one of the machine's own programs."""
        found = shutil.which(name)
        if found:
            (self.bin / name).symlink_to(found)

    def compiler(self, name: str, says: str) -> None:
        """A compiler that only knows its version."""
        shell(self.bin / name, f'if [ "$1" = --version ]; then echo "{says}"; fi')

    def write(self, path: str, text: str) -> Path:
        """Writes a file of the repository."""
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text, encoding="utf-8")
        return full

    @property
    def log(self) -> str:
        """What the stand-ins were called with, a line for each call."""
        path = Path(self.temporary) / "log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def environment(self, **more) -> dict:
        """A small, known environment."""
        base = {"PATH": str(self.bin), "HOME": self.temporary, "LC_ALL": "C.UTF-8", "COLUMNS": "80",
                "CMAKE_PREFIX_PATH": self.temporary, "FAKE_LOG": str(Path(self.temporary) / "log"),
                "FAKE_PROGRAM": PROGRAM, "FAKE_LESSON": LESSON, "KETTLE_TEST_LIMIT": "8", "GIT_CONFIG_NOSYSTEM": "1"}
        return {**base, **more}

    def learn(self, *arguments, cwd=None, **environment) -> subprocess.CompletedProcess:
        """Runs ./learn without a terminal."""
        return subprocess.run([str(self.root / "learn"), *arguments], cwd=cwd or self.root, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment(**environment),
                              encoding="utf-8", errors="replace", timeout=60, check=False)

    def commit(self) -> None:
        """Makes the repository a git repository with everything in one commit."""
        for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
            subprocess.run(["git", *command], cwd=self.root, check=True, env={**os.environ, "HOME": self.temporary})

    def remove(self) -> None:
        shutil.rmtree(self.temporary, ignore_errors=True)


class CommandTest(unittest.TestCase):
    """A test of ./learn's commands in a repository of its own."""

    def setUp(self):
        self.repository = Repository()
        self.addCleanup(self.repository.remove)

    def learn(self, *arguments, status=0, **more):
        """Runs a command that has to end with that status, and without a Python traceback."""
        done = self.repository.learn(*arguments, **more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        return done

    def done(self) -> list:
        """The exercises that are recorded as done."""
        path = self.repository.root / STATE
        entries = json.loads(path.read_text(encoding="utf-8"))["exercises"] if path.exists() else {}
        return [name for name, entry in entries.items() if entry.get("done")]
