"""Reads a leak report: what was never destroyed, and where it was made.

The sanitizer tells bytes and a stack. A name for the thing comes from the stack (a coroutine's frame, make_shared<Node>)
or from the line that made it (new Node).
"""

import re
from pathlib import Path

from course.faults import FRAME, NOT_OURS, plain_function

_BLOCK = re.compile(r"^(?:Direct|Indirect) leak of (?P<bytes>\d+) byte\(s\) in (?P<count>\d+) object")
_FRAME_OF_COROUTINE = re.compile(r"\ballocate_frame\b|\bTaskFrame::operator new\b|\bpromise_type::operator new\b")
_MADE = re.compile(r"\bmake_(?:shared|unique)<(?:mine::|kettle::|std::)?([\w:]+)")
_NEW = re.compile(r"\bnew\s+(?:\([^()]*\)\s*)?(?:mine::|kettle::|std::)?([A-Za-z_][\w:]*)")
_MOST = 5


def told(report: str, source: str, text: str = "") -> list:
    """Each thing that leaked, in a line. `source` is the name of the learner's file, `text` what is in it."""
    mine, others = [], []
    for size, count, frames in _blocks(report):
        ours = [frame for frame in frames if not any(part in frame[1] for part in NOT_OURS)]
        coroutine = _coroutine(ours)
        ours = ours[ours.index(coroutine) + 1:] or [coroutine] if coroutine else ours
        place = next((frame for frame in ours if frame[1] == source), ours[0] if ours else None)
        words = f"the frame of the coroutine {plain_function(coroutine[0])}" if coroutine else _thing(frames, place, source, text)
        words = (words or f"something of {size} bytes") + (f" (and {count - 1} more)" if count > 1 else "")
        line = f"{words}, made at {place[1]}:{place[2]} in {plain_function(place[0])}" if place else words
        kept = mine if place and place[1] == source else others
        if line not in kept:
            kept.append(line)
    found = mine or others
    more = len(found) - _MOST
    return found[:_MOST] + ([f"and {more} more"] if more > 0 else [])


def _blocks(report: str):
    """For each leak: bytes, how many, and its stack as (function, file, line)."""
    size = count = 0
    frames = []
    for line in [*report.splitlines(), ""]:
        begins, frame = _BLOCK.match(line), FRAME.match(line)
        if begins:
            size, count, frames = int(begins["bytes"]), int(begins["count"]), []
        elif frame and count:
            path = frame["file"]
            name = path if any(part in path for part in NOT_OURS) else path.rsplit("/", 1)[-1]
            frames.append((frame["what"], name, int(frame["line"])))
        elif not line.strip() and count:
            yield size // count, count, frames
            size = count = 0


def _coroutine(frames: list):
    """The function whose frame it is, when it is a coroutine's frame; else None."""
    made = [number for number, frame in enumerate(frames) if _FRAME_OF_COROUTINE.search(frame[0])]
    return frames[made[-1] + 1] if made and made[-1] + 1 < len(frames) else None


def _thing(frames: list, place, source: str, text: str) -> str:
    """What leaked, by name; "" when nothing tells."""
    for what, _, _ in frames:
        made = _MADE.search(what)
        if made:
            return f"a {made[1]}"
    lines = text.splitlines()
    if place and place[1] == source and place[2] <= len(lines):
        made = _NEW.search(lines[place[2] - 1])
        return f"a {made[1]}" if made else ""
    return ""


def of_file(report: str, source: Path) -> list:
    """The same, with the learner's file read from the disk."""
    try:
        text = Path(source).read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    return told(report, Path(source).name, text)
