"""Lays a verdict out as text.

The same verdict always gives the same text: no durations unless asked for, no addresses, no folders outside the
repository. Golden files under tests/exercises hold what this module writes.
"""

import re

from course.faults import scrub
from course.manifest import ROOT
from course.screen import ARROW, FAIL, PASS, painted, wrapped

_INDENT = " " * 4
_LABEL = 10          # columns of "happened  "
_FIRST_STEPS, _LAST_STEPS = 6, 10
_MOST_FAILURES = 3
_MOST_OUTPUT_LINES = 15


def text(verdict, *, colour: bool, width: int, timing: bool) -> str:
    """The whole text, ending in one line break."""
    return "\n".join(_Page(verdict, colour, width, timing).lines()) + "\n"


def focused(verdict, *, colour: bool, width: int, timing: bool) -> str:
    """The same for somebody who mends one thing at a time: the first failure in full, the rest by name."""
    return "\n".join(_Focus(verdict, colour, width, timing).lines()) + "\n"


def clean(line: str) -> str:
    """A line without what is different on another machine or in another run, and without control characters."""
    line = scrub(line.replace(f"{ROOT}/", ""))
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "?", line.expandtabs(4))


class _Page:
    """Collects the lines of one verdict."""

    advice_first = False

    def __init__(self, verdict, colour, width, timing):
        self.verdict, self.colour, self.width, self.timing = verdict, colour, width, timing

    def paint(self, words: str, style: str) -> str:
        return painted(words, style, self.colour)

    def field(self, label: str, words: str) -> str:
        """One labelled text with a hanging indent."""
        rest = _INDENT + " " * _LABEL
        block = wrapped("\n".join(map(clean, words.splitlines())), self.width, rest, rest)
        return _INDENT + self.paint(label.ljust(_LABEL), "dim") + block[len(rest):]

    def plain(self, words: str) -> str:
        return wrapped(clean(words), self.width)

    def lines(self) -> list:
        kind = self.verdict.kind
        if kind == "missing":
            return [self.headline(f"{self.verdict.source} is not there."), *self.restore()]
        if kind == "empty":
            return [self.headline(f"{self.verdict.source} is empty."), *self.restore()]
        if kind == "does_not_compile":
            return self.compile_error()
        lines = [self.mark(case) for case in self.verdict.cases if case.passed]
        lines += self.failed()
        lines += self.stop() if kind in ("hung", "crashed", "ended_early") else []
        return self.framed(lines)

    def framed(self, lines: list) -> list:
        """The tests, with what else is to be said about the run behind them."""
        lines += self.printed()
        if self.verdict.warning:
            lines += ["", "The compiler warned:", *("  " + clean(line) for line in self.verdict.warning)]
        if self.verdict.advice:
            lines = [*self.advice(), "", *lines] if self.advice_first else [*lines, "", *self.advice()]
        return lines + ["", self.summary()]

    def failed(self) -> list:
        """The failed tests. Those that fail in the same way follow the first of them, by name only."""
        failed, lines = [case for case in self.verdict.cases if case.passed is False], []
        while failed:
            first = failed.pop(0)
            same = [case for case in failed if case.failures and case.failures == first.failures]
            failed = [case for case in failed if case not in same]
            lines += [self.mark(first), *self.failures(first), *(self.mark(case, ": the same") for case in same)]
        return lines

    def mark(self, case, more: str = "") -> str:
        sign = self.paint(PASS, "green") if case.passed else self.paint(FAIL, "red")
        name = wrapped(clean(case.name) + more, self.width, "  ", "  ")[2:]
        return f"{sign} {name if case.passed else self.paint(name, 'bold')}"

    def headline(self, words: str) -> str:
        return self.paint(self.plain(words), "bold")

    def restore(self) -> list:
        return [self.plain("Get the starter back with:"), f"  ./learn reset {self.verdict.source}"]

    def failures(self, case) -> list:
        lines = []
        for number, failure in enumerate(case.failures[:_MOST_FAILURES]):
            lines += [""] if number else []
            lines += [self.field("expected", failure.expected)] if failure.expected else []
            lines += [self.field("happened", failure.happened)] if failure.happened else []
            if number == 0:
                lines += self.steps(case)
            lines += [self.field("rule", failure.rule)] if failure.rule else []
            lines += [self.field("read", failure.read)] if failure.read else []
        more = len(case.failures) - _MOST_FAILURES
        if more > 0:
            lines += [_INDENT + f"... and {more} more in this test."]
        return lines or [self.field("happened", "This test failed without saying how.")]

    def steps(self, case) -> list:
        """The steps, numbered: all of a few, else the first and the last. After a hang the last ones are chance."""
        steps, hung = case.steps, self.verdict.kind == "hung"
        numbered = list(enumerate(steps, 1))
        if len(steps) > _FIRST_STEPS + _LAST_STEPS:
            gap = "... and on and on" if hung else f"... {len(steps) - _FIRST_STEPS - _LAST_STEPS} more ..."
            numbered = numbered[:_FIRST_STEPS] + [(0, gap)] + ([] if hung else numbered[-_LAST_STEPS:])
        lines = []
        for place, (number, step) in enumerate(numbered):
            lines.append(self.field("" if place else "steps", f"{number}. {step}" if number else step))
        return lines

    def stop(self) -> list:
        """Where it hung, crashed or left, and what is known about it."""
        verdict, case = self.verdict, self.verdict.stopped_in
        lines = [self.mark(case)] if case else []
        where = "" if case else " " + ("after the last test" if verdict.cases else "before the first test")
        if verdict.kind == "hung":
            limit = f" within {verdict.limit:g} seconds" if self.timing else " in time"
            lines.append(self.field("hung", f"It did not end{limit}{where} and was stopped."))
        elif verdict.kind == "crashed":
            lines.append(self.field("crashed", verdict.cause if case else f"{verdict.cause[:-1]},{where}."))
        else:
            lines.append(self.field("left", f"The program ended by itself{where or ' in the middle of this test'}. "
                                            f"{verdict.cause}"))
        for place, frame in enumerate(verdict.frames):
            lines.append(self.field("" if place else "where", frame))
        if not case:
            return lines
        lines += self.steps(case)
        for failure in case.failures:
            lines += [self.field("happened", failure.happened)] if failure.happened else []
        lines += [self.field("rule", case.rule)] if case.rule else []
        lines += [self.field("read", case.read)] if case.read else []
        return lines

    def printed(self) -> list:
        """What the program wrote on stdout and stderr, capped."""
        lines = []
        for title, written in (("It printed:", self.verdict.output.splitlines()),
                               ("It said on stderr:", self.verdict.errors)):
            if any(line.strip() for line in written):
                lines += ["", title, *("  " + clean(line)[:self.width - 2] for line in written[:_MOST_OUTPUT_LINES])]
                lines += ["  ... and more"] if len(written) > _MOST_OUTPUT_LINES else []
        return lines

    def compile_error(self) -> list:
        verdict = self.verdict
        lines = [self.headline("It does not compile yet. The first error:")]
        lines += [self.plain(verdict.cause)] if verdict.cause else []
        lines.append("")
        said = [*("  " + clean(line) for line in verdict.diagnostics), ""]
        advice = [*self.advice(), ""] if verdict.advice else []
        lines += [*advice, *said] if self.advice_first else [*said, *advice]
        if verdict.more_errors:
            count = "1 more error follows" if verdict.more_errors == 1 else f"{verdict.more_errors} more errors follow"
            lines.append(self.plain(f"{count}; they are often gone when the first one is mended."))
        if verdict.log:
            lines.append(f"Everything the compiler said: {verdict.log}")
        return lines if lines[-1] else lines[:-1]

    def advice(self) -> list:
        """What the mistake looks like, and what to do about it."""
        words = wrapped(clean(self.verdict.advice), self.width, f"{ARROW} ", "  ")
        return [self.paint(line, "yellow") for line in words.split("\n")]

    def summary(self) -> str:
        verdict = self.verdict
        total = max(verdict.planned or 0, len(verdict.cases))
        passed = sum(1 for case in verdict.cases if case.passed)
        if verdict.passed:
            words = self.paint("The test passes." if total == 1 else f"All {total} tests pass.", "green")
        elif total == 0:
            words = "No test was reached."
        elif verdict.stopped_in and verdict.planned is None:
            words = f"{passed} test{'' if passed == 1 else 's'} passed before that."
        else:
            words = f"{passed} of {total} tests pass{'es' if passed == 1 else ''}"
            words += ", but not the program as a whole." if passed == total else "."
        if verdict.unreached and verdict.cases:
            words += " The last one was not run." if verdict.unreached == 1 else (
                f" The other {verdict.unreached} were not run.")
        return words + (f" ({verdict.seconds:.1f} s)" if self.timing else "")


class _Focus(_Page):
    """A page on which the passed tests are a number, and the failures behind the first one are names.

    Advice comes first: on a small terminal, what follows a long failure is not seen.
    """

    advice_first = True

    def lines(self) -> list:
        verdict = self.verdict
        passed = sum(1 for case in verdict.cases if case.passed)
        if verdict.passed:
            return self.framed([])[1:]
        if verdict.kind not in ("failed", "hung", "crashed", "ended_early") or len(verdict.cases) < 2:
            return super().lines()
        first = next((case for case in verdict.cases if case.passed is False), None)
        lines = [f"{self.paint(PASS, 'green')} {passed} test{'' if passed == 1 else 's'} pass{'es' if passed == 1 else ''}"]
        lines = lines if passed else []
        if verdict.stopped_in or first is None:
            lines += self.stop()
        else:
            lines += [self.mark(first), *self.failures(first)]
        lines += [self.mark(case) for case in verdict.cases if case.passed is False and case is not (
            None if verdict.stopped_in else first)]
        return self.framed(lines)
