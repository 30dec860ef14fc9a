"""tests/exercises/mutants.py and mutate.py: which changes are made, in one program, and what is said about them."""

import io
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "exercises")]

import mutants  # noqa: E402
import mutate  # noqa: E402

CLASS = """#pragma once
namespace mine {
template <class T>
  requires std::same_as<T, int>
class Box {  // { in a comment is no brace
 public:
  explicit Box(T value) : value_(std::move(value)), count_(3) {}
  T take() {
    if (empty_) throw Empty();  // "{"
    empty_ = true;
    return std::move(value_);
  }
 private:
  T value_;
  int count_;
  bool empty_ = false;
  virtual void nothing() = 0;
};
}  // namespace mine
"""


def body(text):
    """The mutants of a function with this body."""
    return mutants.mutants_of("void f() {\n" + text + "\n}\n")


def made(text, kind):
    """What such mutants look like: the whole line after each change of that kind."""
    text = "void f() {\n" + text + "\n}\n"
    return [(text[:each.start] + each.after + text[each.end:]).split("\n", 1)[1].rsplit("\n}", 1)[0]
            for each in mutants.mutants_of(text) if each.kind == kind]


class Changes(unittest.TestCase):
    def test_statements_are_dropped(self):
        self.assertEqual(["\nb();", "a();\n"], made("a();\nb();", "drop"))
        self.assertEqual([""], made("if (a) b();", "drop"))
        self.assertEqual(["", "if (a) b(); "], made("if (a) b(); else c();", "drop"))
        self.assertEqual([], made("return a;", "drop"))
        self.assertEqual([], made("co_return a;", "drop"))

    def test_what_only_ends_a_loop_is_dropped_with_its_condition(self):
        self.assertEqual(["", "for (;;) {  if (b) break; }", "for (;;) { a();  }"],
                         sorted(made("for (;;) { a(); if (b) break; }", "drop")))

    def test_neighbours_are_swapped(self):
        self.assertEqual(["b(); a();"], made("a();\nb();", "swap"))
        self.assertEqual([], made("a();\nreturn b;", "swap"))
        self.assertEqual([], made("int a;\nb();", "swap"))

    def test_conditions_are_negated_and_loops_run_once(self):
        self.assertEqual(["if (!(a == b)) c();"], made("if (a == b) c();", "negate"))
        self.assertEqual(["while (!(a)) b();"], made("while (a) b();", "negate"))
        self.assertEqual(["if (a) b();"], made("while (a) b();", "once"))
        self.assertEqual(["for (int i = 0; !(i < 3); ++i) b();"], made("for (int i = 0; i < 3; ++i) b();", "negate"))
        self.assertEqual(["return !(a) ? b : c;"], made("return a ? b : c;", "negate"))
        self.assertEqual([], made("for (;;) b();", "negate"))

    def test_operators_and_numbers_are_others(self):
        self.assertEqual(["return a <= b;"], made("return a < b;", "operator"))
        self.assertEqual(["return a || b;"], made("return a && b;", "operator"))
        self.assertEqual(["--a;"], made("++a;", "operator"))
        self.assertEqual([], made("std::vector<int> a; f(int&& b);", "operator"))
        self.assertEqual(["sleep(4min);"], made("sleep(3min);", "constant"))
        self.assertEqual(["return false;"], made("return true;", "constant"))
        self.assertEqual([], made('say("1 + 1 == 2");  // 3 < 4', "constant"))

    def test_moves_are_left_out(self):
        self.assertEqual(["return (a);"], made("return std::move(a);", "move"))
        self.assertEqual(["return (a);"], made("return std::exchange(a, f(b, c));", "move"))

    def test_lambdas_have_statements_too(self):
        self.assertIn("run([&] {  b(); });", made("run([&] { a(); b(); });", "drop"))

    def test_a_coroutine_stays_one(self):
        self.assertEqual([], body("co_await a();"))
        self.assertEqual(["drop `co_await a();`"], [each.key for each in body("co_await a();\nco_return;")
                                                    if each.key.startswith("drop `co_await")])

    def test_classes_and_the_values_that_members_begin_with(self):
        keys = [each.key for each in mutants.mutants_of(CLASS)]
        self.assertIn("drop `if (empty_) throw Empty();`", keys)
        self.assertIn("`bool empty_ = false;` becomes `bool empty_ = true;`", keys)
        self.assertTrue(any("count_(4)" in key for key in keys), keys)
        self.assertFalse(any("nothing" in key for key in keys), keys)

    def test_the_same_change_twice_has_two_names(self):
        keys = [each.key for each in body("a();\nb();\na();")]
        self.assertEqual(len(keys), len(set(keys)))
        self.assertIn("drop `a();` (2)", keys)

    def test_what_does_not_close_is_said(self):
        with self.assertRaisesRegex(ValueError, "line 2"):
            mutants.File("void f() {\n)}")


class Program(unittest.TestCase):
    def test_all_of_them_in_one_text_each_at_its_line(self):
        found = mutants.mutants_of(CLASS)
        text, places = mutants.program(CLASS, found)
        for each in found:
            with self.subTest(each.key):
                line = next(number for number, line in enumerate(text.splitlines(), 1)
                            if f"case {each.number}:" in line or f"== {each.number} ?" in line)
                self.assertEqual(each.number, mutants.mutant_at(places, line))
        self.assertEqual(0, mutants.mutant_at(places, 1))
        mutants.File(text)  # it closes what it opens

    def test_without_mutants_it_is_the_file(self):
        text, _ = mutants.program(CLASS, [])
        self.assertTrue(text.endswith(CLASS))

    def test_the_guilty_are_found_by_the_lines_of_errors(self):
        found = mutants.mutants_of(CLASS)
        _, places = mutants.program(CLASS, found)
        lines = {number: line for line, number in places if number}
        file = Path("/build/box.hpp")
        output = (f"/build/box.hpp:{lines[1]}:3: error: no\n/build/box.hpp:{lines[2]}:3: warning: hm\n"
                  "/usr/include/memory:9:1: error: deleted\n/test.cpp:1:1: note: here\n"
                  f"/build/box.hpp:{lines[3]}:3: note: in instantiation\n"
                  f"/other.hpp:1:1: error: no\n[2/9] Building box\n/build/box.hpp:{lines[4]}:3: warning: hm\n"
                  f"/other.hpp:1:1: error: no\n/build/box.hpp:{lines[4]}:3: warning: hm\n")
        self.assertEqual({1, 3}, mutate.guilty(output, file, places))
        called = f"/build/box.hpp:{lines[5]}:3: error: no\n/build/box.hpp:{lines[1]}:3: note: in instantiation\n"
        self.assertEqual({1, 3}, mutate.guilty(output + called, file, places))  # once 1 is out, 5 may be all right
        self.assertEqual({5}, mutate.guilty(called, file, places))


class Saying(unittest.TestCase):
    """What comes of a trial: made up, nothing is built."""

    def setUp(self):
        exercise = SimpleNamespace(full_id="01-first/box", lesson="01-first", id="box", file="box.hpp")
        self.trial = mutate.Trial(exercise, CLASS, mutants.mutants_of(CLASS))
        self.numbers = [each.number for each in self.trial.chosen]
        self.trial.left_out = {self.numbers[0]}
        self.trial.results = {number: "failed" for number in self.numbers[1:]}
        self.second = self.trial.chosen[1]

    def said(self, equivalents):
        out = io.StringIO()
        return mutate.say(self.trial, equivalents, out), out.getvalue()

    def test_all_caught(self):
        bad, text = self.said({})
        self.assertEqual(0, bad)
        self.assertIn(f"{len(self.numbers) - 1} of {len(self.numbers) - 1} mutants caught", text)
        self.assertIn("1 do not compile", text)

    def test_a_survivor_is_named_with_its_place(self):
        self.trial.results[self.second.number] = "passed"
        bad, text = self.said({})
        self.assertEqual(1, bad)
        self.assertIn(f"solutions/01-first/box.hpp:{self.second.line}: {self.second.key}", text)
        page = mutate.report([self.trial], {}, "clang 19", "2026-01-01")
        self.assertIn("**Nobody notices.**", page)

    def test_one_that_is_listed_is_no_survivor(self):
        self.trial.results[self.second.number] = "passed"
        listed = {"01-first/box": {self.second.key: "It makes no difference."}}
        self.assertEqual(0, self.said(listed)[0])
        page = mutate.report([self.trial], listed, "clang 19", "2026-01-01")
        self.assertIn("It makes no difference.", page)
        self.assertIn("2026-01-01, clang 19.", page)
        self.assertIn("100.0 %", page)
        listed["01-first/box"][self.second.key] = mutate.UNSEEN + "It makes one."
        self.assertEqual(0, self.said(listed)[0])
        page = mutate.report([self.trial], listed, "clang 19", "2026-01-01")
        self.assertIn("Unseen: It makes one.", page)
        self.assertNotIn("100.0 %", page)

    def test_what_was_not_tried_stays_in_the_page(self):
        self.trial.results[self.second.number] = "passed"
        page = mutate.report([self.trial], {}, "clang 19", "2026-01-01")
        self.assertEqual(page, mutate.report([], {}, "clang 19", "2026-01-01", page, ["01-first/box"]))
        another = page + page[page.index("\n### "):].replace("01-first/box", "02-second/pot")
        self.assertEqual(list(mutate.known(another)[1]), ["01-first/box", "02-second/pot"])
        self.trial.results[self.second.number] = "failed"
        again = mutate.report([self.trial], {}, "clang 19", "2026-01-01", page, ["01-first/box"])
        self.assertEqual(again, mutate.report([self.trial], {}, "clang 19", "2026-01-01"))
        self.assertNotIn("Nobody notices", again)

    def test_one_that_is_listed_and_caught_is_told(self):
        bad, text = self.said({"01-first/box": {self.second.key: "It makes no difference."}})
        self.assertEqual(1, bad)
        self.assertIn("is listed as equivalent, but was caught (failed)", text)

    def test_a_sample_is_the_same_for_the_same_seed_and_leaves_out_what_is_equivalent(self):
        def picked(seed):
            trials = [mutate.Trial(SimpleNamespace(full_id=name), CLASS, mutants.mutants_of(CLASS)) for name in "abcd"]
            listed = {name: {self.second.key: "no difference"} for name in "abcd"}
            return [(trial.exercise.full_id, [each.key for each in trial.chosen])
                    for trial in mutate.sample(trials, 6, seed, listed)]

        self.assertEqual(picked(1), picked(1))
        self.assertNotEqual(picked(1), picked(2))
        self.assertEqual([3, 3], [len(keys) for _, keys in picked(1)])
        self.assertFalse(any(self.second.key in keys for seed in range(20) for _, keys in picked(seed)))

    def test_what_is_known_counts_for_the_same_mutants_only(self):
        with tempfile.TemporaryDirectory() as folder:
            build = Path(folder)
            self.assertEqual({}, mutate.recall(self.trial, build))
            file = mutate.place(build, self.trial.exercise) / "results.json"
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps({"digest": mutate.digest(self.trial), "left_out": [1]}), encoding="utf-8")
            self.assertEqual([1], mutate.recall(self.trial, build)["left_out"])
            self.trial.text += "\n"
            self.assertEqual({}, mutate.recall(self.trial, build))
            file.write_text("{", encoding="utf-8")
            self.assertEqual({}, mutate.recall(self.trial, build))

    def test_what_cannot_be_built_is_left_out_or_ends_with_the_words_of_the_build(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(subprocess, "run") as run:
            run.return_value = SimpleNamespace(returncode=1, stdout="FAILED: tests/mutants-01-first-box.dir/x.o\nerror: no")
            mutate.build_all([self.trial], Path(folder))
            self.assertTrue(self.trial.is_broken)
            self.trial.is_broken = False
            run.return_value = SimpleNamespace(returncode=1, stdout="ninja: no such folder")
            with self.assertRaisesRegex(mutate.Stop, "no such folder"):
                mutate.build_all([self.trial], Path(folder))


if __name__ == "__main__":
    unittest.main()
