"""The commands of ./learn and their arguments.

Exit status: 0 it passes, 1 not yet, 2 wrong usage or a broken set-up, 130 after Ctrl-C.
"""

import argparse
import os
import sys

from course import bench, manifest, names, screen
from course import progress as state
from course.errors import Stop

_NAMES = """A name may be shortened as long as it is clear: 4, 04, sleep, 04-sleep;
04-sleep/interval, sleep/int, interval."""
_ABOUT = """Kettle: asynchronous programming, learned by building a runtime by hand.

Without a command: installs what is missing (after asking), runs the current
lesson's program and says what comes next."""
_STATUS = """Exit status: 0 it passes, 1 not yet, 2 wrong usage or a broken set-up,
130 after Ctrl-C."""
_COMMANDS = ("list", "run", "test", "hint", "doctor", "selftest", "bench")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in our words, without argparse's page of usage."""

    def error(self, message: str):
        raise Stop(f"{message[0].upper()}{message[1:]}\nWhat there is:\n  {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="./learn", description=_ABOUT, epilog=f"{_NAMES}\n\n{_STATUS}",
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-y", "--yes", action="store_true", help="install what is missing without asking")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    def add(name, summary, more=""):
        assert name in _COMMANDS
        return commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}. {more}".strip(),
                                   epilog=_STATUS)

    command = add("list", "show the lessons and exercises, and what is done")
    command.add_argument("--json", action="store_true", help="the same as JSON (course/listing.py says in which shape)")
    command = add("run", "run a lesson's program", "Arguments behind -- go to the program. " + _NAMES)
    command.add_argument("lesson", nargs="?", metavar="LESSON", help="default: the current lesson")
    command = add("test", "judge an exercise, or all exercises of a lesson",
                  _NAMES + " KETTLE_TEST_LIMIT sets how many seconds a test may take (10).")
    command.add_argument("name", nargs="?", metavar="EXERCISE|LESSON", help="default: the next exercise")
    command.add_argument("--solution", action="store_true", help="judge the course's solution instead of your file")
    command.add_argument("--json", action="store_true", help="the same as JSON (course/testing.py says in which shape)")
    command = add("hint", "show the next hint for an exercise", _NAMES)
    command.add_argument("exercise", nargs="?", metavar="EXERCISE", help="default: the next exercise")
    command.add_argument("--all", action="store_true", help="all hints, down to nearly the answer")
    add("doctor", "look at every tool and say what mends what is broken")
    command = add("selftest", "build everything and run every test of the course")
    command.add_argument("--preset", choices=("default", "asan", "tsan", "gcc", "release"), default="default",
                         help="with sanitizers, another compiler or optimised (default: %(default)s)")
    command.add_argument("-y", "--yes", action="store_true", default=argparse.SUPPRESS,
                         help="install what is missing without asking")
    bench.arguments(add("bench", "measure Kettle beside its peers (tests/bench)"))
    return parser


def _parse(arguments: list):
    """The parsed arguments, and the program's own behind "--"."""
    behind = []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, behind = arguments[:cut], arguments[cut + 1:]
    parser = _parser()
    parsed, unknown = parser.parse_known_args(_meant(arguments))
    if unknown and parsed.command == "run":
        raise Stop(f"The program's own arguments go behind --:\n  ./learn run {parsed.lesson} -- {' '.join(unknown)}")
    if unknown:
        raise Stop(f"Not known here: {' '.join(unknown)}\nWhat there is:\n"
                   f"  ./learn {parsed.command + ' ' if parsed.command else ''}--help")
    if behind and parsed.command != "run":
        raise Stop('Only "run" takes arguments behind --')
    return parsed, behind


def _meant(arguments: list) -> list:
    """The arguments with "help" as the option that it stands for. Ends with the nearest command where there is none."""
    place = next((place for place, each in enumerate(arguments) if not each.startswith("-")), None)
    if place is None or arguments[place] in _COMMANDS:
        return arguments
    if arguments[place] == "help":
        return [*arguments[:place], *arguments[place + 1:], "--help"]
    import difflib
    near = difflib.get_close_matches(arguments[place].lower(), _COMMANDS, 1, 0.6)
    raise Stop(f'There is no command "{arguments[place]}". '
               + (f"Did you mean:\n  ./learn {near[0]}" if near else f"The commands: {', '.join(_COMMANDS)}.\n"
                  "Without a command, ./learn says what comes next."))


def _next(course, progress):
    """The exercise that is meant when none is named."""
    upcoming = state.next_exercise(course, progress)
    if upcoming is None:
        raise Stop("Every exercise is done. Name one: ./learn list shows them.")
    return upcoming


def _dispatch(parsed, behind: list) -> int:
    """Runs the command. Each is imported only when it is asked for: starting up should not be felt."""
    course, progress = manifest.load(), state.Progress()
    if parsed.command == "list":
        from course import listing
        return listing.show(course, progress, parsed.json)
    if parsed.command == "run":
        from course import running
        named = parsed.lesson is not None
        lesson = names.lesson(course, parsed.lesson) if named else state.current_lesson(course, progress)
        return running.run(lesson, behind)
    if parsed.command == "test":
        from course import testing
        meant = names.either(course, parsed.name) if parsed.name is not None else _next(course, progress)
        exercises = meant.exercises if isinstance(meant, manifest.Lesson) else [meant]
        flavour = "solution" if parsed.solution else "exercise"
        return testing.test(course, progress, exercises, flavour, parsed.json)
    if parsed.command == "hint":
        from course import hints
        exercise = names.exercise(course, parsed.exercise) if parsed.exercise is not None else _next(course, progress)
        return hints.show(exercise, progress, parsed.all)
    if parsed.command == "doctor":
        from course import doctor
        return doctor.examine()
    if parsed.command == "selftest":
        from course import selftest
        return selftest.run(parsed.preset, parsed.yes)
    if parsed.command == "bench":
        return bench.run(parsed.quick, parsed.only, parsed.json)
    from course import start
    return start.start(course, progress, parsed.yes)


def main(arguments: list) -> int:
    """Runs one command line and returns its exit status."""
    screen.prepare()
    try:
        status = _dispatch(*_parse(arguments))
        sys.stdout.flush()
        return status
    except Stop as stop:
        sys.stdout.flush()
        screen.warn(str(stop))
        return 2
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read our output has had enough. Give the interpreter somewhere to flush to, and leave quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
