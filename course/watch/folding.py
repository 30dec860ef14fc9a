"""Breaks lines at the terminal's width. Colours cost no columns, and go on in the next line."""

import re
import unicodedata

_PIECES = re.compile(r"\033\[[0-9;]*m|.", re.DOTALL)
_RESET = "\033[0m"


def cells(character: str) -> int:
    """How many columns a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def length(line: str) -> int:
    """How many columns a line takes."""
    return sum(cells(piece) for piece in _PIECES.findall(line) if piece[0] != "\033")


def fold(line: str, columns: int) -> list:
    """The line as one or more that fit."""
    columns = max(2, columns)
    rows, current, used, style = [], "", 0, ""
    for piece in _PIECES.findall(line):
        if piece[0] == "\033":
            style = "" if piece == _RESET else style + piece
            current += piece
            continue
        size = cells(piece)
        if used + size > columns:
            rows.append(current + (_RESET if style else ""))
            current, used = style, 0
        current += piece
        used += size
    return rows + [current]


def cut(line: str, columns: int) -> str:
    """The beginning of a line, as much as fits."""
    return fold(line, columns)[0]
