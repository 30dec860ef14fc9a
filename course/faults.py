"""Says in plain words why a program died: its signal, or what a sanitizer wrote on stderr.

Of a sanitizer's stack traces only the frames in the learner's own file are kept, because those are the ones that
can be mended; without addresses and folders, so that the same mistake always reads the same.
"""

import re
import signal
from dataclasses import dataclass, field

SIGNALS = {
    "SIGSEGV": "It used memory that is not its own, such as a null or dangling pointer (SIGSEGV).",
    "SIGBUS": "It used memory that is not its own, such as a dangling pointer (SIGBUS).",
    "SIGABRT": "It gave up: an uncaught exception, a failed assertion or std::terminate (SIGABRT).",
    "SIGFPE": "It divided an integer by zero (SIGFPE).",
    "SIGILL": "It ran into an instruction that must never run, such as the end of a function without a return (SIGILL).",
    "SIGTRAP": "It ran into a trap, such as the end of a function without a return (SIGTRAP).",
    "SIGXFSZ": "It recorded steps without end and was stopped: look for a loop that never ends.",
    "SIGKILL": "It was killed from outside, perhaps because the machine ran out of memory (SIGKILL).",
}

DATA_RACE = "a data race"
SANITIZER = {
    "heap-use-after-free": "It used memory that was already freed.",
    "stack-use-after-return": "It used a local variable of a function that had already returned.",
    "stack-use-after-scope": "It used a local variable after the end of its block.",
    "heap-buffer-overflow": "It went past the end of memory from new or a container.",
    "container-overflow": "It went past the end of a container.",
    "stack-buffer-overflow": "It went past the end of a local variable.",
    "global-buffer-overflow": "It went past the end of a global variable.",
    "stack-overflow": "It used up the stack: look for a function that calls itself without end.",
    "alloc-dealloc-mismatch": "It freed memory in another way than it was allocated (new[] with delete, for instance).",
    "attempting double-free": "It freed the same memory twice.",
    "attempting free on address": "It freed memory that did not come from new or malloc.",
    "SEGV on unknown address 0x000000000": "It followed a null pointer.",
    "SEGV": "It used memory that is not its own, such as a null or dangling pointer.",
    "data race": f"Two threads used the same memory at once, at least one of them writing ({DATA_RACE}).",
    "negative-size-param": "It moved or copied a negative number of bytes: was a container changed while a loop walked "
                           "over it?",
    "detected memory leaks": "It ended, and something was never destroyed (a leak).",
}

_REPORT = re.compile(r"(?:ERROR|WARNING): (?:Address|Thread|Leak|Memory)Sanitizer:? (.*)")
_UNDEFINED = re.compile(r"^(?P<file>[^\s:][^:]*):(?P<line>\d+):\d+: runtime error: (?P<what>.*)")
FRAME = re.compile(r"^\s*#\d+ (?:0x[0-9a-f]+ )?in (?P<what>.*?) (?P<file>/?[^\s:]+):(?P<line>\d+)(?::\d+)?\s*$")
_SECTIONS = (("freed by", "freed: "), ("previously allocated", "allocated: "), ("allocated by", "allocated: "),
             ("leak of", "allocated: "), ("Previous ", "and before: "))
NOT_OURS = ("/usr/", "/lib/", "compiler-rt", "libsanitizer", "/doctest")
_FRAMES_EACH = 2


@dataclass
class Fault:
    """Why the program died, in words, and where in the learner's file. cause is "" when nothing is known."""

    cause: str = ""
    frames: list = field(default_factory=list)
    is_leak: bool = False


def of_signal(number: int) -> str:
    """What a death by this signal means."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return SIGNALS.get(name, f"It was stopped by {name}.")


def scrub(text: str) -> str:
    """The text without what differs from run to run: addresses become 0x..., process numbers vanish."""
    text = re.sub(r"==\d+==", "", text)
    return re.sub(r"\b0x[0-9a-fA-F]{6,16}\b", "0x...", text)


def of_stderr(text: str, source_name: str) -> Fault:
    """The first sanitizer report on stderr, or an empty fault. LeakSanitizer that could not work is no report."""
    if "LeakSanitizer has encountered a fatal error" in text:
        return Fault()
    report = _REPORT.search(text)
    undefined = next(filter(None, map(_UNDEFINED.match, text.splitlines())), None)
    if undefined and (not report or undefined.string in text[:report.start()]):
        place = f"{undefined['file'].rsplit('/', 1)[-1]}:{undefined['line']}"
        return Fault(f"Undefined behaviour: {scrub(undefined['what'])}.", [place])
    if not report:
        return Fault()
    words = next((SANITIZER[key] for key in SANITIZER if key in report[1]), f"{scrub(report[1])}.")
    return Fault(words, _frames(text[report.start():], source_name), "memory leaks" in report[1])


def _frames(text: str, source_name: str) -> list:
    """The first frames of each section that lie in the learner's file, or in ours when none does."""
    mine, ours, section = [], [], ""
    for line in text.splitlines():
        section = next((label for sign, label in _SECTIONS if sign in line), section)
        frame = FRAME.match(line)
        if not frame or any(part in frame["file"] for part in NOT_OURS):
            continue
        name = frame["file"].rsplit("/", 1)[-1]
        entry = (section, f"{section}{name}:{frame['line']} in {plain_function(frame['what'])}")
        kept = mine if name == source_name else ours
        if sum(1 for known in kept if known[0] == section) < _FRAMES_EACH and entry not in kept:
            kept.append(entry)
    return [text for _, text in (mine or ours)]


def plain_function(name: str) -> str:
    """A function's name without return type, template arguments and parameters: "Sleeper::park"."""
    name = re.sub(r"\(anonymous namespace\)::|\[abi:\w+\]| \[clone [^]]*\]| \(\.\w+\)$", "", name)
    kept, depth, place = "", 0, 0
    while place < len(name):
        sign = re.match(r"operator ?(\(\)|\[\]|<=>|->\*?|<<=?|>>=?|[<>]=?)(?=[(<])", name[place:])
        if sign and not depth:
            kept += sign[0]
            place += len(sign[0])
            continue
        character = name[place]
        depth += character in "<("
        kept += "" if depth else character
        depth -= character in ">)" and depth > 0
        place += 1
    kept = re.sub(r"::(\{lambda[^}]*\}|\$_\d+|'lambda\d*')(::operator\(\))?", "::lambda", kept)
    kept = re.sub(r"( const| volatile| &+|&+)+$", "", kept)
    operator = re.search(r"\boperator\b", kept)
    start = kept.rfind(" ", 0, operator.start() if operator else len(kept)) + 1
    return kept[start:].replace("mine::", "") or name


def plain_stderr(text: str, most: int = 8) -> list:
    """What the program itself wrote on stderr, without sanitizer reports: the last lines of it."""
    lines = []
    for line in text.splitlines():
        if _REPORT.search(line) or re.match(r"^(==\d+==|=+$|AddressSanitizer:|.*: runtime error: )", line):
            break
        if line.strip():
            lines.append(scrub(line.rstrip()))
    return lines[-most:]
