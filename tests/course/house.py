"""The rules of the house: the manifest and the tree agree, and every file is where and what a reader expects.

Each rule is a function of (course, root) that returns a list of problems; a problem is a sentence that says what to
do. test_house.py applies them to the repository, test_house_rules.py proves that each can fail.
"""

import ast
import re
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "docs"), str(REPOSITORY / "tests" / "exercises")]

import answers  # noqa: E402
import floors  # noqa: E402
import kill_matrix  # noqa: E402
import mutate  # noqa: E402
import quotes  # noqa: E402

MANIFEST = "course/course.json"
KINDS = ("build", "fix", "use")
LONGEST_FILE = 250
FEWEST_WRONG, FEWEST_RIGHT, FEWEST_HINTS = 5, 2, 3


def names_in(folder, pattern="*"):
    """Names directly in a folder, hidden ones left out; none when it does not exist."""
    return sorted(path.name for path in folder.glob(pattern) if not path.name.startswith(".")) if folder.is_dir() else []


def compare(listed, found, missing, extra):
    """Problems for names that are in one of two collections only; the texts are formats with {}."""
    return ([missing.format(name) for name in sorted(set(listed) - set(found))]
            + [extra.format(name) for name in sorted(set(found) - set(listed))])


# ---------------------------------------------------------------- lessons


def lesson_folders(course, root):
    """Every listed lesson has its four folders, and no other folder is there."""
    listed, problems = [lesson.id for lesson in course.lessons], []
    for folder in ("lessons", "exercises", "solutions", "tests/exercises"):
        found = [name for name in names_in(root / folder) if (root / folder / name).is_dir() and name != "__pycache__"]
        problems += compare(listed, found, f"{folder}/{{}} is missing, but {MANIFEST} lists the lesson; write it or unlist it",
                            f"{folder}/{{}} is not a lesson of {MANIFEST}; list it there or remove the folder")
    for lesson in course.lessons:
        for name in ("README.md", "main.cpp"):
            if not (root / "lessons" / lesson.id / name).is_file():
                problems.append(f"lessons/{lesson.id}/{name} is missing; every lesson has a chapter and a program")
    return problems


def lesson_numbers(course, root):
    """Lessons count 01, 02, 03, ... in the order of the manifest."""
    return [f"{MANIFEST}: lesson {lesson.id} stands at place {place}; number it {place:02} or move it"
            for place, lesson in enumerate(course.lessons, 1) if lesson.number != place]


def chapter_titles(course, root):
    """A chapter's first line is `# Title` or `# 04 Title` (`# 4. Title`, `# Lesson 4: Title`), as the manifest says."""
    problems = []
    for lesson in course.lessons:
        path = root / "lessons" / lesson.id / "README.md"
        if not path.is_file():
            continue  # told by lesson_folders
        first = (path.read_text(encoding="utf-8").splitlines() or [""])[0]
        match = re.match(r"# (?:(?:Lesson |Chapter )?(\d+)[.:]? (?:[-–—·] )?)?(.*)$", first)
        if not match or match.group(2).strip() != lesson.title or int(match.group(1) or lesson.number) != lesson.number:
            problems.append(f"lessons/{lesson.id}/README.md:1: the title is {first!r}; {MANIFEST} calls the lesson"
                            f" {lesson.title!r}, so write '# {lesson.number:02} {lesson.title}'")
    return problems


def readme_table(course, root):
    """The front page links every lesson and says its result, one row each, and no lesson that is not there."""
    path = root / "README.md"
    if not path.is_file():
        return ["README.md is missing; write the front page, with a row for every lesson"]
    problems, lines = [], path.read_text(encoding="utf-8").splitlines()
    rows = {}
    for number, line in enumerate(lines, 1):
        for lesson_id in re.findall(r"\]\((?:\./)?lessons/([\w-]+)(?:/(?:README\.md)?)?\)", line):
            rows.setdefault(lesson_id, []).append((number, line))
    for lesson in course.lessons:
        if lesson.id not in rows:
            problems.append(f"README.md: lesson {lesson.id} is not linked; add the row"
                            f" | [{lesson.id}](lessons/{lesson.id}/README.md) | {lesson.result} |")
        elif not any(lesson.result in line for _, line in rows[lesson.id]):
            problems.append(f"README.md:{rows[lesson.id][0][0]}: the row of {lesson.id} does not say its result as"
                            f" {MANIFEST} does: {lesson.result!r}")
    order = [lesson_id for lesson_id in rows if lesson_id in [lesson.id for lesson in course.lessons]]
    if order != sorted(order):
        problems.append(f"README.md: the lessons are not in order: {', '.join(order)}")
    return problems


def single_list(course, root):
    """Only the manifest lists lessons: no lesson id in a build file or in the tool's code (comments may give examples)."""
    problems, ids = [], [lesson.id for lesson in course.lessons]
    found = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, ids)) + r")(?!\d)") if ids else None
    builds = [root / "CMakeLists.txt", root / "CMakePresets.json", root / "learn", *root.glob("cmake/*.cmake"),
              *root.glob("*/CMakeLists.txt"), *root.glob("tests/*/CMakeLists.txt")]
    for path in filter(Path.is_file, builds if ids else []):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = found.search(line.split("#")[0])
            if match:
                problems.append(told(root, path, number, match.group(1)))
    for path in sorted(root.glob("course/*.py")) if ids else []:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            # A text with a space in it is a sentence for people; what selects a lesson has none.
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not re.search(r"\s", node.value):
                match = found.search(node.value)
                if match:
                    problems.append(told(root, path, node.lineno, match.group(1)))
    return problems


def told(root, path, line, lesson_id):
    return (f"{path.relative_to(root).as_posix()}:{line}: names the lesson {lesson_id}; only {MANIFEST} lists lessons,"
            " so read it from there")


def reading_places(course, root):
    """Every "lessons/NN-name/README.md#anchor" that a message sends a learner to is there."""
    problems, known = [], {}
    place = re.compile(r"\blessons/([\w-]+)/README\.md(?:#([\w-]+))?")
    folders = ("runtime", "lessons", "exercises", "solutions", "tests/exercises", "tests/support", "tests/runtime")
    files = [path for folder in folders for path in floors.sources(root / folder)] + [root / MANIFEST]
    for path in filter(Path.is_file, files):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for lesson_id, anchor in place.findall(line):
                chapter = root / "lessons" / lesson_id / "README.md"
                if chapter not in known:
                    known[chapter] = quotes.anchors(chapter.read_text(encoding="utf-8")) if chapter.is_file() else None
                where = f"{path.relative_to(root).as_posix()}:{number}: sends the reader to lessons/{lesson_id}/README.md"
                if known[chapter] is None:
                    problems.append(f"{where}, which is not there; name a chapter that is")
                elif anchor and anchor not in known[chapter]:
                    problems.append(f"{where}#{anchor}, but the chapter has no such heading; it has: "
                                    + ", ".join(sorted(known[chapter])))
    return problems


# ---------------------------------------------------------------- concepts

def concepts(course, root):
    """Each lesson says which concepts it introduces, and its chapter speaks of them; each exercise says which it needs."""
    problems, known, needed = [], {}, set()
    for lesson in course.lessons:
        chapter = root / "lessons" / lesson.id / "README.md"
        text = chapter.read_text(encoding="utf-8") if chapter.is_file() else ""
        if not lesson.introduces:
            problems.append(f'{MANIFEST}: {lesson.id} has no "introduces"; list the concepts that its chapter brings')
        for name in lesson.introduces:
            if name in known:
                problems.append(f"{MANIFEST}: {name!r} is introduced by {known[name]} and by {lesson.id}; once is enough")
            known.setdefault(name, lesson.id)
            if not speaks_of(text, name):
                problems.append(f"{MANIFEST}: {lesson.id} introduces {name!r}, but its chapter never says it")
        for exercise in lesson.exercises:
            needed |= set(exercise.needs)
            if not exercise.needs:
                problems.append(f'{MANIFEST}: {exercise.full_id} has no "needs"; list the concepts that it takes for known')
            problems += [f"{MANIFEST}: {exercise.full_id} needs {name!r}, which no lesson introduces so far; introduce it, or"
                         " move the exercise" for name in exercise.needs if name not in known]
            used = used_names(root / "solutions" / lesson.id / exercise.file)
            problems += [f"{MANIFEST}: the solution of {exercise.full_id} uses kettle's {name}; add {name!r} to its \"needs\""
                         for name in known if plain(name) in used and name not in exercise.needs]
    problems += [f"{MANIFEST}: {lesson_id} introduces {name!r}, and no exercise needs it; exercise it, or leave it out"
                 for name, lesson_id in known.items() if name not in needed]
    return problems


def plain(name):
    """A concept as the code spells it, more or less: "join handle" is JoinHandle."""
    return re.sub(r"[\s_-]", "", name).lower()


def speaks_of(text, name):
    """Whether a chapter uses a concept's word, in any of its spellings."""
    words = r"[\s_-]?".join(map(re.escape, re.split(r"[\s_-]", name)))
    return re.search(rf"(?<![A-Za-z]){words}", text, re.IGNORECASE) is not None


def used_names(path):
    """What a file uses of the namespace kettle, in plain spelling."""
    if not path.is_file():
        return set()
    code = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
    return {plain(name) for name in re.findall(r"\bkettle::(?:mpsc::)?(\w+)", code)}


# ---------------------------------------------------------------- runtime


def runtime_files(course, root):
    """Every runtime file belongs to one lesson or to the foundations, exists, and has a test."""
    runtime, problems = root / "runtime" / "kettle", []
    listed = list(course.foundations) + [name for lesson in course.lessons for name in lesson.runtime]
    found = {floors.runtime_name(path.relative_to(runtime), listed) for path in floors.sources(runtime)}
    problems += compare(listed, found, f"runtime/kettle/{{0}}.hpp is missing, but {MANIFEST} lists '{{0}}'; write it or unlist it",
                        f"runtime/kettle/{{0}} belongs to no lesson; add '{{0}}' to \"runtime\" of the lesson that introduces"
                        f" it in {MANIFEST}, or to \"foundations\"")
    problems += [f"{MANIFEST}: runtime file '{name}' is listed {listed.count(name)} times; it belongs to one lesson only"
                 for name in sorted(set(listed)) if listed.count(name) > 1]
    problems += [f"tests/runtime/{name}_test.cpp is missing; every runtime file has one test file that states its promises"
                 for name in sorted(set(listed)) if not (root / "tests" / "runtime" / f"{name}_test.cpp").is_file()]
    return problems


def runtime_shape(course, root):
    """A runtime file is short and opens by saying what it is."""
    problems = []
    for path in floors.sources(root / "runtime" / "kettle"):
        text, name = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
        length, opening = len(text.splitlines()), len(answers.first_comment(text))
        if length > LONGEST_FILE:
            problems.append(f"{name} has {length} lines, more than {LONGEST_FILE}; it holds two ideas, so split it")
        if path.suffix == ".hpp" and not 3 <= opening <= 8:
            problems.append(f"{name} opens with {opening} lines of // comment; write 3 to 8 that say what the idea is, which"
                            " lesson introduces it, and what it promises")
        if path.suffix == ".cpp" and opening < 1:
            problems.append(f"{name} does not open with a comment; say in a // line what is in it")
    return problems


# ---------------------------------------------------------------- exercises


def exercise_files(course, root):
    """exercises/ holds the listed files and nothing else, and solutions/ mirrors it."""
    problems = []
    for lesson in course.lessons:
        listed = [exercise.file for exercise in lesson.exercises]
        problems += [f"{MANIFEST}: {lesson.id} uses exercises/{lesson.id}/{name} for two exercises; one file each"
                     for name in sorted(set(listed)) if listed.count(name) > 1]
        for folder, what in (("exercises", "the file with the hole"), ("solutions", "the same file, solved")):
            place = f"{folder}/{lesson.id}"
            problems += compare(listed, names_in(root / place), f"{place}/{{}} is missing: {what}; write it",
                                f"{place}/{{}} is no exercise of {MANIFEST}; list it there or remove it")
    return problems


def exercise_kinds(course, root):
    """Every lesson has an exercise of every kind, and every exercise has hints enough and says what it teaches."""
    problems = []
    for lesson in course.lessons:
        for kind in KINDS:
            if not any(exercise.kind == kind for exercise in lesson.exercises):
                problems.append(f"{MANIFEST}: {lesson.id} has no exercise of kind '{kind}'; every lesson has one of each:"
                                f" {', '.join(KINDS)}")
        for exercise in lesson.exercises:
            hints = [hint for hint in exercise.hints if hint.strip()]
            if len(hints) < FEWEST_HINTS:
                problems.append(f"{MANIFEST}: {exercise.full_id} has {len(hints)} hints; write at least {FEWEST_HINTS}, from a"
                                " nudge to nearly the answer")
            if not exercise.learned.strip():
                problems.append(f'{MANIFEST}: {exercise.full_id} has no "learned"; write in a line what whoever passes it knows')
    return problems


def graders(course, root):
    """Every exercise has a grader and its folder of answers, and nothing else is there."""
    problems = []
    for lesson in course.lessons:
        place = f"tests/exercises/{lesson.id}"
        ids = [exercise.id for exercise in lesson.exercises]
        found = names_in(root / place)
        problems += compare([f"{each}_test.cpp" for each in ids] + ids, found,
                            f"{place}/{{}} is missing; an exercise ID has its grader ID_test.cpp and a folder ID of answers",
                            f"{place}/{{}} belongs to no exercise of {MANIFEST}; list the exercise or remove it")
    return problems


def proofs(course, root):
    """Every exercise has wrong and right answers, which say what they are, and goldens."""
    problems = []
    for exercise in (exercise for lesson in course.lessons for exercise in lesson.exercises):
        place = f"tests/exercises/{exercise.full_id}"
        folder = root / place
        prove = f"python3 tests/exercises/prove.py {exercise.full_id} --update"
        wrong, right = names_in(folder / "wrong", "*.hpp"), names_in(folder / "right", "*.hpp")
        if len(wrong) < FEWEST_WRONG:
            problems.append(f"{place}/wrong has {len(wrong)} answers; write at least {FEWEST_WRONG} that a learner could"
                            " plausibly hand in")
        if len(right) < FEWEST_RIGHT:
            problems.append(f"{place}/right has {len(right)} answers; write at least {FEWEST_RIGHT} correct ones of another shape than the"
                            " solution, so that the grader does not ask for one shape only")
        if not (folder / "starter.txt").is_file():
            problems.append(f"{place}/starter.txt is missing; make it with {prove}, then read it")
        goldens = []
        for name in wrong:
            header = answers.Header.of(folder / "wrong" / name)
            problems += [f"{place}/wrong/{name}: {text}" for text in wrong_header(header)]
            if not header.verdict:
                goldens.append(name[:-len(".hpp")] + ".txt")
        problems += compare(goldens, names_in(folder / "wrong", "*.txt"),
                            f"{place}/wrong/{{}} is missing; make it with {prove}, then read it",
                            f"{place}/wrong/{{}} is compared with nothing; remove it")
        for name in right:
            if not answers.Header.of(folder / "right" / name).shape:
                problems.append(f"{place}/right/{name}: open it with '// Shape: ...', how it differs from the solution")
    return problems


def wrong_header(header):
    """What a wrong answer forgot to say."""
    if not header.mistake:
        yield "open it with '// Mistake: ...', what the learner believed"
    if header.kind not in answers.KINDS:
        yield f"add a line '// Kind: ...', one of: {', '.join(answers.KINDS)}"
    if not header.fails or not all(header.fails):
        yield "add a line '// Fails: <exact name of the test case>' for every case that it fails"
    if header.verdict and header.verdict not in answers.SPECIAL_KINDS:
        yield f"'// Verdict: {header.verdict}' is not one of {', '.join(answers.SPECIAL_KINDS)}"
    for key in header.unknown:
        yield f"'// {key}:' is not a field; the fields are Mistake, Kind, Fails and Verdict"


def catches(course, root):
    """The tests that wrong answers name are there, and docs/kill-matrix.md says what they say."""
    return kill_matrix.problems(course, root)


def equivalents(course, root):
    """Every mutant that is listed as equivalent is one that can be made, and says why nobody can tell."""
    return mutate.stale(root, course)


RULES = (lesson_folders, lesson_numbers, chapter_titles, readme_table, single_list, reading_places, concepts,
         runtime_files, runtime_shape, exercise_files, exercise_kinds, graders, proofs, catches, equivalents,
         floors.check_runtime, floors.check_lessons)
