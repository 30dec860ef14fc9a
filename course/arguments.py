"""What may be typed behind ./learn: the commands and their options, as a parser."""

import argparse

from course import bench
from course.errors import Stop

NAMES = """A name may be shortened as long as it is clear: 4, 04, sleep, 04-sleep;
04-sleep/interval, sleep/int, interval."""
_ABOUT = """Kettle: asynchronous programming, learned by building a runtime by hand.

Without a command, on a terminal: installs what is missing (after asking), then
watches the current exercise: every save is judged, single keys do the rest.
Without a terminal: the same set-up, the current lesson's program, and what
comes next."""
_STATUS = """Exit status: 0 it passes, 1 not yet, 2 wrong usage or a broken set-up,
130 after Ctrl-C."""
SHELLS = ("bash", "zsh", "fish")
PRESETS = ("default", "asan", "tsan", "gcc", "release")
COMMANDS = {
    "list": "show the lessons and exercises, and what is done",
    "status": "say where you are, in a few lines",
    "run": "run a lesson's program",
    "play": "watch a run in the browser, step by step",
    "test": "judge an exercise, or all exercises of a lesson",
    "hint": "show the next hint for an exercise",
    "next": "go on to the next exercise that is to do",
    "goto": "go to an exercise",
    "open": "open the exercise's file in $EDITOR, or print where it is",
    "solution": "show an exercise's solution, with its explanation",
    "reset": "bring a starter back, after copying your file",
    "update": "get the newest course, and merge starters that changed",
    "doctor": "look at every tool and say what mends what is broken",
    "selftest": "build everything and run every test of the course",
    "bench": "measure Kettle beside its peers (tests/bench)",
    "completions": "print completions for your shell",
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in our words, without argparse's page of usage."""

    def error(self, message: str):
        raise Stop(f"{message[0].upper()}{message[1:]}\nWhat there is:\n  {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """The whole parser."""
    whole = _Parser(prog="./learn", description=_ABOUT, epilog=f"{NAMES}\n\n{_STATUS}",
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    yes = dict(action="store_true", help="do not ask")
    whole.add_argument("-y", "--yes", action="store_true", help="install what is missing without asking")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    made = {}
    more = {"run": "Arguments behind -- go to the program. " + NAMES,
            "play": "Of an exercise, the first test that fails is played. " + NAMES, "hint": NAMES, "goto": NAMES, "solution": NAMES,
            "test": NAMES + " KETTLE_TEST_LIMIT sets how many seconds a test may take (10).",
            "update": "Files that you have edited are merged with what changed; where that is not possible, yours stays "
                      "as it is and the conflict is shown.",
            "completions": "For bash, put this into ~/.bashrc: eval \"$(./learn completions bash)\"; for zsh the same with zsh into "
                           "~/.zshrc; for fish: ./learn completions fish > ~/.config/fish/completions/learn.fish"}
    for name, summary in COMMANDS.items():
        made[name] = commands.add_parser(name, help=summary, epilog=_STATUS, description=(
            f"{summary[0].upper()}{summary[1:]}. {more.get(name, '')}".strip()))
    json = dict(action="store_true", help="the same as JSON")
    exercise = dict(nargs="?", metavar="EXERCISE", help="default: the current exercise")
    made["list"].add_argument("--json", **{**json, "help": "the same as JSON (course/listing.py says in which shape)"})
    made["status"].add_argument("--json", **{**json, "help": "the same as JSON (course/status.py says in which shape)"})
    made["run"].add_argument("lesson", nargs="?", metavar="LESSON", help="default: the current lesson")
    made["play"].add_argument("name", nargs="?", metavar="LESSON|EXERCISE|RECORDING.json", help="default: the current lesson")
    made["play"].add_argument("--no-open", action="store_true", help="print the link, open no browser")
    _test(made["test"], json)
    bench.arguments(made["bench"])
    made["hint"].add_argument("exercise", **exercise)
    made["hint"].add_argument("--all", action="store_true", help="all hints, down to nearly the answer")
    made["goto"].add_argument("exercise", metavar="EXERCISE")
    made["open"].add_argument("exercise", **exercise)
    made["solution"].add_argument("exercise", **exercise)
    made["solution"].add_argument("--diff", action="store_true", help="only what differs from your file")
    made["reset"].add_argument("exercise", nargs="?", metavar="EXERCISE")
    made["reset"].add_argument("--all", action="store_true", help="every exercise")
    made["update"].add_argument("--from", dest="ref", metavar="REF", help="the git branch or commit that has the newest "
                                "starters (default: what your branch follows)")
    made["update"].add_argument("--no-fetch", action="store_true", help="do not ask the network for anything")
    made["selftest"].add_argument("--preset", choices=PRESETS, default="default",
                                  help="with sanitizers, another compiler or optimised (default: %(default)s)")
    for name in ("selftest", "reset", "solution"):
        made[name].add_argument("-y", "--yes", default=argparse.SUPPRESS, **yes)
    made["completions"].add_argument("shell", choices=SHELLS)
    return whole


def options(command: str) -> list:
    """The options of a command: "--json", ..."""
    commands = next(each for each in parser()._actions if isinstance(each, argparse._SubParsersAction))
    return sorted(commands.choices[command]._option_string_actions)


def _test(command, json: dict) -> None:
    command.add_argument("name", nargs="?", metavar="EXERCISE|LESSON", help="default: the current exercise")
    command.add_argument("--solution", action="store_true", help="judge the course's solution instead of your file")
    sanitizers = command.add_mutually_exclusive_group()
    sanitizers.add_argument("--asan", dest="preset", action="store_const", const="asan",
                            help="with everything, the runtime too, under the address sanitizer (your own file always is)")
    sanitizers.add_argument("--tsan", dest="preset", action="store_const", const="tsan",
                            help="under the thread sanitizer: it finds data races")
    command.add_argument("--full", action="store_true", help="all that the compiler says, not only the first error")
    command.add_argument("--json", **{**json, "help": "the same as JSON (course/testing.py says in which shape)"})
