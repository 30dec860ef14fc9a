"""The watch without a terminal: what a key, a save or a result does."""

import datetime
import time

from course import build, recovery, reset, starters, testing, tracing
from course import progress as state
from course.errors import Stop
from course.manifest import ROOT
from course.watch.job import Job
from course.watch.shown import KEYS
from course.watch.view import View
from course.watch.watched import Watched


class Session:
    """One learner in front of one exercise."""

    def __init__(self, course, progress, exercise):
        self.course, self.progress, self.view = course, progress, View()
        self.job = self.question = self.chosen = None
        self.is_over, self.note = False, ""
        self._begin(exercise)
        self._find_out()

    def _begin(self, exercise) -> None:
        """Turns to an exercise and judges it."""
        self.exercise, self.watched = exercise, Watched(ROOT / exercise.path)
        self.verdict, self.made_of, self.problem, self.in_full, self.hint, self.copy = None, [], "", False, 0, ""
        self.judged = ""
        self.judge()

    def _find_out(self) -> None:
        """When the state is lost: first what may be done already, if anything but this exercise is."""
        course = self.course
        doubtful = [each for each in recovery.suspects(course, self.progress) if each is not self.exercise]
        if doubtful:
            self.give_up_work()
            self.kind, self.job = "recovery", Job(lambda: recovery.passing_ones(course, doubtful))
        else:
            self.progress.rebuilt()

    # ------------------------------------------------------------ what happens

    def judge(self) -> None:
        """Builds and tests the file as it is now. Whatever was being done is given up for it."""
        self.give_up_work()
        self.watched.take()
        course, exercise, limit = self.course, self.exercise, testing.test_limit()
        self.job = Job(lambda: testing.judged(course, exercise, "exercise", limit))
        self.kind, self.question, self.note = "judge", None, ""
        self._turn("verdict")

    def give_up_work(self) -> None:
        if self.job:
            self.job.stop()
            self.job = None

    def look(self) -> bool:
        """Judges when the file was saved since it was last taken. Whether there is anything new to show."""
        if not self.watched.is_saved():
            return False
        self.copy = ""
        self.judge()
        return True

    def receive(self) -> None:
        """Takes what the child process has found out."""
        job = self.job
        job.receive()
        if not job.done:
            return
        self.job = None
        if job.problem:
            self.problem = job.problem
            self._turn("verdict")
        elif self.kind == "trace":
            self.trace = job.result
            self._turn("trace")
        elif self.kind == "recovery":
            recovery.restore(self.progress, job.result)
            self._begin(state.current_exercise(self.course, self.progress) or self.exercise)
        else:
            self.made_of, self.verdict = job.result
            self.problem = ""
            self.judged = f"{datetime.datetime.now():%H:%M:%S}, {time.monotonic() - job.started:.1f} s"
            state.record_result(self.course, self.progress, self.exercise, self.verdict.passed)
            starters.remember(self.course, self.progress)
            self._turn(self.page)

    def key(self, key: str) -> None:
        """Does what a key stands for."""
        self.progress.reload()
        if self.question:
            self._answered(key)
        elif key == "q":
            self.is_over = True
        elif self.page == "list" and key in ("up", "down", "enter"):
            self._choose(key)
        elif self.page == "list" and key in KEYS and key != "l":
            pass  # they are about the exercise that is watched, and not about the one that is chosen here
        elif self.view.scroll(key):
            pass
        elif key in ("escape", "enter", "backspace"):
            self._turn("verdict")
        elif key in KEYS:
            self.note = ""
            getattr(self, f"_{KEYS[key]}")()

    # ------------------------------------------------------------ keys

    def _hint(self) -> None:
        """The hint that was read last; on its page, the next one; behind the last one, the solution."""
        seen, ladder = self.progress.hints_seen(self.exercise), self.exercise.hints
        if ladder and self.page == "hint" and seen == len(ladder):
            return self._give_up()
        self.hint = min(len(ladder), seen + 1 if self.page == "hint" else max(1, seen))
        self.progress.record_hints(self.exercise, max(seen, self.hint))
        self._turn("hint")

    def _give_up(self) -> None:
        if self.may_see_the_solution():
            return self._turn("solution")
        self._ask("Give up and read the solution? y/n", self._given_up)

    def _given_up(self) -> None:
        self.progress.record_given_up(self.exercise)
        self._turn("solution")

    def _next(self) -> None:
        if not (self.verdict and self.verdict.passed) and not self.progress.is_done(self.exercise):
            self.note = "This one does not pass yet. l: the list, to go elsewhere"
            return
        upcoming = state.next_exercise(self.course, self.progress, self.exercise)
        if upcoming is None:
            self.note = "Every exercise is done. l: the list"
            return
        self._go(upcoming)

    def _list(self) -> None:
        if self.page == "list":
            return self._turn("verdict")
        self.chosen = self.exercise
        self._turn("list")

    def _choose(self, key: str) -> None:
        every = self.course.exercises
        if key == "enter":
            return self._go(self.chosen)
        step = -1 if key == "up" else 1
        self.chosen = every[max(0, min(len(every) - 1, every.index(self.chosen) + step))]
        self.must_reveal = True

    def _rerun(self) -> None:
        self.judge()

    def _diff(self) -> None:
        if self.may_see_the_solution():
            return self._turn("verdict" if self.page == "diff" else "diff")
        self.note = "d is for later: when it passes, or when you have given up (h)"

    def _reset(self) -> None:
        if starters.is_starter(self.exercise):
            self.note = "It is the starter already"
            return
        self._ask("Back to the starter? Your file is copied first. y/n", self._reset_now)

    def _reset_now(self) -> None:
        try:
            copy = reset.reset(self.exercise, self.progress)
        except (Stop, OSError) as problem:
            self.problem = str(problem)
            return self._turn("verdict")
        self.progress.go_to(self.exercise)
        self.judge()
        self.copy = copy

    def _trace(self) -> None:
        case = self.failing()
        if self.job:
            self.note = "Wait for the verdict, then t"
        elif case is None:
            self.note = "t shows the run of a test that fails, and none does"
        else:
            binary, limit = build.folder() / self.exercise.output(), testing.test_limit()
            self.kind, self.job = "trace", Job(lambda: tracing.record(binary, case, limit))

    def _all(self) -> None:
        self.in_full = not self.in_full
        self._turn("verdict")

    # ------------------------------------------------------------ helpers

    def _go(self, exercise) -> None:
        self.progress.go_to(exercise)
        self._begin(exercise)

    def failing(self):
        """The name of the first test that fails; None when there is none."""
        cases = self.verdict.cases if self.verdict and self.verdict.kind != "does_not_compile" else []
        return next((case.name for case in cases if case.passed is not True), None)

    def may_see_the_solution(self) -> bool:
        return self.progress.is_done(self.exercise) or self.progress.has_given_up(self.exercise)

    def _ask(self, question: str, agreed) -> None:
        self.question = (question, agreed)

    def _answered(self, key: str) -> None:
        agreed = self.question[1]
        self.question = None
        if key == "y":
            agreed()

    def _turn(self, page: str) -> None:
        """Shows a page from its top."""
        self.page, self.view.top, self.must_reveal = page, 0, page == "list"
