"""The learner's rows: from a save to the verdict, from a fresh clone to the first output, a full build with all tests."""

import io
import tempfile
import time

import children
import machine
import measure as measuring
import programs
import save_to_verdict
from course import manifest

LONGEST = 1800  # seconds
SMALL = "countdown"


class Learner:
    """Measures in copies of the repository, so that nothing of yours changes. Made for a `with` block."""

    def __init__(self, root=programs.ROOT):
        self._root, self._course = root, manifest.load(root)
        self._folder, self._warm, self._plain = tempfile.TemporaryDirectory(prefix="kettle-bench-"), None, False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def measure(self, row_id: str, runs: int) -> measuring.Samples:
        """Seconds. The long ones are measured once."""
        measures = {"save-to-verdict": lambda: self._saves(self.small(), runs, plain=False),
                    "save-to-verdict-largest": lambda: self._saves(self.largest(), runs, plain=False),
                    "save-to-verdict-plain": lambda: self._saves(self.small(), runs, plain=True),
                    "save-to-verdict-largest-plain": lambda: self._saves(self.largest(), runs, plain=True),
                    "clone-to-output": lambda: [self._timed("--yes")],
                    "full-build": lambda: [self._timed("selftest", "--yes")]}
        samples, watch = measuring.Samples(), machine.Watch()
        try:
            samples.values = measures[row_id]()
            samples.others = [watch.others()] * len(samples.values)
            samples.extra = [None] * len(samples.values)
        except RuntimeError as error:
            samples.failure = str(error)
        return samples

    def small(self):
        """The exercise `countdown`."""
        return next(exercise for exercise in self._course.exercises if exercise.id == SMALL)

    def largest(self):
        """The exercise whose solution has the most lines."""
        return max(self._course.exercises, key=lambda exercise: len(
            (self._root / "solutions" / exercise.lesson / exercise.file).read_text(encoding="utf-8").splitlines()))

    def _copy(self):
        """A fresh clone."""
        return save_to_verdict.copy_repository(self._root, tempfile.mkdtemp(dir=self._folder.name))

    def _saves(self, exercise, runs: int, plain: bool) -> list:
        out = io.StringIO()
        if self._warm is None:
            self._warm = self._copy()
            self._learn(self._warm, save_to_verdict.JUDGED, "test", exercise.full_id)  # configures, builds the runtime
        if plain != self._plain:
            done = children.run(["cmake", f"-DKETTLE_HAS_ADDRESS_SANITIZER={'OFF' if plain else 'ON'}", "build/default"],
                                LONGEST, cwd=self._warm)
            if done.status != 0:
                raise RuntimeError(done.last_words)
            self._plain = plain
        times = save_to_verdict.measure(self._warm, exercise, runs, out)
        if not times:
            raise RuntimeError((out.getvalue().strip().splitlines() or ["no verdict"])[-1])
        return times

    def _learn(self, copy, expected, *words) -> float:
        begun = time.monotonic()
        done = children.run([copy / "learn", *words], LONGEST, cwd=copy, env=save_to_verdict.surroundings())
        seconds = time.monotonic() - begun
        if done.status not in expected:
            raise RuntimeError(done.last_words)
        return seconds

    def _timed(self, *words) -> float:
        return self._learn(self._copy(), (0,), *words)
