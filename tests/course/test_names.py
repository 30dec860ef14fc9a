"""A learner may shorten any name as long as it is clear."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course import manifest, names  # noqa: E402
from course.errors import Stop  # noqa: E402


def made(*entries):
    """A course from lines like "04-sleep: interval blocking"."""
    lessons = []
    for entry in entries:
        lesson, _, ids = entry.partition(": ")
        lessons.append(manifest.Lesson(lesson, "I", lesson, "", [], [
            manifest.Exercise(each, lesson, "use", each, f"{each}.hpp", 5, ()) for each in ids.split()]))
    return manifest.Course("Kettle", [], [], lessons)


COURSE = made("01-future: countdown finished interleave", "03-task: task dangling port",
              "04-sleep: timer_queue blocking interval", "05-spawn: executor dropped fan_out")


class Found(unittest.TestCase):
    def test_a_lesson_by_any_of_its_names(self):
        for text in ("4", "04", "sleep", "04-sleep", "sl", "04-s", "SLEEP", "lessons/04-sleep/", "exercises/04-sleep",
                     "lessons/04-sleep/README.md", "./lessons/04-sleep/main.cpp"):
            with self.subTest(text):
                self.assertEqual(names.lesson(COURSE, text).id, "04-sleep")
                self.assertEqual(names.either(COURSE, text).id, "04-sleep")

    def test_an_exercise_by_any_of_its_names(self):
        for text in ("04-sleep/interval", "sleep/int", "4/interval", "interval", "interv", "interval.hpp",
                     "exercises/04-sleep/interval.hpp", "./exercises/04-sleep/interval.hpp", "04/interval"):
            with self.subTest(text):
                self.assertEqual(names.exercise(COURSE, text).full_id, "04-sleep/interval")
                self.assertEqual(names.either(COURSE, text).full_id, "04-sleep/interval")

    def test_a_lesson_wins_where_both_fit_exactly(self):
        self.assertEqual(names.either(COURSE, "task").id, "03-task")
        self.assertEqual(names.exercise(COURSE, "task").full_id, "03-task/task")
        self.assertEqual(names.lesson(COURSE, "task").id, "03-task")

    def test_an_exact_name_wins_over_a_longer_one(self):
        course = made("01-a: retry retry_limit")
        self.assertEqual(names.exercise(course, "retry").id, "retry")


class Refused(unittest.TestCase):
    def refused(self, words, function, text):
        with self.assertRaises(Stop) as caught:
            function(COURSE, text)
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_an_ambiguous_name_lists_its_candidates(self):
        self.refused(["01-future/interleave", "04-sleep/interval"], names.either, "inter")
        self.refused(["04-sleep", "05-spawn"], names.lesson, "s")

    def test_an_unknown_name_lists_the_nearest(self):
        self.refused(["Did you mean", "04-sleep/interval"], names.either, "intervall")
        self.refused(["04-sleep"], names.lesson, "slep")
        self.refused(["04-sleep/interval"], names.exercise, "sleep/intervel")

    def test_nothing_near_at_all(self):
        for text in ("zzzzzz", "nonsense", "", "/", "99", "sleep/zzz"):
            with self.subTest(text):
                self.refused(["There is no lesson or exercise"], names.either, text)

    def test_a_lesson_where_an_exercise_is_wanted(self):
        self.refused(["04-sleep/timer_queue", "04-sleep/blocking", "04-sleep/interval"], names.exercise, "4")

    def test_an_exercise_where_a_lesson_is_wanted(self):
        self.refused(["is an exercise", "04-sleep"], names.lesson, "interval")


if __name__ == "__main__":
    unittest.main()
