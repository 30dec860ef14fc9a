"""Finds, in the output of a failed build, the one error that a learner should look at first.

Compilers report an error in a block: the line with "error:", the source line and its caret, then notes, perhaps led
by "In file included from". A block counts as the learner's when any of its lines names the learner's file: a wrong
signature, for instance, is an error in the test whose note points at the learner's declaration.
"""

import re
from pathlib import Path

from course import advice
from course.manifest import ROOT
from course.verdict import Verdict, shown

_ESCAPES = re.compile(r"\033\[[0-9;]*[A-Za-z]")
_ERROR = re.compile(r"^(?P<file>[^\s:][^:]*):\d+(:\d+)?: (fatal )?error: ")
_NOTE = re.compile(r"^(?P<file>[^\s:][^:]*):\d+(:\d+)?: note: ")
_LEAD = re.compile(r"^(In file included from|\s+from |[^\s:][^:]*:\d+(:\d+)?:   (required|recursively|in) )")
_CONTEXT = re.compile(r"^[^\s:][^:]*: (In|At) ")
_WARNING = re.compile(r"^[^\s:][^:]*:\d+(:\d+)?: warning: ")
_UNIMPORTANT = re.compile(r"\[-W(unused-private-field|unused-parameter|unused-variable|shadow|[a-z-]*conversion)\]")
_END = re.compile(r"^(\[\d+/\d+\]|FAILED: |ninja: |\d+ (errors?|warnings?)|compilation terminated)")
_LINK = re.compile(r"undefined reference to|undefined symbol|multiple definition|duplicate symbol")
_MOST_LINES = 14
_ELSEWHERE = ("This error is not in your file itself: perhaps your file lacks something that the test uses, "
              "or a } or ; at its end.")


def _blocks(lines: list) -> list:
    """Each error as its list of lines."""
    blocks, lead, current = [], [], None
    for line in lines:
        if _LEAD.match(line) or _CONTEXT.match(line):
            lead, current = lead + [line], None
        elif _ERROR.match(line):
            current = lead + [line]
            blocks.append(current)
            lead = []
        elif _WARNING.match(line) or _END.match(line):
            current, lead = None, []
        elif current is not None:
            current.append(line)
    return [block for block in blocks if not any("too many errors emitted" in line for line in block)]


def _shortened(block: list, source_name: str) -> list:
    """The error with its source and caret, then only the notes that lie in the learner's file."""
    kept, keep = [], False
    for line in block:
        if _ERROR.match(line):
            keep = True
        elif _LEAD.match(line) or _CONTEXT.match(line):
            keep = False
        elif note := _NOTE.match(line):
            keep = Path(note["file"]).name == source_name
        if keep:
            kept.append(line)
    return kept[:_MOST_LINES]


def first_warning(output: str, source: Path) -> list:
    """The first warning in the learner's own file that may tell why its tests fail, with its source and caret."""
    kept = []
    for line in _plain(output):
        if _WARNING.match(line) and not kept:
            if _names(line, Path(source).name) and not _UNIMPORTANT.search(line):
                kept = [line]
        elif kept:
            if not line.startswith(" "):
                break
            kept.append(line)
    return kept[:_MOST_LINES]


def _plain(output: str) -> list:
    """A compiler's output as lines without colours, and with paths as the learner knows them."""
    lines = [line.rstrip() for line in _ESCAPES.sub("", output).replace(f"{ROOT}/", "").splitlines()]
    return [re.sub(r"^(\.\./)+", "", line) for line in lines]


def compile_verdict(output: str, source: Path, log: str = "") -> Verdict:
    """The verdict on a build that failed with this output. `log` is where the learner finds all of it."""
    lines = _plain(output)
    name = Path(source).name
    blocks = _blocks(lines)
    all_mine = [block for block in blocks if any(_names(line, name) for line in block)]
    # A `return` in a coroutine is reported twice, and only the second time by its name.
    named = [block for block in all_mine if "co_return" in block[0] or any("'co_return'" in line for line in block)]
    mine = next(iter(named + all_mine), None)
    chosen = mine or (blocks[0] if blocks else None)
    cause = "" if mine else _ELSEWHERE
    if chosen:
        diagnostics, more = _shortened(chosen, name), len(blocks) - 1
    else:
        links = [line for line in lines if _LINK.search(line)]
        diagnostics, more = (links[:1], len(links) - 1) if links else (lines[-_MOST_LINES:], 0)
    return Verdict("does_not_compile", source=shown(source), diagnostics=diagnostics, more_errors=max(0, more), log=log,
                   cause=cause, advice=advice.on(diagnostics))


def _names(line: str, source_name: str) -> bool:
    """Whether a line of a compiler's output points into the file of that name."""
    return re.search(rf"(^|/|\s){re.escape(source_name)}:\d+", line) is not None
