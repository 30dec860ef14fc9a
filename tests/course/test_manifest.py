"""The manifest is read, and a mistake in it is reported with its place."""

import copy
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import fakes  # noqa: E402
from course import manifest  # noqa: E402


def load(change=lambda data: None):
    data = copy.deepcopy(fakes.COURSE)
    change(data)
    with tempfile.TemporaryDirectory() as root:
        (Path(root) / "course").mkdir()
        (Path(root) / "course" / "course.json").write_text(json.dumps(data), encoding="utf-8")
        return manifest.load(Path(root))


class Reading(unittest.TestCase):
    def test_the_real_manifest_is_valid(self):
        course = manifest.load()
        self.assertGreater(len(course.lessons), 0)
        self.assertEqual([lesson.number for lesson in course.lessons],
                         sorted(lesson.number for lesson in course.lessons))

    def test_names_targets_and_places(self):
        course = load()
        lesson = course.lessons[1]
        exercise = lesson.exercises[0]
        self.assertEqual((lesson.id, lesson.number, lesson.name, lesson.part), ("04-sleep", 4, "sleep", "I"))
        self.assertEqual((lesson.target, lesson.output), ("lesson-04-sleep", "lessons/04-sleep"))
        self.assertEqual((exercise.id, exercise.full_id, exercise.lesson), ("interval", "04-sleep/interval", "04-sleep"))
        self.assertEqual(exercise.path, "exercises/04-sleep/interval.hpp")
        self.assertEqual([exercise.target(flavour) for flavour in manifest.FLAVOURS],
                         ["exercise-04-sleep-interval", "solution-04-sleep-interval", "proofs-04-sleep-interval"])
        self.assertEqual([exercise.output(flavour) for flavour in manifest.FLAVOURS],
                         [f"{folder}/04-sleep/interval" for folder in ("exercises", "solutions", "proofs")])
        with self.assertRaises(ValueError):
            exercise.target("other")

    def test_all_exercises_come_in_order(self):
        self.assertEqual([each.id for each in load().exercises], ["countdown", "interleave", "interval"])


class Mistakes(unittest.TestCase):
    def refused(self, words, change):
        with self.assertRaises(manifest.ManifestError) as caught:
            load(change)
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_a_missing_field(self):
        self.refused(["lesson 1", '"title"', "missing"], lambda data: data["lessons"][0].pop("title"))

    def test_a_missing_field_of_an_exercise(self):
        self.refused(["lesson 2", "exercise 1", '"points"', "missing"],
                     lambda data: data["lessons"][1]["exercises"][0].pop("points"))

    def test_a_wrong_type(self):
        self.refused(['"points"', "int", "'ten'"],
                     lambda data: data["lessons"][0]["exercises"][0].update(points="ten"))

    def test_points_that_are_no_points(self):
        self.refused(['"points"'], lambda data: data["lessons"][0]["exercises"][0].update(points=0))

    def test_an_unknown_kind(self):
        self.refused(["countdown", '"quiz"', "build, fix, use"],
                     lambda data: data["lessons"][0]["exercises"][0].update(kind="quiz"))

    def test_duplicate_exercise_ids(self):
        self.refused(["same id", '"countdown"'],
                     lambda data: data["lessons"][0]["exercises"][1].update(id="countdown"))

    def test_duplicate_lesson_ids(self):
        self.refused(["same id", '"01-future"'], lambda data: data["lessons"][1].update(id="01-future"))

    def test_two_lessons_with_one_number(self):
        self.refused(["same id", '"1"'], lambda data: data["lessons"][1].update(id="01-other"))

    def test_a_lesson_of_no_part(self):
        self.refused(["04-sleep", '"IX"'], lambda data: data["lessons"][1].update(part="IX"))

    def test_ids_that_do_not_look_like_ids(self):
        self.refused(["two digits"], lambda data: data["lessons"][1].update(id="sleep"))
        self.refused(["lower-case"], lambda data: data["lessons"][1]["exercises"][0].update(id="Interval"))

    def test_a_file_that_leads_elsewhere(self):
        self.refused([".hpp"], lambda data: data["lessons"][1]["exercises"][0].update(file="../x.hpp"))

    def test_a_hint_that_is_no_text(self):
        self.refused(['"hints"', "strings"], lambda data: data["lessons"][1]["exercises"][0].update(hints=[1]))

    def test_a_concept_twice_or_of_two_lessons_or_of_none(self):
        self.refused(['"introduces" names "future" twice'],
                     lambda data: data["lessons"][0].update(introduces=["future", "future"]))
        self.refused(['"future" is introduced by 01-future and by 04-sleep'],
                     lambda data: [lesson.update(introduces=["future"]) for lesson in data["lessons"]])
        self.refused(['"needs" holds \' \''], lambda data: data["lessons"][0]["exercises"][0].update(needs=[" "]))
        self.refused(['"needs"', "strings"], lambda data: data["lessons"][0]["exercises"][0].update(needs=[1]))

    def test_a_concept_that_is_needed_before_it_is_introduced(self):
        def late(data):
            data["lessons"][1].update(introduces=["sleep"])
            data["lessons"][0]["exercises"][0].update(needs=["sleep"])
        self.refused(["01-future/countdown", '"sleep"', "an earlier one introduces"], late)
        course = load(lambda data: (data["lessons"][0].update(introduces=["future"]),
                                    data["lessons"][1]["exercises"][0].update(needs=["future"])))
        self.assertEqual(course.lessons[1].exercises[0].needs, ("future",))
        self.assertEqual(course.lessons[0].introduces, ("future",))

    def test_no_lesson_at_all(self):
        self.refused(["no lesson"], lambda data: data.update(lessons=[]))

    def test_no_json_and_no_file(self):
        with tempfile.TemporaryDirectory() as root:
            with self.assertRaisesRegex(manifest.ManifestError, "cannot be read"):
                manifest.load(Path(root))
            (Path(root) / "course").mkdir()
            (Path(root) / "course" / "course.json").write_text("{", encoding="utf-8")
            with self.assertRaisesRegex(manifest.ManifestError, "not valid JSON"):
                manifest.load(Path(root))


if __name__ == "__main__":
    unittest.main()
