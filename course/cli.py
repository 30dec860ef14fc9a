"""The commands of ./learn and their arguments.

Exit status: 0 it passes, 1 not yet, 2 wrong usage or a broken set-up, 130 after Ctrl-C.
"""

import errno
import os
import sys

from course import manifest, names, screen
from course import progress as state
from course.arguments import COMMANDS, parser
from course.errors import Stop


def _parse(arguments: list):
    """The parsed arguments, and the program's own behind "--"."""
    behind = []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, behind = arguments[:cut], arguments[cut + 1:]
    parsed, unknown = parser().parse_known_args(_meant(arguments))
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
    if place is None or arguments[place] in COMMANDS:
        return arguments
    if arguments[place] == "help":
        return [*arguments[:place], *arguments[place + 1:], "--help"]
    import difflib
    near = difflib.get_close_matches(arguments[place].lower(), COMMANDS, 1, 0.6)
    raise Stop(f'There is no command "{arguments[place]}". '
               + (f"Did you mean:\n  ./learn {near[0]}" if near else f"The commands: {', '.join(COMMANDS)}.\n"
                  "Without a command, ./learn says what comes next."))


def _meant_exercise(course, progress, name):
    """The exercise of that name, or the current one when none is named."""
    if name is not None:
        return names.exercise(course, name)
    upcoming = state.current_exercise(course, progress)
    if upcoming is None:
        raise Stop("Every exercise is done. Name one: ./learn list shows them.")
    return upcoming


def _dispatch(parsed, behind: list) -> int:
    """Runs the command. Each is imported only when it is asked for: starting up should not be felt."""
    course, progress = manifest.load(), state.Progress()
    return globals()[f"_{parsed.command or 'begin'}"](course, progress, parsed, behind)


def _begin(course, progress, parsed, _) -> int:
    from course import start
    from course.watch import loop
    if not loop.can_watch():
        return start.start(course, progress, parsed.yes)
    start.make_ready(course, progress, parsed.yes)
    return loop.watch(course, progress)


def _list(course, progress, parsed, _) -> int:
    from course import listing
    return listing.show(course, progress, parsed.json)


def _status(course, progress, parsed, _) -> int:
    from course import status
    return status.show(course, progress, parsed.json)


def _run(course, progress, parsed, behind) -> int:
    from course import running
    named = parsed.lesson is not None
    return running.run(names.lesson(course, parsed.lesson) if named else state.current_lesson(course, progress), behind)


def _play(course, progress, parsed, _) -> int:
    from course import play
    return play.play(course, parsed.name, state.current_lesson(course, progress), not parsed.no_open)


def _bench(course, progress, parsed, _) -> int:
    from course import bench
    return bench.run(parsed)


def _test(course, progress, parsed, _) -> int:
    from course import testing
    named = parsed.name is not None
    meant = names.either(course, parsed.name) if named else _meant_exercise(course, progress, None)
    exercises = meant.exercises if isinstance(meant, manifest.Lesson) else [meant]
    flavour = "solution" if parsed.solution else "exercise"
    return testing.test(course, progress, exercises, flavour, parsed.json, parsed.preset or "default", parsed.full)


def _hint(course, progress, parsed, _) -> int:
    from course import hints
    return hints.show(_meant_exercise(course, progress, parsed.exercise), progress, parsed.all)


def _next(course, progress, _, __) -> int:
    from course import moving
    return moving.go_on(course, progress)


def _goto(course, progress, parsed, _) -> int:
    from course import moving
    return moving.go_to(course, progress, names.exercise(course, parsed.exercise))


def _open(course, progress, parsed, _) -> int:
    from course import moving
    return moving.open_file(_meant_exercise(course, progress, parsed.exercise))


def _solution(course, progress, parsed, _) -> int:
    from course import solutions
    return solutions.show(_meant_exercise(course, progress, parsed.exercise), progress, parsed.diff, parsed.yes)


def _reset(course, progress, parsed, _) -> int:
    from course import reset
    if (parsed.exercise is None) != parsed.all:
        raise Stop("Name the exercise to begin again, or all of them:\n  ./learn reset EXERCISE\n  ./learn reset --all")
    exercises = course.exercises if parsed.all else [names.exercise(course, parsed.exercise)]
    return reset.run(course, progress, exercises, parsed.yes)


def _update(course, progress, parsed, _) -> int:
    from course import update
    return update.run(course, progress, parsed.ref, not parsed.no_fetch)


def _doctor(*_) -> int:
    from course import doctor
    return doctor.examine()


def _selftest(_, __, parsed, ___) -> int:
    from course import selftest
    return selftest.run(parsed.preset, parsed.yes)


def _completions(course, _, parsed, __) -> int:
    from course import completions
    print(completions.script(course, parsed.shell), end="")
    return 0


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
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.EIO):
            raise
        # Whoever read our output has had enough, or the terminal is gone. Give the interpreter somewhere to flush to,
        # and leave quietly.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
