"""./learn test: builds an exercise's test, runs it, shows the verdict, remembers how it ended.

With --json, one object:
    {"passed": int, "total": int,
     "tests": [{"exercise": "04-sleep/interval", "flavour": "exercise" or "solution", "verdict": {...},
                "pieces": [{"exercise": "01-future/countdown", "yours": bool}]}]}
where a verdict has "kind" (passed, failed, hung, crashed, ended_early, does_not_compile, empty, missing), "cases" (each
with "name", "passed" (null: it did not end), "steps", "failures"), "cause", "frames", "output", "diagnostics" and more.
Fields may be added, never changed.
"""

import json
import math
import os
from pathlib import Path

from course import advice, build, pieces, recovery, screen, starters
from course import progress as state
from course.diagnostics import compile_verdict, first_warning
from course.errors import Stop
from course.faults import DATA_RACE
from course.manifest import ROOT, Course, Exercise
from course.starters import is_starter
from course.verdict import Verdict, render, run_test, shown, without_source

DEFAULT_LIMIT = 10.0
LONGEST_LIMIT = 600.0
SANITIZERS_TAKE = 3  # times as long
COMPILE_LIMIT = 300.0


def test_limit() -> float:
    """Seconds that a test program may take: KETTLE_TEST_LIMIT, else ten."""
    text = os.environ.get("KETTLE_TEST_LIMIT", "")
    if not text:
        return DEFAULT_LIMIT
    try:
        limit = float(text)
    except ValueError:
        limit = math.nan
    if not 0 < limit <= LONGEST_LIMIT:
        raise Stop(f"KETTLE_TEST_LIMIT is {text}: it must be a number of seconds, more than 0 "
                   f"and at most {LONGEST_LIMIT:g}.")
    return limit


def judge(exercise: Exercise, flavour: str, limit: float, preset: str = "default") -> Verdict:
    """Builds and runs one exercise in one flavour."""
    source = ROOT / f"{flavour}s" / exercise.lesson / exercise.file
    nothing = without_source(source)
    if nothing:
        return nothing
    target = exercise.target(flavour)
    built = build.build([target], preset, limit=COMPILE_LIMIT, doing=f"Building {exercise.full_id} ...")
    if built.too_long:
        return Verdict("does_not_compile", source=shown(source), log=built.log, diagnostics=[
            f"The build was not finished within {COMPILE_LIMIT:g} seconds, and was stopped; no error was found before. What is done"
            " is kept: run the same command again."])
    if built.ok:
        binary = build.folder(preset) / exercise.output(flavour)
        verdict = run_test(binary, limit=limit, source=source)
        warning = _warning(built, binary, source)
        if not verdict.passed:
            text = (starters.content(source) or b"").decode("utf-8", errors="replace")
            verdict.warning, verdict.advice = warning, advice.on(warning) or advice.on_source(text, source.name)
        return verdict
    failed = [line for line in built.output.splitlines() if line.startswith("FAILED: ")]
    if not any(target in line or exercise.output(flavour) in line for line in failed):
        words = [line for line in built.output.splitlines() if "error:" in line or "CMake Error" in line][:3]
        raise Stop("The course's own code could not be built, so your exercise was not judged:\n"
                   + "\n".join(f"  {line}" for line in words)
                   + f"{built.advice}\n./learn doctor looks at the set-up, git status shows what was changed.")
    return compile_verdict(built.output, source, built.log)


def _warning(built, binary: Path, source: Path) -> list:
    """What the compiler warned of when it last compiled this program: a build with nothing to do says nothing."""
    kept = binary.with_name(f"{binary.name}.warning")
    try:
        if "no work to do" not in built.output:
            kept.write_text("\n".join(first_warning(built.output, source)), encoding="utf-8")
        return kept.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def judged(course: Course, exercise: Exercise, flavour: str, limit: float, preset: str = "default") -> tuple:
    """The pieces that an exercise is made of, and the verdict on it."""
    chosen = [] if flavour != "exercise" else pieces.choose(
        course, exercise, lambda piece: not is_starter(piece) and judge(piece, "exercise", limit).passed, preset)
    verdict = judge(exercise, flavour, limit, preset)
    if verdict.passed and exercise.sanitizer == "thread" and (flavour, preset) == ("exercise", "default"):
        verdict = _race(exercise, limit) or verdict
    return chosen, verdict


def _race(exercise: Exercise, limit: float):
    """The verdict of the thread sanitizer when it has found a data race; None when not, or when it does not work here."""
    try:
        build.ensure_configured("tsan")
        verdict = judge(exercise, "exercise", limit * SANITIZERS_TAKE, "tsan")
    except Stop:
        return None
    return verdict if DATA_RACE in verdict.cause else None


def after(course: Course, progress: state.Progress, exercise: Exercise, verdict: Verdict) -> str:
    """What a learner may do next, in a line or two."""
    if verdict.passed:
        upcoming = state.next_exercise(course, progress, exercise)
        if upcoming is None:
            return "That was the last one: the whole course is done. Well done."
        if upcoming.lesson != exercise.lesson:
            return _next_lesson(course, progress, exercise, upcoming)
        return f"Next: {upcoming.title}\n  file: {upcoming.path}\n  ./learn test {upcoming.full_id}"
    if verdict.kind in ("empty", "missing"):
        return ""
    lines = []
    if is_starter(exercise):
        lines.append(f"This is the starter, as it came: open {exercise.path} and begin.")
    if exercise.hints:
        lines.append(f"Stuck? ./learn hint {exercise.full_id}")
    return "\n".join(lines)


def _next_lesson(course: Course, progress: state.Progress, exercise: Exercise, upcoming: Exercise) -> str:
    """Sends the learner to the chapter first: its exercises need it."""
    here, there = course.lesson(exercise.lesson), course.lesson(upcoming.lesson)
    done = f"Lesson {here.number:02} is done. " if all(map(progress.is_done, here.exercises)) else ""
    return (f"{done}Next: lesson {there.number:02}, {there.title}\n  chapter: lessons/{there.id}/README.md\n"
            f"  program: ./learn run {there.number:02}\n  then:    ./learn test {upcoming.full_id}")


def test(course: Course, progress: state.Progress, exercises: list, flavour: str, wants_json: bool,
         preset: str = "default", in_full: bool = False) -> int:
    """The command, for one exercise or for all of a lesson."""
    limit = test_limit() * (1 if preset == "default" else SANITIZERS_TAKE)
    build.ensure_configured(preset)
    if flavour == "exercise":
        recovery.recover(course, progress, leave_out=exercises)
        starters.remember(course, progress)
    verdicts, made_of = [], {}
    for number, exercise in enumerate(exercises):
        if not wants_json and len(exercises) > 1:
            print(screen.painted(f"{exercise.full_id}: {exercise.title}", "bold", screen.wants_colour()), flush=True)
        chosen, verdict = judged(course, exercise, flavour, limit, preset)
        made_of[exercise] = chosen
        verdicts.append(verdict)
        if flavour == "exercise":
            state.record_result(course, progress, exercise, verdict.passed)
        if chosen and not wants_json:
            screen.say(pieces.said(chosen) + "\n")
        if not wants_json:
            print(render(verdict, colour=screen.wants_colour(), width=screen.width(), timing=True), end="", flush=True)
            if in_full and verdict.kind == "does_not_compile":
                print("\n" + (starters.content(ROOT / verdict.log) or b"").decode("utf-8", errors="replace"))
            if chosen and verdict.passed:
                screen.say(pieces.praised(chosen))
            words = after(course, progress, exercise, verdict) if flavour == "exercise" else ""
            if words and (len(exercises) == 1 or not verdict.passed):
                screen.say(words)
            if number + 1 < len(exercises):
                print()
    passed = sum(1 for verdict in verdicts if verdict.passed)
    if wants_json:
        print(json.dumps({"passed": passed, "total": len(verdicts), "tests": [
            {"exercise": exercise.full_id, "flavour": flavour, "verdict": verdict.as_json(),
             "pieces": [piece.as_json() for piece in made_of[exercise]]}
            for exercise, verdict in zip(exercises, verdicts)]}, indent=2))
    elif len(exercises) > 1:
        _summary(course, progress, exercises, verdicts, flavour)
    return 0 if passed == len(verdicts) else 1


def _summary(course, progress, exercises, verdicts, flavour) -> None:
    """The lesson at a glance, after its exercises."""
    words = {"failed": "some tests fail", "ended_early": "left before the end", "does_not_compile": "does not compile"}
    print()
    for exercise, verdict in zip(exercises, verdicts):
        mark = screen.PASS if verdict.passed else screen.FAIL
        mark = screen.painted(mark, "green" if verdict.passed else "red", screen.wants_colour())
        print(f"{mark} {exercise.full_id}: {words.get(verdict.kind, verdict.kind)}")
    passed = sum(1 for verdict in verdicts if verdict.passed)
    print(f"{passed} of {len(verdicts)} exercises pass.")
    if passed == len(verdicts) and flavour == "exercise":
        screen.say(after(course, progress, exercises[-1], verdicts[-1]))
