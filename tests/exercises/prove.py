#!/usr/bin/env python3
"""Proves that an exercise's grader says the right thing, every time.

    python3 tests/exercises/prove.py 04-sleep/interval --build build/default
    python3 tests/exercises/prove.py --all --build build/default

A grader is proved by answers whose verdict is known:

    the solution and every right/ answer   passes, in every run
    the starter                            fails, with the verdict in starter.txt
    every wrong/ answer                    fails exactly the cases of its `// Fails:` lines, with the verdict in its .txt

`--update` writes the .txt files anew: read the difference before you keep it, for a learner will read that text.
Build first: cmake --build BUILD_DIR --target proofs-LESSON-ID (or: proofs).
Exit status: 0 proved, 1 not proved, 2 wrong usage.
"""

import argparse
import concurrent.futures
import difflib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import answers  # noqa: E402
from course import manifest, verdict  # noqa: E402
from course.errors import Stop  # noqa: E402

PARTS = ("solution", "right", "starter", "wrong")
RUNS = 20
LIMIT = 20.0  # seconds; generous, because a sanitizer on a busy machine is slow and a right answer must not fail
HUNG_LIMIT, HUNG_RUNS = 2.0, 3  # for what is known to hang


class Answer:
    """One program and what its verdict has to be. Subclasses say so in judge()."""

    runs, limit, golden = None, LIMIT, None

    def __init__(self, label, source, binary):
        self.label, self.source, self.binary = label, source, binary

    def judge(self, result):
        """What is wrong with a verdict, or None."""
        raise NotImplementedError


class Right(Answer):
    """The solution, or a correct answer of another shape."""

    def judge(self, result):
        if result.kind == "passed":
            return None
        return (f"has to pass, but its verdict is '{result.kind}'. Mend the answer if it is wrong; else the grader asks for"
                " more than the exercise does.\n" + indent(rendered(result)))


class Starter(Answer):
    """What the learner begins with: compiles, fails, and says what to do."""

    def __init__(self, label, source, binary, golden):
        super().__init__(label, source, binary)
        self.golden = golden
        if golden.is_file() and "It did not end in time" in golden.read_text(encoding="utf-8"):
            self.runs, self.limit = HUNG_RUNS, HUNG_LIMIT

    def judge(self, result):
        if result.kind == "passed":
            return "passes as it is, so there is nothing to do for a learner. Make the hole, or test what it should do."
        return None


class Wrong(Answer):
    """A plausible mistake, which fails exactly the cases that it names."""

    def __init__(self, label, source, binary, sanitized):
        super().__init__(label, source, binary)
        self.header = answers.Header.of(source)
        self.kind = self.header.verdict or "failed"
        self.sanitized = sanitized
        if self.header.verdict:
            self.limit = HUNG_LIMIT if self.kind == "hung" else LIMIT
            self.runs = HUNG_RUNS if self.kind == "hung" else None
        else:
            self.golden = source.with_suffix(".txt")

    def judge(self, result):
        if result.kind == "passed":
            return "passes, though it is wrong. Add a test case that catches this mistake: " + self.header.mistake
        if self.sanitized and result.kind == "crashed":
            return None  # the sanitizer saw the mistake before the grader did
        if result.kind != self.kind:
            return (f"has to end as '{self.kind}', but its verdict is '{result.kind}'. Let the grader catch it; if it cannot,"
                    f" add `// Verdict: {result.kind}` to the first comment.\n" + indent(rendered(result)))
        failing = [case.name for case in result.cases if not case.passed]
        if sorted(failing) != sorted(self.header.fails):
            return ("fails other cases than it says. If that is right, mend its first comment:\n"
                    + indent(difference([f"// Fails: {name}" for name in self.header.fails],
                                        [f"// Fails: {name}" for name in failing], "the comment", "this run")))
        return None


def rendered(result):
    """The verdict as a golden file holds it."""
    return verdict.render(result, colour=False, width=80)


def indent(text):
    return "\n".join(("    " + line).rstrip() for line in text.splitlines())


def difference(before, after, before_name, after_name):
    return "\n".join(difflib.unified_diff(before, after, before_name, after_name, lineterm=""))


# ---------------------------------------------------------------- which answers, and what they do


def find_answers(exercise, root, build, parts, sanitized):
    """Every answer of an exercise that `parts` asks for."""
    folder = root / "tests" / "exercises" / exercise.lesson / exercise.id
    proofs = build / "proofs" / exercise.lesson / exercise.id
    found = []
    if "solution" in parts:
        found.append(Right("solution", root / "solutions" / exercise.lesson / exercise.file,
                           build / "solutions" / exercise.lesson / exercise.id))
    if "right" in parts:
        found += [Right(f"right/{path.stem}", path, proofs / "right" / path.stem)
                  for path in sorted(folder.glob("right/*.hpp"))]
    if "starter" in parts:
        found.append(Starter("starter", root / exercise.path, proofs / "starter", folder / "starter.txt"))
    if "wrong" in parts:
        found += [Wrong(f"wrong/{path.stem}", path, proofs / "wrong" / path.stem, sanitized)
                  for path in sorted(folder.glob("wrong/*.hpp"))]
    return found


def edited(exercise, root):
    """Whether the learner has changed the exercise since the last commit. No git, or never committed: no."""
    try:
        shown = subprocess.run(["git", "-C", str(root), "show", f"HEAD:./{exercise.path}"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return False
    file = root / exercise.path
    if shown.returncode != 0 or not file.is_file():
        return False
    return shown.stdout.replace(b"\r\n", b"\n") != file.read_bytes().replace(b"\r\n", b"\n")


def prove(answer, runs, root, golden, update):
    """Runs an answer until something is wrong. The problem, or None."""
    if not answer.binary.is_file():
        return f"its program is missing: {answer.binary}. Build it; if it does not compile, mend it."
    runs = min(runs, answer.runs) if answer.runs else runs
    for run in range(1, runs + 1):
        try:
            result = verdict.run_test(answer.binary, limit=answer.limit)
        except Stop as stop:
            return f"cannot be judged: {stop}"
        problem = answer.judge(result)
        if not problem and golden and answer.golden:
            if update and run == 1:
                answer.golden.parent.mkdir(parents=True, exist_ok=True)
                answer.golden.write_text(rendered(result), encoding="utf-8")
            problem = compare_golden(answer, result, root, update)
        if problem:
            return problem if run == 1 else f"(run {run} of {runs}, not the ones before: not the same every time) {problem}"
    return None


def compare_golden(answer, result, root, update):
    name = answer.golden.relative_to(root).as_posix()
    if not answer.golden.is_file():
        return f"{name} is missing. Make it with --update, then read it."
    expected, got = answer.golden.read_text(encoding="utf-8"), rendered(result)
    if expected == got:
        return None
    remedy = "The verdict has to be the same in every run" if update else "If the new text is what a learner should read, run again with --update"
    return f"its verdict is not the one in {name}. {remedy}:\n" + indent(
        difference(expected.splitlines(), got.splitlines(), name, "this run"))


# ---------------------------------------------------------------- the command


def prove_exercise(exercise, options, root, pool):
    """Starts the proofs of one exercise: (lines to say, [(answer, future problem)])."""
    parts, said = list(options.only or PARTS), []
    if "starter" in parts and not options.update and not options.only and edited(exercise, root):
        parts.remove("starter")
        said.append(f"{exercise.full_id}: {exercise.path} has been edited, so the starter is not proved")
    found = find_answers(exercise, root, options.build, parts, sanitized=options.no_golden)
    started = [(answer, pool.submit(prove, answer, options.runs, root, not options.no_golden, options.update))
               for answer in found]
    return said, started


def choose(course, wanted):
    """The exercises that a name stands for: "04-sleep/interval", or "interval" when only one is called so."""
    found = [exercise for exercise in course.exercises if wanted in (exercise.full_id, exercise.id)]
    if len(found) == 1:
        return found
    raise Stop(f"There is no exercise {wanted}." if not found else
               f"Several exercises are called {wanted}: {', '.join(exercise.full_id for exercise in found)}.")


def parse(arguments):
    parser = argparse.ArgumentParser(description="Proves that an exercise's grader says the right thing, every time.")
    parser.add_argument("exercise", nargs="?", help="such as 04-sleep/interval")
    parser.add_argument("--all", action="store_true", help="every exercise of the course")
    parser.add_argument("--build", type=Path, required=True, metavar="BUILD_DIR", help="such as build/default")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"how often each answer runs ({RUNS})")
    parser.add_argument("--update", action="store_true", help="write the .txt files anew")
    parser.add_argument("--only", choices=PARTS, nargs="+", help="prove only these answers")
    parser.add_argument("--no-golden", action="store_true", help="do not compare texts: a sanitizer changes them")
    options = parser.parse_args(arguments)
    if bool(options.exercise) == options.all:
        parser.error("name one exercise, or say --all")
    if options.update and options.no_golden:
        parser.error("--update writes what --no-golden leaves out")
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    return options


def main(arguments=None, root=ROOT, out=sys.stdout):
    options = parse(arguments)
    try:
        course = manifest.load(root)
        exercises = course.exercises if options.all else choose(course, options.exercise)
    except Stop as stop:
        print(stop, file=out)
        return 2
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:  # each thread waits for one process
        started = [(exercise, *prove_exercise(exercise, options, root, pool)) for exercise in exercises]
        for exercise, said, proofs in started:
            for line in said:
                print(line, file=out)
            problems = [(answer, future.result()) for answer, future in proofs]
            for answer, problem in problems:
                if problem:
                    print(f"{exercise.full_id}: {answer.label} {problem}", file=out)
            if not problems and not said:
                print(f"{exercise.full_id} has no {' or '.join(options.only)} answers", file=out)
                bad += 1
                continue
            count = sum(1 for _, problem in problems if problem)
            bad += count
            print(f"{exercise.full_id}: " + (f"{count} of {len(problems)} answers are NOT proved" if count else
                                             f"{len(problems)} answers proved"), file=out, flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
