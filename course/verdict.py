"""Judges one test program: runs it, reads what it recorded, says which of a few things happened.

    verdict = run_test(binary, limit=10, source=Path("exercises/04-sleep/interval.hpp"))
    print(render(verdict))

The rule that matters most: without a "finish" record, and an exit status that agrees with it, it is never a pass.
"""

import os
import shutil
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Optional

from course import faults, leaks, process, records
from course.errors import Stop
from course.manifest import ROOT
from course.records import Case, Failure  # noqa: F401  part of this module's interface

KINDS = ("passed", "failed", "hung", "crashed", "ended_early", "does_not_compile", "empty", "missing")
_QUIET = "--reporters=none"  # doctest's own report would be mixed with what the learner prints


@dataclass
class Verdict:
    """What happened. Text fields are ready to be shown; course/render.py lays them out."""

    kind: str
    cases: list = field(default_factory=list)
    planned: Optional[int] = None      # how many tests the program announced, if it did
    source: str = ""                   # the learner's file, relative to the repository
    cause: str = ""                    # why it crashed or ended, in words
    frames: list = field(default_factory=list)   # where in the learner's file, nearest first
    output: str = ""                   # what it printed
    errors: list = field(default_factory=list)   # what it printed on stderr, sanitizer reports left out
    warning: list = field(default_factory=list)  # the compiler's first warning about the learner's file, line by line
    diagnostics: list = field(default_factory=list)  # the compiler's first error, line by line
    more_errors: int = 0
    advice: str = ""                   # one line about the mistake that the error, the warning or the file looks like
    log: str = ""                      # where the compiler's whole output is
    limit: float = 0.0
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return self.kind == "passed"

    @property
    def stopped_in(self) -> Optional[Case]:
        """The test in which it hung, crashed or left; None when that was before the first or after the last."""
        return self.cases[-1] if self.cases and self.cases[-1].passed is None else None

    @property
    def unreached(self) -> int:
        """How many announced tests did not begin."""
        return max(0, (self.planned or 0) - len(self.cases))

    def as_json(self) -> dict:
        """A plain dictionary of every field."""
        return asdict(self)


def shown(source: Optional[Path]) -> str:
    """A file's name as the learner knows it: relative to the repository when it is inside."""
    if source is None:
        return ""
    try:
        return Path(source).resolve().relative_to(ROOT).as_posix()
    except ValueError:
        return Path(source).name


def without_source(source: Path) -> Optional[Verdict]:
    """The verdict on a file that is not there or has nothing in it; None when there is something to judge."""
    try:
        text = Path(source).read_bytes()
    except OSError:
        return Verdict("missing", source=shown(source))
    return None if text.strip() else Verdict("empty", source=shown(source))


def sanitizer_options() -> dict:
    """How the sanitizers shall report. Debian's clang comes without llvm-symbolizer: binutils' addr2line will do."""
    lines = shutil.which("addr2line")
    symbols = f":external_symbolizer_path={lines}" if lines and not shutil.which("llvm-symbolizer") else ""
    return {"ASAN_OPTIONS": f"detect_stack_use_after_return=1:color=never{symbols}",
            "UBSAN_OPTIONS": f"halt_on_error=1:print_stacktrace=1:color=never{symbols}",
            "TSAN_OPTIONS": f"halt_on_error=1:color=never{symbols}"}


def run_test(binary: Path, *, limit: float, env: Optional[dict] = None, source: Optional[Path] = None) -> Verdict:
    """Runs a test program for at most `limit` seconds and judges it. `env` adds to the environment."""
    if source is not None:
        nothing = without_source(source)
        if nothing:
            return nothing
    with tempfile.TemporaryDirectory(prefix="kettle-") as folder:
        record_file = os.path.join(folder, "verdict.jsonl")
        surroundings = {**sanitizer_options(), **os.environ, **(env or {}), "KETTLE_VERDICT_FILE": record_file}
        try:
            ended = process.run([str(Path(binary).absolute()), _QUIET], limit, surroundings)
        except OSError as error:
            raise Stop(f"The test program {shown(binary)} cannot be started: {error.strerror}.") from error
        recorded = records.read(record_file)
    verdict = _judge(ended, recorded, source)
    verdict.cases, verdict.planned = recorded.cases, recorded.planned
    verdict.source, verdict.limit, verdict.seconds = shown(source), limit, ended.seconds
    verdict.output = ended.stdout
    verdict.errors = faults.plain_stderr(ended.stderr)
    return verdict


def _judge(ended: process.Ended, recorded: records.Records, source: Optional[Path]) -> Verdict:
    """The kind of verdict, with its cause."""
    if ended.stopped == "time":
        return Verdict("hung")
    if ended.stopped == "memory":
        return Verdict("crashed", cause="It took more than 2 GB of memory and was stopped.")
    fault = faults.of_stderr(ended.stderr, Path(source).name if source else "")
    failed = any(case.passed is False for case in recorded.cases)
    complete = recorded.finish is not None and all(case.passed is not None for case in recorded.cases)
    if complete and failed and fault.is_leak:
        return Verdict("failed")  # a test that fails often leaves things lying about: one matter at a time
    if fault.is_leak and source:
        fault.frames = leaks.of_file(ended.stderr, source) or fault.frames
    if fault.cause or ended.status < 0:
        return Verdict("crashed", cause=fault.cause or faults.of_signal(-ended.status), frames=fault.frames)
    if not complete:
        return Verdict("ended_early", cause=f"It left with exit status {ended.status}.")
    if failed:
        return Verdict("failed")
    if ended.status != 0:
        return Verdict("ended_early", cause=f"Every test passed, but then it left with exit status {ended.status}.")
    if not recorded.cases or len(recorded.cases) != recorded.finish.get("passed"):
        return Verdict("ended_early", cause="Not every test was run.")
    return Verdict("passed")


def render(verdict: Verdict, *, colour: bool = False, width: int = 80, timing: bool = False) -> str:
    """The verdict as text that is the same every time: see course/render.py."""
    from course.render import text
    return text(verdict, colour=colour, width=width, timing=timing)
