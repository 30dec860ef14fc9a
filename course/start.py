"""./learn without a command: makes the course ready, and without a terminal says what comes next."""

import os
import subprocess
import sys

from course import build, packages, running, screen, starters, toolchain, update
from course import progress as state
from course.errors import Stop
from course.listing import summary
from course.manifest import Course
from course.screen import painted, say, wants_colour

_PROGRAM_LIMIT = 30
_WARM_UP_LIMIT = 300


def missing(compiler: toolchain.Compiler) -> tuple:
    """What must be installed: names for packages.py, and the same in words."""
    names, words = [], []
    if compiler.problem:
        names.append("compiler")
        words.append(f"a C++ compiler: {compiler.problem}")
    for tool in toolchain.find_tools():
        known_to_cmake = tool.name in ("doctest", "fmt") and build.is_configured()
        if tool.problem and not known_to_cmake:
            names.append(tool.name)
            words.append(f"{tool.name}: {tool.problem}")
    return names, words


def prepare(yes: bool) -> None:
    """Installs what the build needs and is not there."""
    compiler = build.compiler()
    names, words = missing(compiler)
    if compiler.problem and os.environ.get("CXX"):
        raise Stop(f"{compiler.problem}.")  # installing another one would not help: CXX would still name this one
    if names:
        packages.install(names, words, yes)
        still = missing(build.compiler())[1]
        if still:
            raise Stop("The packages are installed, and yet something is missing:\n"
                       + "\n".join(f"  {line}" for line in still)
                       + "\nThis system's packages may be too old: Debian 12, Ubuntu 24.04 and newer ones will do.")


def make_ready(course: Course, progress: state.Progress, yes: bool) -> None:
    """Installs and configures what is missing. The first time, somebody at a terminal also sees the lesson's program."""
    update.mend()
    if build.is_configured():
        prepare(yes)
        build.ensure_configured()
        return
    start(course, progress, yes)
    screen.agreed("\nPress Enter: from then on your exercise is watched, and judged at every save. ", True)


def start(course: Course, progress: state.Progress, yes: bool) -> int:
    """The plain form: makes ready, runs the program, says what comes next."""
    update.mend()
    prepare(yes)
    first_time = not build.is_configured()
    if first_time:
        say(f"Getting ready to build with {build.compiler()}. This is done once.")
    build.ensure_configured()
    starters.remember(course, progress)
    upcoming = state.current_exercise(course, progress)
    lesson = state.current_lesson(course, progress)
    program = running.build_program(lesson)
    if first_time and upcoming:
        # This may fail, since the starter has a hole. What every test needs is built all the same.
        build.build([upcoming.target()], limit=_WARM_UP_LIMIT, doing="Building what every test needs ...")
    _run(program, lesson)
    print()
    say(summary(course, progress))
    say(f"You are at lesson {lesson.number}, {lesson.title}. {lesson.result}")
    if upcoming is None:
        say("Every exercise passes. ./learn list shows them all.")
        return 0
    say(f"Read lessons/{lesson.id}/README.md, then open {upcoming.path} ({upcoming.title}).")
    say(painted(f"Next: ./learn test {upcoming.full_id}", "bold", wants_colour()))
    return 0


def _run(program, lesson) -> None:
    """Shows the lesson's program, on virtual time so that nobody waits for it."""
    say(f"The program of lesson {lesson.id} (on its own: ./learn run {lesson.id}):")
    print()
    sys.stdout.flush()
    try:
        done = subprocess.run([str(program)], stdin=subprocess.DEVNULL, timeout=_PROGRAM_LIMIT, check=False,
                              env={"KETTLE_CLOCK": "virtual", **os.environ})
        if done.returncode != 0:
            say(f"(It ended with status {done.returncode}, which is not as it should be: ./learn doctor)")
    except subprocess.TimeoutExpired:
        say(f"(It was stopped after {_PROGRAM_LIMIT} seconds, which is not as it should be: ./learn doctor)")
