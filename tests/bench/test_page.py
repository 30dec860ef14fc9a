"""The page, the drawings, runs that are kept and runs beside each other."""

import argparse
import io
import json
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

import bench  # noqa: E402
import children  # noqa: E402
import compare  # noqa: E402
import data  # noqa: E402
import learner  # noqa: E402
import page as pages  # noqa: E402
import plot  # noqa: E402
import report as reports  # noqa: E402
from course import bench as command  # noqa: E402
from course.errors import Stop  # noqa: E402
from made_up import TABLE, full_report, row, samples  # noqa: E402
from measure import Samples  # noqa: E402


def options(*words):
    parser = argparse.ArgumentParser()
    command.arguments(parser)
    return parser.parse_args(words)


class Page(unittest.TestCase):
    def test_it_says_what_was_measured_where_and_how(self):
        page = pages.page(full_report())
        for words in ("# Performance", "2025-01-01", "A compiler", "Tokio 1.24.2", "(3.00x)", "| **no** |", "performance-growth.svg",
                      "us a request", "with everything", "Asio is left out", "flat by instructions", "*Logarithmic*"):
            self.assertIn(words, page)

    def test_every_promise_of_the_table_is_judged_on_it(self):
        page = pages.page(full_report())
        for each in TABLE.rows:
            for promise in each.promises:
                if not promise.reach:
                    self.assertIn(promise.words(TABLE.titles, each.unit), page)

    def yields(self, ours, theirs, explained):
        report = full_report()
        report.results = {"yield": {"kettle": samples(ours), "tokio": samples(theirs)}}
        return pages.page(report, explained)

    def test_a_text_by_hand_stands_where_a_row_does_not_hold(self):
        page = self.yields(15, 20, {"yield": "Two atomics a switch."})
        self.assertIn("<= 0.50 of Tokio: **0.75**.\n\nTwo atomics a switch.", page)
        self.assertNotIn(pages.UNEXPLAINED, page)

    def test_without_a_text_it_says_so(self):
        self.assertIn(f"0.75**.\n\n{pages.UNEXPLAINED}", self.yields(15, 20, {}))

    def test_a_text_on_a_row_that_holds_is_left_out(self):
        page = self.yields(5, 20, {"yield": "Two atomics a switch."})
        self.assertNotIn("Two atomics", page)
        self.assertNotIn("What does not hold", page)

    def test_an_aim_that_is_missed_needs_no_text(self):
        self.assertNotIn("What does not hold", self.yields(9, 20, {}))  # 0.45: the aim is 0.41

    def test_the_texts_are_on_rows_of_the_table(self):
        pages.limits(TABLE)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "limits.json"
            file.write_text('{"rows": {"boiling": "It is cold."}}', encoding="utf-8")
            with self.assertRaisesRegex(ValueError, "boiling"):
                pages.limits(TABLE, file)

    def test_the_link_to_what_does_not_hold_leads_there(self):
        page = self.yields(15, 20, {})
        self.assertIn("(#what-does-not-hold)", page)
        self.assertIn("\n## What does not hold\n", page)


class Drawings(unittest.TestCase):
    def test_they_are_svg_with_words_for_those_who_do_not_see_them(self):
        for drawing in (plot.peers(full_report()), plot.growth(full_report())):
            root = xml.fromstring(drawing)
            self.assertEqual((root.get("role"), root[0].tag.split("}")[1], root[1].tag.split("}")[1]), ("img", "title", "desc"))
            self.assertIn("Tokio", root[1].text)
            self.assertIn("prefers-color-scheme:dark", drawing)
            self.assertNotIn("nan", drawing)

    def test_every_line_of_growth_has_its_own_name_and_none_overlaps(self):
        report = full_report()
        root = xml.fromstring(plot.growth(report))
        for panel, (row_id, curves) in zip(root.iter("{http://www.w3.org/2000/svg}g"), report.growth.items()):
            names = [each for each in panel if each.get("class", "").startswith("name")]
            self.assertEqual(sorted(each.text for each in names), ["Kettle", "Tokio"])
            heights = sorted(float(each.get("y")) for each in names)
            self.assertGreaterEqual(heights[1] - heights[0], 14)
            self.assertEqual(len(panel.findall("{http://www.w3.org/2000/svg}polyline")), len(curves))

    def test_nothing_to_draw(self):
        report = full_report()
        report.results, report.growth = {"yield": {"kettle": Samples(failure="it crashed")}}, {}
        for text in (plot.peers(report), plot.growth(report)):
            xml.fromstring(text)
        self.assertIn("# Performance", pages.page(report))
        self.assertIn("0 of 0", reports.text(report))


class Kept(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def keep(self, name, report):
        file = self.root / name
        file.write_text(json.dumps(data.of(report)), encoding="utf-8")
        return str(file)

    def test_a_kept_run_gives_the_same_page_and_drawings(self):
        report = full_report()
        known = data.read(self.keep("a.json", report))
        for tell in (pages.page, plot.peers, plot.growth, reports.text):
            self.assertEqual(tell(known), tell(report))

    def test_what_is_no_run_is_refused(self):
        (self.root / "none.json").write_text('{"rows": []}', encoding="utf-8")
        for file in ("none.json", "missing.json"):
            with self.assertRaises(Stop):
                data.read(self.root / file)

    def test_the_page_is_written_with_its_drawings(self):
        (self.root / "docs").mkdir()
        with redirect_stderr(io.StringIO()):
            bench.write_docs(full_report(), self.root)
        for name in ("performance.md", "pictures/performance.svg", "pictures/performance-growth.svg"):
            self.assertTrue((self.root / "docs" / name).read_text(encoding="utf-8"))
        page = (self.root / "docs" / "performance.md").read_text(encoding="utf-8")
        self.assertIn("(pictures/performance.svg)", page)

    def test_runs_beside_each_other(self):
        reports_ = []
        for ours in (9, 8, 11):
            report = full_report()
            report.results = {"yield": {"kettle": samples(ours, instructions=40), "tokio": samples(20, instructions=100)}}
            reports_.append(report)
        text = compare.text(reports_)
        self.assertIn("yield             2 of 3  0.45 0.40 0.55, promised <= 0.50 of Tokio", text)
        self.assertIn("0 of 1 promises held in every run.", text)
        self.assertIn("1 of 1 promises held in every run.", compare.text(reports_[:2]))
        files = [self.keep(f"{place}.json", report) for place, report in enumerate(reports_)]
        with redirect_stdout(io.StringIO()) as out:
            self.assertEqual(bench.run(options("--compare", *files)), 1)
            self.assertEqual(bench.run(options("--compare", *files[:2])), 0)
        self.assertTrue(out.getvalue().startswith(text))

    def test_they_have_80_columns(self):
        self.assertEqual([line for line in compare.text([full_report()] * 3).splitlines() if len(line) > reports.WIDTH], [])


class TheCommand(unittest.TestCase):
    def test_a_wrong_row_is_refused_before_anything_is_built(self):
        with mock.patch.object(bench, "prepare") as prepare, self.assertRaisesRegex(Stop, "There is no row boiling"):
            bench.run(options("--only", "boiling"))
        prepare.assert_not_called()

    def test_runs_again_are_kept_and_compared(self):
        with tempfile.TemporaryDirectory() as root, mock.patch.multiple(
                bench.programs, ROOT=Path(root), folder=lambda: Path(root)), mock.patch.object(
                bench, "prepare", return_value=({}, [])), mock.patch.object(bench, "measure_all", self.fill), redirect_stderr(
                io.StringIO()), redirect_stdout(io.StringIO()) as out:
            status = bench.run(options("--only", "yield", "--again", "3"))
            self.assertEqual(len(list(Path(root).glob("only-*.json"))), 3)
        self.assertEqual(status, 0)
        self.assertIn("yield             3 of 3  0.45 0.45 0.45", out.getvalue())

    @staticmethod
    def fill(report, rows, known):
        report.results["yield"] = {"kettle": samples(9), "tokio": samples(20)}

    def test_no_runs_are_none(self):
        with self.assertRaisesRegex(Stop, "at least 1"):
            bench.run(options("--again", "0"))


class TheLearner(unittest.TestCase):
    """With stand-ins for ./learn and cmake, which are not asked to do anything."""

    def setUp(self):
        self.asked = []
        patches = (mock.patch.object(children, "run", self.answer), mock.patch("save_to_verdict.copy_repository", lambda root, folder: Path(folder)),
                   mock.patch("save_to_verdict.measure", self.verdicts))
        for each in patches:
            each.start()
            self.addCleanup(each.stop)

    def answer(self, words, limit, **_):
        self.asked.append(" ".join(Path(str(word)).name for word in words))
        return children.Ended(0, "", "")

    def verdicts(self, copy, exercise, runs, out):
        self.asked.append(exercise.id)
        return [0.5] * runs

    def test_every_row_of_the_learner_is_measured(self):
        with learner.Learner() as of_learner:
            for each in TABLE.of_kind("learner"):
                self.assertTrue(of_learner.measure(each.id, 2).values, each.id)
            largest = of_learner.largest()
        self.assertEqual(self.asked, ["learn test countdown", "countdown", largest.id,
                                      "cmake -DKETTLE_HAS_ADDRESS_SANITIZER=OFF default", "countdown", largest.id,
                                      "learn --yes", "learn selftest --yes"])

    def test_what_fails_is_told(self):
        for status in (1, 2):  # 1: some tests fail
            with mock.patch.object(children, "run", lambda *_, status=status, **__: children.Ended(status, "", "1 failed\n")), \
                    learner.Learner() as of_learner:
                self.assertEqual(of_learner.measure("full-build", 1).failure, "1 failed")

    def test_the_learners_rows_promise_seconds(self):
        self.assertEqual({each.id: each.promises[0].most for each in TABLE.of_kind("learner")},
                         {"save-to-verdict": 2, "save-to-verdict-largest": 2, "save-to-verdict-plain": 1,
                          "save-to-verdict-largest-plain": 1, "clone-to-output": 60, "full-build": 300})
        self.assertEqual(row("memory").promises[0].most, 200)


if __name__ == "__main__":
    unittest.main()
