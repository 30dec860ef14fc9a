"""What is given to editors fits the tree: names that they derive from a file's path are names that the build knows."""

import json
import os
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from course import manifest  # noqa: E402
from course.render import text  # noqa: E402
from course.verdict import Verdict  # noqa: E402


def read(name):
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


def filled(words, exercise):
    """Words with VS Code's variables as they are while the exercise's file is open."""
    path = Path(exercise.path)
    for name, value in {"relativeFileDirname": path.parent.as_posix(), "fileBasenameNoExtension": path.stem,
                        "relativeFile": path.as_posix(), "workspaceFolder": str(ROOT)}.items():
        words = words.replace("${" + name + "}", value)
    return words


class Editors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.exercises = manifest.load(ROOT).exercises
        cls.tasks = {task["label"]: task for task in read(".vscode/tasks.json")["tasks"]}

    def test_the_program_that_is_debugged_is_the_one_that_is_built(self):
        for each in self.exercises:
            for launch in read(".vscode/launch.json")["configurations"]:
                self.assertEqual(filled(launch["program"], each), f"{ROOT}/build/default/{each.output()}")
                self.assertIn(launch["preLaunchTask"], self.tasks)
            target = filled(self.tasks["Kettle: build this exercise"]["args"][-1], each)
            self.assertEqual(target, each.output())

    def test_both_debuggers(self):
        self.assertEqual({each["type"] for each in read(".vscode/launch.json")["configurations"]}, {"cppdbg", "lldb"})
        recommended = read(".vscode/extensions.json")["recommendations"]
        self.assertEqual(set(recommended), set(read(".devcontainer/devcontainer.json")["customizations"]["vscode"]["extensions"]))

    def test_the_problem_matcher_reads_our_verdict(self):
        pattern = self.tasks["Kettle: test this exercise"]["problemMatcher"]["pattern"]
        verdict = Verdict("does_not_compile", diagnostics=["exercises/01-future/countdown.hpp:34:20: error: no such name"])
        lines = text(verdict, colour=False, width=80, timing=False).splitlines()
        found = [match for line in lines if (match := re.match(pattern["regexp"], line))]
        self.assertEqual([match.groups() for match in found],
                         [("exercises/01-future/countdown.hpp", "34", "20", "error", "no such name")])

    def test_a_containers_packages_are_those_that_the_tool_would_install(self):
        text = (ROOT / ".devcontainer" / "Dockerfile").read_text(encoding="utf-8")
        for package in ("clang-19", "libclang-rt-19-dev", "cmake", "ninja-build", "doctest-dev", "libfmt-dev", "git", "python3"):
            self.assertRegex(text, rf"\s{re.escape(package)}\s")

    def test_every_exercise_has_its_flags_solved_or_not(self):
        build = os.environ.get("KETTLE_BUILD_DIR", "")
        database = Path(build) / "compile_commands.json" if build else None
        if not database or not database.exists():
            self.skipTest("needs KETTLE_BUILD_DIR, with compile_commands.json in it")
        commands = {entry["file"]: entry["command"] for entry in json.loads(database.read_text(encoding="utf-8"))}
        for each in self.exercises:
            grader = f"{ROOT}/tests/exercises/{each.full_id}_test.cpp"
            self.assertIn(grader, commands)
            self.assertIn(f"-I{ROOT}/exercises/{each.lesson}", commands[grader])


if __name__ == "__main__":
    unittest.main()
