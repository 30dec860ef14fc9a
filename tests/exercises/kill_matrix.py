#!/usr/bin/env python3
"""Writes docs/kill-matrix.md: every exercise, its wrong answers, and the tests that catch each.

    python3 tests/exercises/kill_matrix.py            write the page
    python3 tests/exercises/kill_matrix.py --check    change nothing; 1 when the page says something else

What a wrong answer says in its first comment (Mistake, Kind, Fails) is proved by prove.py: it fails exactly those cases, in
every run. So the page needs no build, and is true as long as the proofs are.
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import answers  # noqa: E402
from course import manifest  # noqa: E402

PAGE = "docs/kill-matrix.md"
COMMAND = "python3 tests/exercises/kill_matrix.py"


def test_names(grader):
    """The names of a grader's test cases, in the order in which they run."""
    text = re.sub(r"//[^\n]*", "", grader.read_text(encoding="utf-8"))
    cases = re.findall(r'^TEST_CASE\(((?:\s*"(?:[^"\\]|\\.)*")+)\s*\)', text, re.MULTILINE)
    return ["".join(re.findall(r'"((?:[^"\\]|\\.)*)"', case)).replace('\\"', '"').replace("\\\\", "\\") for case in cases]


def wrong_answers(exercise, root):
    """[(name, header)] of an exercise, by name. One that names no test is unfinished: the rules of the house say so."""
    folder = root / "tests" / "exercises" / exercise.lesson / exercise.id / "wrong"
    found = [(path.stem, answers.Header.of(path)) for path in sorted(folder.glob("*.hpp"))]
    return [(name, header) for name, header in found if header.fails]


def grader_of(exercise, root):
    return root / "tests" / "exercises" / exercise.lesson / f"{exercise.id}_test.cpp"


def cell(text):
    return text.replace("|", "\\|")


def section(exercise, root):
    """The matrix of one exercise, as lines."""
    tests, rows = test_names(grader_of(exercise, root)), wrong_answers(exercise, root)
    lines = [f"### {exercise.full_id}", "", f"{exercise.title}.", ""]
    lines += [f"{number}. {name}" for number, name in enumerate(tests, 1)]
    lines += ["", "| wrong answer | the mistake | kind | " + " | ".join(map(str, range(1, len(tests) + 1))) + " |",
              "|---|---|---" + "|:-:" * len(tests) + "|"]
    for name, header in rows:
        marks = ["x" if test in header.fails else "" for test in tests]
        kind = header.kind + (f" ({header.verdict})" if header.verdict else "")
        lines.append(f"| {name} | {cell(header.mistake)} | {kind} | " + " | ".join(marks) + " |")
    return lines + [""]


def exercises_of(course):
    return [exercise for lesson in course.lessons for exercise in lesson.exercises]


def page(course, root):
    """The whole page."""
    exercises = [each for each in exercises_of(course) if grader_of(each, root).is_file() and wrong_answers(each, root)]
    headers = [header for each in exercises for _, header in wrong_answers(each, root)]
    lines = ["# Kill matrix", "",
             "Which test catches which mistake. Every exercise has wrong answers, with mistakes that people make; each fails the",
             "tests that are marked, and no others, in twenty runs of twenty, with a text that is kept beside it",
             f"(`tests/exercises/prove.py`). Written by `{COMMAND}`; do not edit.", "",
             f"**{len(headers)} wrong answers to {len(exercises)} exercises, all of them caught.**", "",
             "| kind of mistake | what it means | wrong answers |", "|---|---|---:|"]
    count = {kind: sum(1 for header in headers if header.kind == kind) for kind in answers.KINDS}
    lines += [f"| {kind} | {answers.KINDS[kind]} | {count[kind]} |"
              for kind in sorted(answers.KINDS, key=lambda kind: -count[kind]) if count[kind]]
    lines.append("")
    for lesson in course.lessons:
        here = [exercise for exercise in lesson.exercises if exercise in exercises]
        lines += [f"## {lesson.id}", ""] if here else []
        for exercise in here:
            lines += section(exercise, root)
    return "\n".join(lines).rstrip() + "\n"


def problems(course, root):
    """What is wrong with the wrong answers or the page, as sentences."""
    said = []
    for exercise in exercises_of(course):
        grader = grader_of(exercise, root)
        if not grader.is_file():
            continue  # told by the rules of the house
        tests = test_names(grader)
        for name, header in wrong_answers(exercise, root):
            place = f"tests/exercises/{exercise.full_id}/wrong/{name}.hpp"
            said += [f"{place}: no test of {grader.name} is called {test!r}" for test in header.fails if test not in tests]
    path = root / PAGE
    if not path.is_file() or path.read_text(encoding="utf-8") != page(course, root):
        said.append(f"{PAGE} is not what the wrong answers say; run {COMMAND}")
    return said


def write(course, root):
    (root / PAGE).write_text(page(course, root), encoding="utf-8")


def main(arguments=None, root=ROOT, out=sys.stdout):
    parser = argparse.ArgumentParser(description="Which test catches which mistake.")
    parser.add_argument("--check", action="store_true", help="change nothing, fail on drift")
    options = parser.parse_args(arguments)
    course = manifest.load(root)
    if not options.check:
        write(course, root)
    said = problems(course, root)
    for line in said:
        print(line, file=out)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
