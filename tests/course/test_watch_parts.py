"""The parts of the watch that need no terminal: keys, folding, the view, jobs, what was saved, and traces in words."""

import os
import select
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course import tracing  # noqa: E402
from course.errors import Stop  # noqa: E402
from course.watch import folding, keys  # noqa: E402
from course.watch.job import Job  # noqa: E402
from course.watch.view import View  # noqa: E402
from course.watch.watched import Watched  # noqa: E402

GREEN, RESET = "\033[32m", "\033[0m"


class Keys(unittest.TestCase):
    def test_names(self):
        for typed, expected in ((b"h", ["h"]), (b"H\r", ["h", "enter"]), (b"\033[A\033OB", ["up", "down"]),
                                (b"\033", ["escape"]), (b"\033[5~ ", ["page-up", "page-down"]), (b"\033[1;5C\033[200~", []),
                                (b"\x00\x01", []), ("ä\xff".encode(), ["ä", "ÿ"]), (b"\xff", ["\ufffd"]), (b"\x04", ["q"])):
            self.assertEqual(keys.named(typed), expected, typed)


class Folding(unittest.TestCase):
    def test_lines_are_broken_and_colours_go_on(self):
        self.assertEqual(folding.fold("abcdef", 4), ["abcd", "ef"])
        self.assertEqual(folding.fold(f"{GREEN}abcdef{RESET}g", 4), [f"{GREEN}abcd{RESET}", f"{GREEN}ef{RESET}g"])
        self.assertEqual(folding.fold("", 4), [""])
        self.assertEqual(folding.fold("茶茶茶", 4), ["茶茶", "茶"])
        self.assertEqual(folding.length(f"{GREEN}a茶e\u0301{RESET}"), 4)
        self.assertEqual(folding.cut("abcdef", 4), "abcd")


class Fitting(unittest.TestCase):
    def test_every_size_is_filled_exactly(self):
        page = [f"line {number} " + "x" * number for number in range(30)]
        for columns in (3, 10, 40, 80):
            for rows in (1, 2, 5, 24, 60):
                view = View()
                for key in ("end", "up", "page-up", "home", "down"):
                    lines = view.lines(["head", "er"], page, ["foot", "er"], columns, rows)
                    self.assertEqual(len(lines), rows)
                    self.assertLessEqual(max(map(folding.length, lines)), columns)
                    self.assertTrue(view.scroll(key))
        self.assertFalse(View().scroll("h"))

    def test_what_is_chosen_is_seen(self):
        view, page = View(), [str(number) for number in range(30)]
        for chosen in (29, 0, 15):
            view.lines([], page, [], 80, 10)
            view.reveal(chosen)
            self.assertIn(str(chosen), view.lines([], page, [], 80, 10))


class Jobs(unittest.TestCase):
    def wait(self, job):
        while not job.done:
            select.select([job.results], [], [], 60)
            job.receive()
        return job

    def test_results_problems_and_sudden_ends(self):
        self.assertEqual(self.wait(Job(lambda: ["x" * 500000])).result, ["x" * 500000])

        def stops():
            raise Stop("no compiler")
        self.assertEqual(self.wait(Job(stops)).problem, "no compiler")
        self.assertIn("ZeroDivisionError", self.wait(Job(lambda: 1 / 0)).problem)
        self.assertIn("without a result", self.wait(Job(lambda: os._exit(3))).problem)

    def test_it_ends_with_what_it_has_started(self):
        with tempfile.TemporaryDirectory() as folder:
            mark = Path(folder) / "cleaned"

            def work():
                try:
                    time.sleep(600)
                finally:
                    mark.write_text("yes", encoding="utf-8")
            for patience in (0, 0.2):
                mark.unlink(missing_ok=True)
                job = Job(work)
                time.sleep(patience)  # at once it may not have begun; a little later it has
                job.stop()
                self.assertTrue(patience == 0 or mark.exists())
                self.assertEqual((job.pid, job.results), (0, -1))


class Saves(unittest.TestCase):
    def test_what_counts_as_saved(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.hpp"
            path.write_text("one", encoding="utf-8")
            watched = Watched(path)
            watched.take()
            self.assertFalse(watched.is_saved())
            before = path.stat()
            path.write_text("two", encoding="utf-8")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
            self.assertTrue(watched.is_saved())
            watched.take()
            os.utime(path)
            self.assertTrue(watched.is_saved())
            watched.take()
            path.unlink()
            self.assertEqual([watched.is_saved() for _ in range(7)], [False] * 5 + [True] * 2)
            watched.take()
            self.assertFalse(watched.is_saved())


class Traces(unittest.TestCase):
    def test_facts_become_sentences(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "trace.json"
            path.write_text('[\n{"name":"run","ts":0.0,"args":{"clock":"virtual"}},\n'
                            '{"name":"poll","ts":2000000.000,"args":{"task":1}},\n'
                            '{"name":"pending","ts":2000000.000,"args":{"task":1,"on":"timer 3","at":"main.cpp:5"}},\n'
                            '{"name":"timer_set","ts":12594008221.7,"args":{"timer":3,"task":0}},\n'
                            '{"name":"odd","ts":0,"args":{"a":1}},\n{"name":"wake","ts":0,"args":{}},\n{"name":"po', encoding="utf-8")
            self.assertEqual(tracing.steps(path), [
                "2 s  task 1: polled", "2 s  task 1: Pending, waits on timer 3, main.cpp:5", "timer 3: set by the test",
                "0 s  odd a=1", "0 s  task ?: woken by ?"])
            path.write_text('[\n' + '{"name":"poll","ts":0,"args":{"task":1}},\n' * 50, encoding="utf-8")
            self.assertEqual(tracing.steps(path)[0], "(10 earlier steps are in the file.)")
            self.assertEqual(tracing.steps(Path(folder) / "none"), [])


if __name__ == "__main__":
    unittest.main()
