#!/usr/bin/env python3
"""Tries every grader with solutions that were made wrong by a machine: who is not noticed survives.

    python3 tests/exercises/mutate.py 04-sleep/interval --build build/default     one exercise, or several
    python3 tests/exercises/mutate.py --all --build build/default --report        all of them, and the two pages in docs/ anew
    python3 tests/exercises/mutate.py --sample 12 --seed 7 --build build/default  a few mutants of two exercises

A mutant is a solution with one small change: a statement dropped, a condition negated, two neighbours swapped, an
operator or a number changed, a move left out (mutants.py). Each is judged by the exercise's own test program, built
with the same flags as the proofs. What a grader lets through is either a test that is missing or a change that changes
nothing; the latter are listed, with the reason, in tests/exercises/equivalent.json. So is what a grader cannot or need
not see, with a reason that begins with "Unseen: ".

Exit status: 0 every survivor is listed there, and none that is listed is caught; 1 not so; 2 wrong usage.
"""

import argparse
import concurrent.futures
import datetime
import hashlib
import json
import os
import random
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import kill_matrix  # noqa: E402
import mutants  # noqa: E402
from course import manifest, verdict  # noqa: E402
from course.errors import Stop  # noqa: E402

EQUIVALENT = "tests/exercises/equivalent.json"
UNSEEN = "Unseen: "
REPORT = "docs/mutation.md"
SHORTEST_LIMIT = 4.0  # seconds until a mutant counts as hung; more on a slow machine
TRIES = 12            # builds until only what compiles is left
CAUGHT = ("failed", "crashed", "hung", "ended_early")


@dataclass
class Trial:
    """One exercise: its mutants and what became of each."""

    exercise: object
    text: str
    chosen: list
    left_out: set = field(default_factory=set)   # numbers of those that do not compile
    results: dict = field(default_factory=dict)  # number -> kind of verdict
    is_broken: bool = False                      # it does not build, and no mutant is to blame

    @property
    def compiled(self):
        return [each for each in self.chosen if each.number not in self.left_out]

    def ended(self, *kinds):
        return [each for each in self.compiled if self.results.get(each.number) in kinds]

    @property
    def survivors(self):
        return self.ended("passed")


def solution_of(exercise, root):
    return (root / "solutions" / exercise.lesson / exercise.file).read_text(encoding="utf-8")


def is_written(exercise, root):
    """Whether there is something to mutate, and somebody to judge it."""
    grader = root / "tests" / "exercises" / exercise.lesson / f"{exercise.id}_test.cpp"
    return (root / "solutions" / exercise.lesson / exercise.file).is_file() and grader.is_file()


def place(build, exercise):
    return build / "mutants" / exercise.lesson / exercise.id


def target(exercise):
    return f"mutants-{exercise.lesson}-{exercise.id}"


# ---------------------------------------------------------------- building


def write_program(trial, build):
    """The header with all mutants that are still in; written only when it changes, so that nothing is built twice."""
    text, places = mutants.program(trial.text, trial.compiled)
    file = place(build, trial.exercise) / trial.exercise.file
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
    return file, places


def guilty(output, file, places):
    """The numbers of the mutants that the compiler's errors are about.

    An error's lines (where it is, and from where that was reached) may name several mutants, of which one is to blame and
    the others only call it, or are called. Whoever is named alone goes first; when nobody is, the first of each error.
    """
    named = []  # for each error, the mutants that its lines are in, in that order
    is_open = False
    for line in output.splitlines():
        if re.search(r": (fatal )?error: ", line):
            is_open = True
            named.append([])
        elif re.search(r": warning: ", line) or re.match(r"\[\d+/\d+\] |FAILED: ", line):
            is_open = False  # another diagnostic, or another file's
        match = re.match(r"(?:In file included from )?(\S+?):(\d+)[:,]", line)
        if is_open and match and match.group(1) == str(file):
            number = mutants.mutant_at(places, int(match.group(2)))
            if number and number not in named[-1]:
                named[-1].append(number)
    return {each[0] for each in named if len(each) == 1} or {each[0] for each in named if each}


def build_all(trials, build):
    """Builds the programs of all trials, without the mutants that do not compile."""
    left = list(trials)
    for _ in range(TRIES):
        written = [(trial, *write_program(trial, build)) for trial in left]
        command = ["cmake", "--build", str(build), "--target", *(target(trial.exercise) for trial in left), "--", "-k", "0"]
        surroundings = {**os.environ, "LC_ALL": "C.UTF-8"}
        built = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               encoding="utf-8", errors="replace", env=surroundings, check=False)
        if built.returncode == 0:
            return
        left = []
        for trial, file, places in written:
            bad = guilty(built.stdout, file, places)
            trial.left_out |= bad
            if bad:
                left.append(trial)
            elif f"{target(trial.exercise)}.dir/" in "".join(re.findall(r"^FAILED: .*$", built.stdout, re.MULTILINE)):
                trial.is_broken = True
        if not left and not any(trial.is_broken for trial in trials):
            raise Stop("The mutants do not build:\n" + built.stdout[-6000:])
        if not left:
            return
    raise Stop(f"The mutants do not build, {TRIES} times over:\n" + built.stdout[-6000:])


# ---------------------------------------------------------------- running


def digest(trial):
    """Stands for the mutants of a trial: the same as long as neither the solution nor the way to change it is another."""
    way = Path(mutants.__file__).read_text(encoding="utf-8")
    chosen = ",".join(str(each.number) for each in trial.chosen)
    return hashlib.sha256("\0".join((trial.text, way, chosen)).encode()).hexdigest()


def recall(trial, build):
    """What is known of these mutants from the last time: {} or the content of results.json."""
    try:
        kept = json.loads((place(build, trial.exercise) / "results.json").read_text(encoding="utf-8"))
        return kept if kept["digest"] == digest(trial) else {}
    except (OSError, ValueError, KeyError):
        return {}


def run_trial(trial, build, pool, again):
    """Judges every mutant of an exercise; what is known about the very same program is not run again."""
    binary = place(build, trial.exercise) / "mutants"
    stamp = binary.stat().st_mtime_ns
    kept = {} if again else recall(trial, build)
    if kept.get("stamp") == stamp:
        trial.results = {int(number): kind for number, kind in kept["results"].items()}
        return
    whole = verdict.run_test(binary, limit=60, env={"KETTLE_MUTANT": "0"})
    if not whole.passed:
        raise Stop(f"{trial.exercise.full_id}: the solution itself does not pass: {whole.kind}")
    limit = max(SHORTEST_LIMIT, 8 * whole.seconds)

    def judge(mutant):
        return verdict.run_test(binary, limit=limit, env={"KETTLE_MUTANT": str(mutant.number)}).kind

    trial.results = dict(zip((each.number for each in trial.compiled), pool.map(judge, trial.compiled)))
    binary.with_name("results.json").write_text(json.dumps({
        "digest": digest(trial), "left_out": sorted(trial.left_out), "stamp": stamp, "results": trial.results}),
        encoding="utf-8")


# ---------------------------------------------------------------- saying


def load_equivalents(root):
    """Per exercise, the changes that change nothing: {exercise: {mutant: reason}}.

    A reason that begins with UNSEEN is why a change that does make a difference is let through.
    """
    path = root / EQUIVALENT
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def stale(root, course):
    """What equivalent.json lists and nobody can make any more, as sentences. Needs no build."""
    problems, known = [], {exercise.full_id: exercise for lesson in course.lessons for exercise in lesson.exercises}
    for full_id, listed in load_equivalents(root).items():
        if full_id not in known:
            problems.append(f"{EQUIVALENT}: {full_id} is no exercise; remove it")
            continue
        text = solution_of(known[full_id], root) if is_written(known[full_id], root) else ""
        keys = {each.key for each in mutants.mutants_of(text)}
        problems += [f"{EQUIVALENT}: {full_id} has no mutant {key!r} any more; run tests/exercises/mutate.py {full_id}"
                     for key in listed if key not in keys]
        problems += [f"{EQUIVALENT}: {full_id}: {key!r} has no reason; say why nobody can tell the difference"
                     for key, reason in listed.items() if not reason.strip()]
    return problems


def say(trial, equivalents, out):
    """One line of totals, then what is to be mended. Returns how much that is."""
    listed = equivalents.get(trial.exercise.full_id, {})
    open_ones = [each for each in trial.survivors if each.key not in listed]
    wrongly = [each for each in trial.compiled if each.key in listed and each not in trial.survivors]
    caught = len(trial.compiled) - len(trial.survivors)
    print(f"{trial.exercise.full_id}: {caught} of {len(trial.compiled)} mutants caught,"
          f" {len(trial.survivors) - len(open_ones)} are listed, {len(open_ones)} survive;"
          f" {len(trial.left_out)} do not compile", file=out)
    path = f"solutions/{trial.exercise.lesson}/{trial.exercise.file}"
    for each in open_ones:
        print(f"  {path}:{each.line}: {each.key}", file=out)
    for each in wrongly:
        print(f"  {path}:{each.line}: is listed as equivalent, but was caught ({trial.results[each.number]}): {each.key}",
              file=out)
    return len(open_ones) + len(wrongly)


def compiler_of(build):
    """The compiler's name and version, as it says itself."""
    cache = (build / "CMakeCache.txt").read_text(encoding="utf-8")
    path = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", cache, re.MULTILINE).group(1)
    said = subprocess.run([path, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8",
                          check=False)
    return said.stdout.splitlines()[0]


def known(page):
    """What a report says of each exercise: its row of numbers, and its survivors as they are written."""
    rows = {name: list(map(int, numbers.split(" | "))) for name, numbers in re.findall(r"^\| (\S+/\S+) \| (.*) \|$", page, re.M)}
    return rows, dict(re.findall(r"^### (\S+)\n\n((?:[- ].*\n)*)", page, re.M))


def report(trials, equivalents, compiler, day, before="", order=()):
    """docs/mutation.md. Of exercises that were not tried now it says what `before` says, in the course's `order`."""
    rows, survivors = known(before)
    for trial in trials:
        name = trial.exercise.full_id
        listed = equivalents.get(name, {})
        reasons = [listed.get(each.key) for each in trial.survivors]
        open_ones = reasons.count(None)
        unseen = sum(1 for reason in reasons if reason and reason.startswith(UNSEEN))
        same = len(reasons) - open_ones - unseen
        rows[name] = [len(trial.chosen), len(trial.left_out), len(trial.compiled), len(trial.ended("failed", "ended_early")),
                      len(trial.ended("crashed")), len(trial.ended("hung")), same, unseen, open_ones]
        path = f"solutions/{trial.exercise.lesson}/{trial.exercise.file}"
        survivors[name] = "".join(f"- `{path}`, line {each.line}: {each.key}\\\n  "
                                  + listed.get(each.key, "**Nobody notices.** A test is missing.") + "\n"
                                  for each in trial.survivors)
    names = [name for name in order if name in rows] or list(rows)
    sums = [sum(numbers) for numbers in zip(*(rows[name] for name in names))] or [0] * 9
    able = sums[2] - sums[6]
    caught = sums[3] + sums[4] + sums[5]
    share = f"{100 * caught / able:.1f} %" if able else "none"
    return "\n".join([
        "# Mutants",
        "",
        "Does a grader notice when a right answer is made a little wrong? Every solution is changed by a machine, one small",
        "change at a time: a statement is dropped, a condition negated, two neighbours are swapped, an operator or a number",
        "is another one, a move is left out. Each of these mutants is then judged as a learner's answer is. Written by",
        "`python3 tests/exercises/mutate.py --all --build build/default --report`; do not edit.",
        "",
        f"{day}, {compiler}.",
        "",
        f"**{caught} of the {able} mutants that make a difference are caught: {share}.** {sums[7] + sums[8]} are let"
        f" through. Another {sums[6]} compile, and nobody could tell them from the solution; with these it is {caught} of"
        f" {sums[2]}. Each survivor is listed below, with the reason.",
        "",
        "| exercise | mutants | do not compile | compile | failed a test | crashed | hung | equivalent | unseen | open |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        *(f"| {name} | " + " | ".join(map(str, rows[name])) + " |" for name in names),
        "| **all** | " + " | ".join(f"**{each}**" for each in sums) + " |",
        "",
        "A crash or a hang is a verdict, too: the learner is told where it stopped, after which steps. *Equivalent*: the same",
        "answers, whatever is asked. *Unseen*: it makes a difference that this grader cannot see, or that the exercise leaves",
        "free. *Open*: a test is missing.",
        "",
        "## Those that survive",
        *(f"\n### {name}\n\n{survivors[name].rstrip()}" for name in names if survivors.get(name))]) + "\n"


# ---------------------------------------------------------------- the command


def choose(course, names):
    found = []
    for name in names:
        named = [exercise for exercise in course.exercises if name in (exercise.full_id, exercise.lesson, exercise.id)]
        if not named:
            raise Stop(f"There is no exercise {name}.")
        found += named
    return found


def sample(trials, count, seed, equivalents):
    """A few mutants of two exercises; what is equivalent is no good for a quick look."""
    dice = random.Random(seed)
    picked = dice.sample(trials, min(2, len(trials)))
    for trial in picked:
        listed = equivalents.get(trial.exercise.full_id, {})
        able = [each for each in trial.chosen if each.key not in listed]
        trial.chosen = sorted(dice.sample(able, min(len(able), max(1, count // len(picked)))), key=lambda each: each.number)
    return picked


def parse(arguments):
    parser = argparse.ArgumentParser(description="Makes solutions wrong by machine, and looks whether the graders notice.")
    parser.add_argument("exercises", nargs="*", help="such as 04-sleep/interval, or a whole lesson: 04-sleep")
    parser.add_argument("--all", action="store_true", help="every exercise of the course")
    parser.add_argument("--build", type=Path, required=True, metavar="BUILD_DIR", help="such as build/default")
    parser.add_argument("--report", action="store_true", help=f"write {REPORT} and {kill_matrix.PAGE}; what was not tried stays as it is there")
    parser.add_argument("--again", action="store_true", help="forget what is known from the last time")
    parser.add_argument("--sample", type=int, metavar="N", help="only so many mutants, of two exercises")
    parser.add_argument("--seed", type=int, help="which ones (today's date)")
    options = parser.parse_args(arguments)
    if bool(options.exercises) == (options.all or bool(options.sample)):
        parser.error("name exercises, or say --all or --sample N")
    if options.report and options.sample:
        parser.error("--report is about whole exercises, not about a sample")
    return options


def main(arguments=None, root=ROOT, out=sys.stdout):
    options = parse(arguments)
    options.build = options.build.absolute()
    try:
        course = manifest.load(root)
        equivalents = load_equivalents(root)
        trials = []
        for exercise in choose(course, options.exercises) if options.exercises else course.exercises:
            if not is_written(exercise, root):
                print(f"{exercise.full_id}: no solution or no grader so far", file=out)
                continue
            text = solution_of(exercise, root)
            trials.append(Trial(exercise, text, mutants.mutants_of(text)))
        if not trials:
            raise Stop("There is nothing to mutate.")
        if options.sample:
            seed = options.seed if options.seed is not None else datetime.date.today().toordinal()
            print(f"seed {seed}", file=out)
            trials = sample(trials, options.sample, seed, equivalents)
        if not options.again:
            for trial in trials:  # what did not compile the last time does not now
                trial.left_out = set(recall(trial, options.build).get("left_out", ()))
        build_all(trials, options.build)
        bad = 0
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for trial in trials:
                if trial.is_broken:
                    print(f"{trial.exercise.full_id}: does not build, whatever is left out", file=out)
                    bad += 1
                    continue
                run_trial(trial, options.build, pool, options.again)
                bad += say(trial, equivalents, out)
                out.flush()
        if options.report:
            day = datetime.date.today().isoformat()
            kill_matrix.write(course, root)
            whole = [trial for trial in trials if not trial.is_broken]
            page = root / REPORT
            before = "" if options.all or not page.exists() else page.read_text(encoding="utf-8")
            page.write_text(report(whole, equivalents, compiler_of(options.build), day, before,
                                   [each.full_id for each in course.exercises]), encoding="utf-8")
    except Stop as stop:
        print(stop, file=out)
        return 2
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
