"""./learn run: builds a lesson's program and becomes it.

Becoming it (exec) and not starting it means that the program has the terminal to itself: Ctrl-C, arguments, input and
exit status are exactly the program's own.
"""

import os
import sys

from course import build
from course.errors import Stop
from course.manifest import Lesson


def build_program(lesson: Lesson):
    """Builds the lesson's program. Returns its path, or ends with why there is none."""
    built = build.build([lesson.target], doing=f"Building {lesson.id} ...")
    if not built.ok:
        errors = [line for line in built.output.splitlines() if "error:" in line][:5]
        raise Stop(f"The program of lesson {lesson.id} could not be built:\n" + "\n".join(f"  {line}" for line in errors)
                   + built.advice)
    return build.folder() / lesson.output


def run(lesson: Lesson, arguments: list) -> int:
    """The command. Does not come back, except to say that the program cannot be run."""
    build.ensure_configured()
    program = build_program(lesson)
    sys.stdout.flush()
    try:
        os.execv(program, [str(program), *arguments])
    except OSError as error:
        raise Stop(f"The program of lesson {lesson.id} cannot be started: {error.strerror}.") from error
