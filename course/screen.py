"""Everything about putting text on a screen: colour, width, and marks where the locale has no room for them."""

import codecs
import os
import shutil
import sys
import textwrap

PASS, FAIL, TODO, ARROW = "\u2713", "\u2717", "\u00b7", "\u2192"
_ASCII = {PASS: "+", FAIL: "x", TODO: ".", ARROW: "->", "\u2026": "...", "\u2018": "'", "\u2019": "'"}
_CODES = {"green": "32", "red": "31", "yellow": "33", "bold": "1", "dim": "2"}


def _replace(error):
    """Codec error handler: a mark that the encoding lacks becomes its ASCII twin, anything else a question mark."""
    text = error.object[error.start:error.end]
    return "".join(_ASCII.get(character, "?") for character in text), error.end


def prepare() -> None:
    """Makes printing safe in any locale. Called once, first thing."""
    codecs.register_error("kettle", _replace)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="kettle")


def is_terminal(stream=None) -> bool:
    """Whether somebody looks at that stream (stdout when none is named)."""
    stream = stream or sys.stdout
    return stream is not None and stream.isatty()


def wants_colour() -> bool:
    """Colour only on a terminal that can, and never against NO_COLOR (https://no-color.org)."""
    return is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def can_ask() -> bool:
    """Whether there is somebody who can answer a question."""
    return is_terminal() and sys.stdin is not None and sys.stdin.isatty()


def agreed(question: str, by_default: bool) -> bool:
    """Asks a yes-or-no question. No answer at all is a no."""
    try:
        answer = input(question).strip().lower()
    except EOFError:
        return False
    return by_default if not answer else answer in ("y", "yes")


def width() -> int:
    """Columns to use: the terminal's, but never more than reads well."""
    return max(40, min(100, shutil.get_terminal_size((80, 24)).columns))


def passing(words: str) -> None:
    """Shows what is being done, in a line that the next words replace; "" takes it away. Only for a terminal."""
    if listener is not None:
        listener(words)
    elif is_terminal(sys.stderr):
        print(f"\r\033[K{words[:width() - 1]}", end="", file=sys.stderr, flush=True)


listener = None  # who gets the passing words instead of the terminal: the watch, which draws its own screen


def painted(text: str, style: str, colour: bool) -> str:
    """The text in a colour or weight, when colour is wanted."""
    return f"\033[{_CODES[style]}m{text}\033[0m" if colour and text else text


def wrapped(text: str, columns: int, first: str = "", rest: str = "") -> str:
    """The text broken at `columns`; the first line begins with `first`, every other one with `rest`.

    Line breaks in the text are kept, because a message may be a small table or a chain of waits.
    """
    lines, lead = [], first
    for line in text.splitlines() or [""]:
        own = line[:len(line) - len(line.lstrip())]
        lines += textwrap.wrap(line, columns, initial_indent=lead, subsequent_indent=rest + own,
                               break_long_words=False, break_on_hyphens=False, drop_whitespace=True) or [lead.rstrip()]
        lead = rest
    return "\n".join(lines)


def cut(text: str, columns: int) -> str:
    """The text, or its beginning and an ellipsis where it does not fit."""
    return text if len(text) <= columns else text[:columns - 1].rstrip() + "\u2026"


def _paragraphs(text: str) -> str:
    """The text wrapped to the screen. Indented lines are commands or quotations and stay whole, to be copied."""
    return "\n".join(line if line.startswith("  ") else wrapped(line, width()) for line in text.splitlines() or [""])


def say(text: str = "") -> None:
    """Prints text."""
    print(_paragraphs(text))


def warn(text: str) -> None:
    """Prints text on stderr."""
    if listener is not None:
        listener(text)
    else:
        print(_paragraphs(text), file=sys.stderr)
