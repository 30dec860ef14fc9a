"""The learner's state survives everything, and is never trusted."""

import io
import subprocess
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course import manifest, progress  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]

COURSE = manifest.Course("Kettle", [], [], [
    manifest.Lesson("01-a", "I", "A", "", [], [manifest.Exercise("one", "01-a", "use", "One", "one.hpp", 5, ("x", "y")),
                                               manifest.Exercise("two", "01-a", "use", "Two", "two.hpp", 5, ())]),
    manifest.Lesson("02-b", "I", "B", "", [], [manifest.Exercise("three", "02-b", "use", "Three", "three.hpp", 7, ())])])
ONE, TWO, THREE = COURSE.exercises


class State(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name) / ".learn"

    def load(self):
        return progress.Progress(self.folder)

    def test_it_is_remembered(self):
        state = self.load()
        state.record(ONE, True)
        state.record_hints(TWO, 3)
        self.assertTrue(self.load().is_done(ONE))
        self.assertFalse(self.load().is_done(TWO))
        state.record(ONE, False)
        self.assertFalse(self.load().is_done(ONE))
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["lock", "progress.json"])

    def test_two_at_once_do_not_lose_each_others_work(self):
        first, second = self.load(), self.load()
        first.record(ONE, True)
        second.record(TWO, True)
        self.assertTrue(self.load().is_done(ONE) and self.load().is_done(TWO))

    def test_four_processes_at_once_lose_nothing(self):
        code = (f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
                "from course.progress import Progress\nfrom types import SimpleNamespace\n"
                "for n in range(20): Progress(sys.argv[1]).record(SimpleNamespace(full_id=f'{sys.argv[2]}/{n}'), True)\n")
        self.folder.mkdir()
        others = [subprocess.Popen([sys.executable, "-c", code, str(self.folder), str(number)]) for number in range(4)]
        self.assertEqual([other.wait(timeout=120) for other in others], [0] * 4)
        self.assertEqual(len(self.load().entries), 80)

    def test_damaged_state_counts_as_none(self):
        self.folder.mkdir()
        for text in ("", "{", "[]", "null", '{"exercises": 3}', '{"exercises": {"01-a/one": true}}',
                     '{"exercises": {"01-a/one": {"done": "yes", "hints": "many"}}}', "\xff\xfe"):
            with self.subTest(text):
                (self.folder / "progress.json").write_bytes(text.encode("latin-1"))
                state = self.load()
                self.assertFalse(state.is_done(ONE))
                self.assertEqual(state.hints_seen(ONE), 0)
                state.record(ONE, True)
                self.assertTrue(self.load().is_done(ONE))

    def test_hints_are_never_more_than_there_are(self):
        self.load().record_hints(ONE, 9)
        self.assertEqual(self.load().hints_seen(ONE), 2)

    def test_where_the_learner_stands(self):
        state = self.load()
        self.assertIs(progress.next_exercise(COURSE, state), ONE)
        self.assertIs(progress.next_exercise(COURSE, state, TWO), THREE)  # left behind for now
        state.record(TWO, True)
        self.assertIs(progress.next_exercise(COURSE, state, TWO), ONE)  # what is left of a lesson, then the next one
        state.record(THREE, True)
        self.assertIs(progress.next_exercise(COURSE, state, THREE), ONE)
        self.assertEqual(progress.current_lesson(COURSE, state).id, "01-a")
        state.record(ONE, True)
        self.assertIsNone(progress.next_exercise(COURSE, state))
        self.assertEqual(progress.current_lesson(COURSE, state).id, "02-b")
        self.assertEqual(progress.points(COURSE.exercises, state), 17)

    def test_a_folder_that_cannot_be_written_is_no_disaster(self):
        self.folder.write_text("a file where the folder should be", encoding="utf-8")
        with unittest.mock.patch("sys.stderr", new_callable=io.StringIO) as stderr:
            self.load().record(ONE, True)
        self.assertIn("could not be saved", stderr.getvalue())


if __name__ == "__main__":
    unittest.main()
