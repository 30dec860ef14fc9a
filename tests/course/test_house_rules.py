"""Proves that every rule of house.py and floors.py can fail: a sound made-up tree, broken in one place at a time."""

import json
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parent))

import floors  # noqa: E402
import house  # noqa: E402

WRONG = "// Mistake: m\n// Kind: leak\n// Fails: it counts\n"
OPENING = "#pragma once\n// What it is.\n//\n// What it promises.\n\n"


def exercise(lesson, name, kind):
    return SimpleNamespace(id=name, lesson=lesson, full_id=f"{lesson}/{name}", kind=kind, title=name, file=f"{name}.hpp",
                           points=5, hints=("a nudge", "more", "nearly all"), learned="it waits",
                           needs=(f"the {lesson[3:]}",))


def lesson(number, name, runtime):
    own = f"{number:02}-{name}"
    return SimpleNamespace(id=own, number=number, name=name, title=name.capitalize(), result=f"{name} works.", runtime=runtime,
                           introduces=(f"the {name}",),
                           exercises=[exercise(own, f"{kind}_{name}", kind) for kind in ("build", "fix", "use")])


class Rules(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.course = SimpleNamespace(foundations=["base"], lessons=[lesson(1, "first", ["poll"]), lesson(2, "second", ["waker"])])
        self.build_tree()
        for rule in house.RULES:
            self.assertEqual([], rule(self.course, self.root), rule.__name__)

    def build_tree(self):
        self.put("course/course.json", "{}")
        self.put("CMakeLists.txt", "# an example: 01-first\nproject(made-up)\n")
        self.put("course/cli.py", '"""Say 01-first."""\nERROR = "an id looks like 01-first"\n')
        self.put("runtime/kettle/base.hpp", OPENING + "#include <vector>\n")
        self.put("runtime/kettle/poll.hpp", OPENING + '#include "kettle/base.hpp"\n')
        self.put("runtime/kettle/waker.hpp", OPENING + '#include "kettle/poll.hpp"\n')
        self.put("runtime/kettle/waker.cpp", '// How.\n#include "kettle/waker.hpp"\n')
        for name in ("base", "poll", "waker"):
            self.put(f"tests/runtime/{name}_test.cpp", "")
        rows = ""
        for each in self.course.lessons:
            rows += f"| [{each.id}](lessons/{each.id}/README.md) | {each.result} |\n"
            self.put(f"lessons/{each.id}/README.md", f"# {each.number:02} {each.title}\n\nThe {each.name}.\n\n## The rule\n")
            self.put(f"lessons/{each.id}/main.cpp", '#include "kettle/poll.hpp"\n')
            for own in each.exercises:
                place = f"tests/exercises/{own.full_id}"
                self.put(f"exercises/{each.id}/{own.file}", "// Yours.\n")
                self.put(f"solutions/{each.id}/{own.file}", "// Solved.\n")
                self.put(f"{place}_test.cpp", f'read("lessons/{each.id}/README.md#the-rule");\nTEST_CASE("it counts") {{}}\n')
                self.put(f"{place}/starter.txt", "")
                for name in ("one", "other"):
                    self.put(f"{place}/right/{name}.hpp", "// Shape: another\n")
                for name in "abcde":
                    self.put(f"{place}/wrong/{name}.hpp", WRONG)
                    self.put(f"{place}/wrong/{name}.txt", "")
        self.put("README.md", "# Made up\n\n" + rows)
        self.put("docs/kill-matrix.md", house.kill_matrix.page(self.course, self.root))

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def remove(self, name):
        (self.root / name).unlink()

    def told(self, rule, *parts):
        """The rule finds exactly one problem, and it says these things."""
        problems = rule(self.course, self.root)
        self.assertEqual(1, len(problems), problems)
        for part in parts:
            self.assertIn(part, problems[0])

    # ------------------------------------------------------------ lessons

    def test_a_folder_that_is_not_listed(self):
        for folder in ("lessons", "exercises", "solutions", "tests/exercises"):
            with self.subTest(folder):
                self.put(f"{folder}/03-third/file", "")
                self.told(house.lesson_folders, f"{folder}/03-third is not a lesson")
                self.remove(f"{folder}/03-third/file")
                (self.root / folder / "03-third").rmdir()

    def test_a_listed_lesson_without_folders(self):
        self.course.lessons.append(lesson(3, "third", []))
        self.assertEqual(6, len(house.lesson_folders(self.course, self.root)))

    def test_a_lesson_without_program_or_chapter(self):
        self.remove("lessons/01-first/main.cpp")
        self.told(house.lesson_folders, "lessons/01-first/main.cpp is missing")

    def test_a_gap_in_the_numbers(self):
        self.course.lessons[1].number = 3
        self.told(house.lesson_numbers, "02-second stands at place 2; number it 02")

    def test_a_title_that_differs(self):
        for first, sound in {"# 02 Second": True, "# 2. Second": True, "# Lesson 2: Second": True, "# Second": True,
                             "# 02 — Second": True, "# Seconds": False, "# 03 Second": False, "Second": False, "": False}.items():
            with self.subTest(first):
                self.put("lessons/02-second/README.md", first + "\n")
                if sound:
                    self.assertEqual([], house.chapter_titles(self.course, self.root))
                else:
                    self.told(house.chapter_titles, "README.md:1: the title is", "write '# 02 Second'")

    def test_a_front_page_that_forgets_a_lesson_or_its_result_or_the_order(self):
        first, second = ("| [x](lessons/01-first/README.md) | first works. |\n", "| [x](lessons/02-second/) | second works. |\n")
        for text, complaint in {first: "lesson 02-second is not linked", first + second.replace("works", "runs"):
                                "README.md:2: the row of 02-second does not say its result",
                                second + first: "not in order"}.items():
            with self.subTest(text):
                self.put("README.md", text)
                self.told(house.readme_table, complaint)
        self.put("README.md", first + second)
        self.assertEqual([], house.readme_table(self.course, self.root))
        self.remove("README.md")
        self.told(house.readme_table, "README.md is missing")

    def test_a_second_list_of_lessons(self):
        for name, text in {"CMakeLists.txt": "add_subdirectory(lessons/01-first)\n", "cmake/Exercises.cmake": "set(a 02-second)\n",
                           "tests/lessons/CMakeLists.txt": "foreach(x 01-first)\n", "learn": "./build 01-first\n",
                           "course/cli.py": 'FIRST = ["01-first"]\n', "course/x.py": 'PATH = f"lessons/01-first/{name}"\n'}.items():
            with self.subTest(name):
                self.put(name, text)
                self.told(house.single_list, f"{name}:1: names the lesson 0")
                self.put(name, "")

    def test_a_message_that_sends_the_reader_nowhere(self):
        for text, complaint in {"lessons/01-first/README.md#the-role": "has no such heading; it has: 01-first, the-rule",
                                "lessons/01-fist/README.md": "which is not there"}.items():
            with self.subTest(text):
                self.put("tests/exercises/01-first/use_first_test.cpp", f'\nread("{text}");\n')
                self.told(house.reading_places, "use_first_test.cpp:2: sends the reader to", complaint)

    # ------------------------------------------------------------ runtime

    def test_a_runtime_file_without_an_owner_or_with_two(self):
        self.put("runtime/kettle/stray.hpp", OPENING)
        self.told(house.runtime_files, "runtime/kettle/stray belongs to no lesson")
        self.remove("runtime/kettle/stray.hpp")
        self.course.lessons[1].runtime.append("poll")
        self.told(house.runtime_files, "'poll' is listed 2 times")

    def test_a_runtime_file_that_is_listed_only(self):
        self.remove("runtime/kettle/base.hpp")
        self.told(house.runtime_files, "runtime/kettle/base.hpp is missing")

    def test_a_runtime_file_without_a_test(self):
        self.remove("tests/runtime/waker_test.cpp")
        self.told(house.runtime_files, "tests/runtime/waker_test.cpp is missing")

    def test_a_runtime_file_that_is_too_long(self):
        self.put("runtime/kettle/poll.hpp", OPENING + "\n" * 246)
        self.told(house.runtime_shape, "poll.hpp has 251 lines")

    def test_a_runtime_file_that_does_not_say_what_it_is(self):
        for name, text in {"poll.hpp": "#pragma once\n// What.\n// Promise.\n", "base.hpp": "#pragma once\n" + "// x\n" * 9,
                           "waker.hpp": "#pragma once\n#include <a>\n// 1\n// 2\n// 3\n", "waker.cpp": "int x;\n// How.\n"}.items():
            with self.subTest(name):
                self.put(f"runtime/kettle/{name}", text)
                self.told(house.runtime_shape, f"runtime/kettle/{name}")
                self.put(f"runtime/kettle/{name}", OPENING)

    # ------------------------------------------------------------ exercises

    def test_exercises_and_solutions_that_do_not_mirror_each_other(self):
        for folder in ("exercises", "solutions"):
            with self.subTest(folder):
                self.put(f"{folder}/01-first/more.hpp", "")
                self.told(house.exercise_files, f"{folder}/01-first/more.hpp is no exercise")
                self.remove(f"{folder}/01-first/more.hpp")
                self.remove(f"{folder}/01-first/fix_first.hpp")
                self.told(house.exercise_files, f"{folder}/01-first/fix_first.hpp is missing")
                self.put(f"{folder}/01-first/fix_first.hpp", "")

    def test_one_file_for_two_exercises(self):
        self.course.lessons[0].exercises.append(self.course.lessons[0].exercises[0])
        self.told(house.exercise_files, "build_first.hpp for two exercises")

    def test_a_lesson_without_a_kind(self):
        self.course.lessons[0].exercises[1].kind = "use"
        self.told(house.exercise_kinds, "01-first has no exercise of kind 'fix'")

    def test_too_few_hints(self):
        self.course.lessons[0].exercises[1].hints = ("one", "two", " ")
        self.told(house.exercise_kinds, "01-first/fix_first has 2 hints")

    def test_an_exercise_that_teaches_nothing(self):
        self.course.lessons[0].exercises[1].learned = " "
        self.told(house.exercise_kinds, '01-first/fix_first has no "learned"')

    def test_graders_and_answers_without_an_exercise_and_the_reverse(self):
        self.put("tests/exercises/01-first/old_test.cpp", "")
        self.told(house.graders, "01-first/old_test.cpp belongs to no exercise")
        self.remove("tests/exercises/01-first/old_test.cpp")
        self.remove("tests/exercises/01-first/use_first_test.cpp")
        self.told(house.graders, "01-first/use_first_test.cpp is missing")

    def test_answers_that_are_missing(self):
        place = "tests/exercises/01-first/use_first"
        self.remove(f"{place}/starter.txt")
        self.told(house.proofs, "starter.txt is missing", "prove.py 01-first/use_first --update")
        self.put(f"{place}/starter.txt", "")
        self.remove(f"{place}/wrong/a.txt")
        self.told(house.proofs, "wrong/a.txt is missing")
        self.remove(f"{place}/wrong/a.hpp")
        self.told(house.proofs, "wrong has 4 answers")
        self.put(f"{place}/wrong/a.txt", "")
        self.assertEqual(2, len(house.proofs(self.course, self.root)))  # too few, and a golden of nothing
        self.put(f"{place}/wrong/a.hpp", WRONG)
        self.remove(f"{place}/right/other.hpp")
        self.told(house.proofs, "right has 1 answers")

    def test_answers_that_do_not_say_what_they_are(self):
        place = "tests/exercises/01-first/use_first"
        opening = "// Mistake: m\n// Kind: leak\n"
        for text, complaint in {"// Kind: leak\n// Fails: it counts\n": "// Mistake:", opening: "// Fails:",
                                opening + "// Fails:\n": "// Fails:",
                                opening + "// Fails: c\n// Vedict: hung\n": "'// Vedict:' is not a field",
                                "// Mistake: m\n// Fails: c\n": "// Kind: ...', one of",
                                "// Mistake: m\n// Kind: bad luck\n// Fails: c\n": "// Kind: ...', one of",
                                "int x;\n" + opening + "// Fails: c\n": None}.items():
            with self.subTest(text):
                self.put(f"{place}/wrong/b.hpp", text)
                if complaint:
                    self.told(house.proofs, "wrong/b.hpp: ", complaint)
                else:
                    self.assertEqual(3, len(house.proofs(self.course, self.root)))
        self.put(f"{place}/wrong/b.hpp",
                 "#pragma once\n// Mistake: one that takes\n// two lines\n// Kind: leak\n// Fails: it counts\n")
        self.put(f"{place}/right/other.hpp", "// another\n")
        self.told(house.proofs, "right/other.hpp", "// Shape:")

    def test_an_answer_with_an_announced_verdict_has_no_golden(self):
        place = "tests/exercises/01-first/use_first/wrong"
        self.put(f"{place}/b.hpp", "// Mistake: m\n// Kind: leak\n// Fails: c\n// Verdict: hung\n")
        self.told(house.proofs, "wrong/b.txt is compared with nothing")
        self.remove(f"{place}/b.txt")
        self.assertEqual([], house.proofs(self.course, self.root))
        self.put(f"{place}/b.hpp", "// Mistake: m\n// Kind: leak\n// Fails: c\n// Verdict: stuck\n")
        self.told(house.proofs, "'// Verdict: stuck' is not one of hung, crashed")

    def test_a_kill_matrix_that_is_not_what_the_answers_say(self):
        place = "tests/exercises/01-first/use_first"
        self.put("docs/kill-matrix.md", "# Kill matrix\n")
        self.told(house.catches, "docs/kill-matrix.md is not what the wrong answers say", "kill_matrix.py")
        self.put(f"{place}/wrong/b.hpp", WRONG + "// Fails: it flies\n")
        self.put("docs/kill-matrix.md", house.kill_matrix.page(self.course, self.root))
        self.told(house.catches, "wrong/b.hpp: no test of use_first_test.cpp is called 'it flies'")
        self.put(f"{place}/wrong/b.hpp", "// Mistake: m\n// Kind: leak\n")
        self.put("docs/kill-matrix.md", house.kill_matrix.page(self.course, self.root))
        self.assertEqual([], house.catches(self.course, self.root))  # That it names no test is told elsewhere.

    def test_equivalents_that_nobody_can_make_any_more(self):
        self.put("solutions/01-first/use_first.hpp", "int f() { return 1; }\n")
        key = "`int f() { return 1; }` becomes `int f() { return 2; }`"
        self.put(house.mutate.EQUIVALENT, json.dumps({"01-first/use_first": {key: "Nobody calls it."}}))
        self.assertEqual([], house.equivalents(self.course, self.root))
        self.put(house.mutate.EQUIVALENT, json.dumps({"01-first/use_first": {key: " "}}))
        self.told(house.equivalents, "has no reason")
        self.put("solutions/01-first/use_first.hpp", "int f() { return 3; }\n")
        self.put(house.mutate.EQUIVALENT, json.dumps({"01-first/use_first": {key: "Nobody calls it."}}))
        self.told(house.equivalents, "01-first/use_first has no mutant", "mutate.py 01-first/use_first")
        self.put(house.mutate.EQUIVALENT, json.dumps({"01-first/gone": {}}))
        self.told(house.equivalents, "01-first/gone is no exercise")

    # ------------------------------------------------------------ concepts

    def test_concepts_that_nobody_introduces_or_needs(self):
        first, second = self.course.lessons
        first.introduces = ()
        self.assertIn("course/course.json: 01-first has no \"introduces\"; list the concepts that its chapter brings",
                      house.concepts(self.course, self.root))
        first.introduces = ("the first", "the sea")
        problems = house.concepts(self.course, self.root)
        self.assertEqual(2, len(problems), problems)
        self.assertIn("its chapter never says it", problems[0])
        self.assertIn("no exercise needs it", problems[1])
        first.introduces = ("the first",)
        second.introduces = ("the second", "the first")
        self.put("lessons/02-second/README.md", "# 02 Second\n\nThe second, and the first.\n\n## The rule\n")
        self.told(house.concepts, "'the first' is introduced by 01-first and by 02-second")

    def test_an_exercise_that_needs_what_comes_later(self):
        self.course.lessons[0].exercises[1].needs = ("the first", "the second")
        self.told(house.concepts, "01-first/fix_first needs 'the second', which no lesson introduces so far")

    def test_an_exercise_that_does_not_say_what_it_needs(self):
        self.course.lessons[0].exercises[1].needs = ()
        self.told(house.concepts, '01-first/fix_first has no "needs"')

    def test_a_solution_that_uses_a_concept_that_is_not_listed(self):
        self.course.lessons[0].introduces = ("the first", "wait group")
        self.course.lessons[0].exercises[0].needs = ("wait group",)
        self.put("lessons/01-first/README.md", "# 01 First\n\nThe first kettle::WaitGroup.\n\n## The rule\n")
        self.put("solutions/01-first/use_first.hpp", "kettle::WaitGroup all;\n// kettle::other\n")
        self.told(house.concepts, "the solution of 01-first/use_first uses kettle's wait group")

    # ------------------------------------------------------------ floors

    def test_a_foundation_that_stands_on_a_lesson(self):
        self.put("runtime/kettle/base.hpp", OPENING + '#include "kettle/poll.hpp"\n')
        self.told(floors.check_runtime, "runtime/kettle/base.hpp:6: ", "floor of the foundations", "kettle/poll.hpp of lesson 01")

    def test_a_runtime_file_that_stands_on_a_later_lesson(self):
        for include in ('#include "kettle/waker.hpp"', "#include <kettle/waker.hpp>", "  #  include \"kettle/waker.hpp\"  // why",
                        '#include "waker.hpp"', '#if 0\n#include "kettle/waker.hpp"\n#endif'):
            with self.subTest(include):
                self.put("runtime/kettle/poll.hpp", OPENING + include + "\n")
                self.told(floors.check_runtime, "floor of lesson 01", "kettle/waker.hpp of lesson 02")

    def test_a_source_file_has_the_floor_of_its_header(self):
        self.put("runtime/kettle/poll.cpp", '// How.\n#include "kettle/waker.hpp"\n')
        self.told(floors.check_runtime, "runtime/kettle/poll.cpp:2: ")

    def test_a_source_that_is_one_of_several_ways_goes_by_its_header(self):
        self.put("runtime/kettle/poll_linux.cpp", '// One way.\n#include "kettle/base.hpp"\n')
        self.put("runtime/kettle/poll_others.cpp", '// Another.\n#include "kettle/poll.hpp"\n')
        self.assertEqual([], house.runtime_files(self.course, self.root))
        self.assertEqual([], floors.check_runtime(self.course, self.root))
        self.put("runtime/kettle/poll_linux.cpp", '// One way.\n#include "kettle/waker.hpp"\n')
        self.told(floors.check_runtime, "runtime/kettle/poll_linux.cpp:2: ", "floor of lesson 01", "kettle/waker.hpp of lesson 02")

    def test_a_source_that_is_no_way_of_a_listed_header(self):
        for name in ("poll_linux.hpp", "polls_linux.cpp", "linux_poll.cpp"):
            with self.subTest(name):
                self.put(f"runtime/kettle/{name}", OPENING)
                self.told(house.runtime_files, f"runtime/kettle/{name[:-4]} belongs to no lesson")
                self.remove(f"runtime/kettle/{name}")

    def test_the_longest_of_two_listed_names_counts(self):
        names = ["socket", "socket_address", "poll"]
        for name, wanted in {"socket_address_linux.cpp": "socket_address", "socket_linux.cpp": "socket", "socket.hpp": "socket",
                             "socket_linux.hpp": "socket_linux", "stray.cpp": "stray"}.items():
            self.assertEqual(wanted, floors.runtime_name(Path(name), names), name)

    def test_an_include_that_nobody_lists(self):
        self.put("runtime/kettle/poll.hpp", OPENING + "#include <kettle/secret.hpp>\n")
        self.told(floors.check_runtime, "includes kettle/secret.hpp, which course/course.json does not list")

    def test_what_is_no_include_of_ours(self):
        self.put("runtime/kettle/poll.hpp", OPENING + '// #include "kettle/waker.hpp"\n#include <waker.hpp>\n#include "other.hpp"\n')
        self.assertEqual([], floors.check_runtime(self.course, self.root))

    def test_a_lesson_that_uses_what_a_later_one_brings(self):
        for name in ("lessons/01-first/main.cpp", "exercises/01-first/use_first.hpp", "solutions/01-first/use_first.hpp",
                     "tests/exercises/01-first/use_first_test.cpp", "tests/exercises/01-first/use_first/wrong/a.hpp",
                     "tests/exercises/01-first/use_first/right/other.hpp"):
            with self.subTest(name):
                before = (self.root / name).read_text(encoding="utf-8")
                self.put(name, before + '#include "kettle/waker.hpp"\n')
                self.told(floors.check_lessons, f"{name}:", "floor of lesson 01", "kettle/waker.hpp of lesson 02")
                self.put(name, before + '#include "kettle/base.hpp"\n#include "kettle/poll.hpp"\n')
                self.assertEqual([], floors.check_lessons(self.course, self.root))

    def test_every_rule_is_proved_here(self):
        text = Path(__file__).read_text(encoding="utf-8")
        for rule in house.RULES:
            self.assertRegex(text, rf"(told|len)\(.*{rule.__name__}\b")


if __name__ == "__main__":
    unittest.main()
