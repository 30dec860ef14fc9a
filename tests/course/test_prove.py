"""tests/exercises/prove.py on a made-up course whose programs are small scripts: each kind of proof can fail."""

import io
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "exercises")]

import prove  # noqa: E402

MANIFEST = {"course": "Made up", "foundations": [], "parts": [{"id": "I", "title": "One"}], "lessons": [{
    "id": "01-first", "part": "I", "title": "First", "result": "It runs.", "runtime": [], "exercises": [
        {"id": "one", "kind": "build", "title": "One", "file": "one.hpp", "points": 1, "hints": []},
        {"id": "two", "kind": "fix", "title": "Two", "file": "two.hpp", "points": 1, "hints": []}]}]}


def write(records):
    """A piece of shell that appends records to the file that the judge reads."""
    return 'cat >> "$KETTLE_VERDICT_FILE" <<END\n' + "".join(json.dumps(each) + "\n" for each in records) + "END\n"


def script(*cases, before=""):
    """A test program as a shell script: cases are (name, None or what happened)."""
    records = [{"event": "start", "cases": len(cases)}]
    for name, happened in cases:
        records.append({"event": "case", "name": name})
        if happened:
            records.append({"event": "fail", "expected": "Ready", "happened": happened, "rule": "", "read": ""})
        records.append({"event": "end", "passed": not happened})
    failed = sum(1 for _, happened in cases if happened)
    records.append({"event": "finish", "passed": len(cases) - failed, "failed": failed})
    return f"#!/bin/sh\n{before}\n{write(records)}exit {1 if failed else 0}\n"


BEGUN = write([{"event": "start", "cases": 1}, {"event": "case", "name": "it counts"}])
COUNT = 'echo x >> "$0.runs"\nruns=$(($(wc -l < "$0.runs")))\n'  # how often this script has run
PASSES = script(("it counts", None), ("it stops", None))
FAILS = script(("it counts", "Pending"), ("it stops", None))
HANGS = script(before=BEGUN + "sleep 60")
CRASHES = script(before=BEGUN + "kill -ABRT $$")
WAVERS = script(("it counts", "run $runs"), before=COUNT)
PASSES_ONCE = script(("it counts", None), before=COUNT + "[ $runs -gt 1 ] && exit 0")


class Prove(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.put("course/course.json", json.dumps(MANIFEST))
        for name in ("one", "two"):
            self.put(f"exercises/01-first/{name}.hpp", "// the hole\n")
            self.put(f"solutions/01-first/{name}.hpp", "// solved\n")
            self.program(f"solutions/01-first/{name}", PASSES)
            self.program(f"proofs/01-first/{name}/starter", FAILS)
        self.wrong("hasty", FAILS)
        self.right("other", PASSES)
        status, said = self.prove("--update")
        self.assertEqual(0, status, said)

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def program(self, name, text):
        self.put(f"build/{name}", text).chmod(0o755)

    def wrong(self, name, text, header="// Mistake: too hasty\n// Fails: it counts\n"):
        self.put(f"tests/exercises/01-first/one/wrong/{name}.hpp", header)
        self.program(f"proofs/01-first/one/wrong/{name}", text)

    def right(self, name, text):
        self.put(f"tests/exercises/01-first/one/right/{name}.hpp", "// Shape: another\n")
        self.program(f"proofs/01-first/one/right/{name}", text)

    def prove(self, *arguments, exercise="01-first/one"):
        out = io.StringIO()
        given = [exercise] if exercise else []
        status = prove.main([*given, "--build", str(self.root / "build"), "--runs", "3", *arguments], root=self.root, out=out)
        return status, out.getvalue()

    def expect(self, status, *parts, arguments=(), **keywords):
        got, said = self.prove(*arguments, **keywords)
        self.assertEqual(status, got, said)
        for each in parts:
            self.assertIn(each, said)
        return said

    def golden(self, name):
        return self.root / "tests/exercises/01-first/one" / name

    def test_a_sound_exercise_is_proved(self):
        self.expect(0, "01-first/one: 4 answers proved")
        self.assertIn("Pending", self.golden("starter.txt").read_text())
        self.assertIn("Pending", self.golden("wrong/hasty.txt").read_text())

    def test_a_solution_or_right_answer_that_fails_is_told(self):
        self.program("solutions/01-first/one", FAILS)
        self.right("other", FAILS)
        self.expect(1, "01-first/one: solution has to pass", "right/other has to pass", "    ", "2 of 4 answers are NOT")

    def test_one_that_passes_only_sometimes_is_told(self):
        self.right("other", PASSES_ONCE)
        self.expect(1, "right/other (run 2 of 3, not the ones before")

    def test_every_answer_runs_as_often_as_asked(self):
        self.right("other", script(("it counts", None), before=COUNT))
        self.expect(0)
        self.assertEqual("x\nx\nx\n", (self.root / "build/proofs/01-first/one/right/other.runs").read_text())

    def test_a_starter_that_passes_is_told(self):
        self.program("proofs/01-first/one/starter", PASSES)
        self.expect(1, "starter passes as it is")

    def test_a_missing_program_is_told(self):
        (self.root / "build/proofs/01-first/one/starter").unlink()
        self.expect(1, "starter its program is missing")

    def test_a_starter_or_wrong_answer_with_another_verdict_is_told(self):
        other = script(("it counts", "nothing at all"), ("it stops", None))
        self.program("proofs/01-first/one/starter", other)
        self.program("proofs/01-first/one/wrong/hasty", other)
        before = self.golden("starter.txt").read_text()
        self.expect(1, "starter its verdict is not the one in tests/exercises/01-first/one/starter.txt",
                    "wrong/hasty its verdict is not the one in", "nothing at all", "run again with --update")
        self.assertEqual(before, self.golden("starter.txt").read_text())
        self.expect(0, arguments=["--no-golden"])
        self.expect(0, arguments=["--update"])
        self.assertNotEqual(before, self.golden("starter.txt").read_text())
        self.expect(0)

    def test_a_missing_golden_is_told(self):
        self.golden("wrong/hasty.txt").unlink()
        self.expect(1, "wrong/hasty.txt is missing")

    def test_a_verdict_that_wavers_cannot_become_a_golden(self):
        self.wrong("hasty", WAVERS)
        self.expect(1, "run 2 of 3", "has to be the same in every run", "run 1", "run 2", arguments=["--update"])

    def test_a_wrong_answer_that_passes_is_told(self):
        self.wrong("hasty", PASSES)
        self.expect(1, "wrong/hasty passes, though it is wrong", "too hasty")
        self.expect(1, "wrong/hasty passes, though it is wrong", arguments=["--no-golden"])

    def test_a_wrong_answer_that_fails_other_cases_is_told(self):
        for header, parts in {
            "// Mistake: m\n// Fails: it stops\n": ["-// Fails: it stops", "+// Fails: it counts"],
            "// Mistake: m\n// Fails: it counts\n// Fails: it stops\n": ["-// Fails: it stops"],
            "// Mistake: m\n": ["+// Fails: it counts"],
        }.items():
            with self.subTest(header):
                self.wrong("hasty", FAILS, header)
                self.expect(1, "wrong/hasty fails other cases than it says", *parts)

    def test_several_failing_cases_in_any_order(self):
        self.wrong("hasty", script(("a", "x"), ("b", "x"), ("c", None)), "// Mistake: m\n// Fails: b\n// Fails: a\n")
        self.expect(0, arguments=["--update"])

    def test_a_crash_or_hang_has_to_be_announced(self):
        with mock.patch.object(prove, "LIMIT", 1.0), mock.patch.object(prove.Answer, "limit", 1.0):
            for kind, text in (("crashed", CRASHES), ("hung", HANGS)):
                with self.subTest(kind):
                    self.wrong("hasty", text)
                    self.expect(1, f"has to end as 'failed', but its verdict is '{kind}'", f"`// Verdict: {kind}`")

    def test_an_announced_crash_or_hang_is_proved_by_kind_and_case(self):
        self.golden("wrong/hasty.txt").unlink()
        with mock.patch.object(prove, "HUNG_LIMIT", 0.3), mock.patch.object(prove, "HUNG_RUNS", 2):
            for kind, text in (("crashed", CRASHES), ("hung", HANGS)):
                with self.subTest(kind):
                    self.wrong("hasty", text, f"// Mistake: m\n// Fails: it counts\n// Verdict: {kind}\n")
                    self.expect(0)
                    self.wrong("hasty", text, f"// Mistake: m\n// Fails: it stops\n// Verdict: {kind}\n")
                    self.expect(1, "fails other cases than it says")
                    self.wrong("hasty", FAILS, f"// Mistake: m\n// Fails: it counts\n// Verdict: {kind}\n")
                    self.expect(1, f"has to end as '{kind}', but its verdict is 'failed'")

    def test_a_sanitizer_may_see_the_mistake_first(self):
        self.wrong("hasty", CRASHES)
        self.expect(0, arguments=["--no-golden"])

    def test_a_starter_that_is_known_to_hang_gets_the_short_limit(self):
        with mock.patch.object(prove, "HUNG_LIMIT", 0.3), mock.patch.object(prove.Answer, "limit", 0.5):
            self.program("proofs/01-first/one/starter", HANGS)
            self.expect(0, arguments=["--update", "--runs", "1"])
            starter = prove.find_answers(prove.manifest.load(self.root).exercises[0], self.root, self.root / "build",
                                         ["starter"], False)[0]
            self.assertEqual((prove.HUNG_RUNS, 0.3), (starter.runs, starter.limit))
            self.expect(0)

    def test_a_program_that_cannot_start_is_told(self):
        self.put("build/proofs/01-first/one/starter", "").chmod(0o644)
        self.expect(1, "starter cannot be judged: The test program")

    def test_nothing_to_prove_proves_nothing(self):
        self.expect(1, "01-first/two has no wrong answers", exercise="two", arguments=["--only", "wrong"])

    def test_only_proves_a_part(self):
        self.program("solutions/01-first/one", FAILS)
        for part in ("starter", "wrong", "right"):
            self.expect(0, "1 answers proved", arguments=["--only", part])
        self.expect(1, arguments=["--only", "solution"])

    def test_all_proves_every_exercise(self):
        self.expect(1, "01-first/one: 4 answers proved",
                    "01-first/two: 1 of 2 answers are NOT proved", exercise=None, arguments=["--all"])
        self.expect(0, exercise="two", arguments=["--update"])
        self.expect(0, "01-first/two: 2 answers proved", exercise=None, arguments=["--all"])

    def test_an_edited_exercise_is_not_proved_as_the_starter(self):
        self.program("proofs/01-first/one/starter", PASSES)  # the learner has solved it
        self.expect(1)  # no git here, or not committed: the file counts as the starter
        git = ["git", "-C", str(self.root), "-c", "user.name=a", "-c", "user.email=a@example.com"]
        try:
            subprocess.run([*git, "init", "-q"], check=True)
        except OSError:
            self.skipTest("git is not installed")
        self.expect(1)
        subprocess.run([*git, "add", "exercises"], check=True)
        subprocess.run([*git, "commit", "-q", "-m", "start"], check=True)
        self.expect(1)
        self.put("exercises/01-first/one.hpp", "// no hole\n")
        self.expect(0, "exercises/01-first/one.hpp has been edited, so the starter is not proved", "3 answers proved")
        self.expect(1, "starter passes", arguments=["--only", "starter"])

    def test_wrong_usage(self):
        self.expect(2, "There is no exercise three", exercise="three")
        for arguments in (["--all"], ["--runs", "0"], ["--update", "--no-golden"], ["--only", "none"]):
            with self.subTest(arguments), mock.patch("sys.stderr", io.StringIO()), self.assertRaises(SystemExit) as raised:
                self.prove(*arguments)
            self.assertEqual(2, raised.exception.code)


if __name__ == "__main__":
    unittest.main()
