"""What was typed, by name: "h", "enter", "up". Sequences that are not known are nothing."""

import re

_NAMED = {"\r": "enter", "\n": "enter", "\033[A": "up", "\033[B": "down", "\033OA": "up", "\033OB": "down",
          "\033[5~": "page-up", "\033[6~": "page-down", " ": "page-down", "\033[H": "home", "\033[F": "end",
          "\033[1~": "home", "\033[4~": "end", "\033": "escape", "\x7f": "page-up", "b": "page-up",
          "k": "up", "j": "down", "\x04": "q"}
_SEQUENCE = re.compile(r"\033\[[0-9;?]*[ -/]*[@-~]|\033O.|.", re.DOTALL)


def named(typed: bytes) -> list:
    """The keys in what came from the terminal."""
    found = _SEQUENCE.findall(typed.decode("utf-8", errors="replace"))
    keys = [_NAMED.get(each, each.lower()) for each in found]
    return [key for key in keys if key in _NAMED.values() or (len(key) == 1 and key.isprintable())]
