"""Reads course/course.json, the only place that lists lessons and exercises, and checks it.

A mistake in the manifest is reported with the place where it stands, so that whoever adds a lesson can mend
it without reading this file.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from course.errors import Stop

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("build", "fix", "use")
SANITIZERS = ("", "thread")
FLAVOURS = ("exercise", "solution", "proofs")


class ManifestError(Stop):
    """course.json is missing, is not JSON, or breaks a rule."""


@dataclass(frozen=True)
class Exercise:
    """One exercise. `lesson` is the id of its lesson ("04-sleep"), `id` is unique within that lesson.

    `learned` is what whoever passes it knows now, in a line. `sanitizer` is "thread" where threads are the matter.
    `pieces` are the full ids of the earlier exercises that it is made of, if it is: see course/pieces.py.
    `needs` are the concepts that it takes for known; a lesson up to its own introduces each of them.
    """

    id: str
    lesson: str
    kind: str
    title: str
    file: str
    points: int
    hints: tuple
    pieces: tuple = ()
    learned: str = ""
    sanitizer: str = ""
    needs: tuple = ()

    @property
    def full_id(self) -> str:
        """The name that is unique in the course: "04-sleep/interval"."""
        return f"{self.lesson}/{self.id}"

    @property
    def path(self) -> str:
        """What the learner edits, relative to the repository."""
        return f"exercises/{self.lesson}/{self.file}"

    def target(self, flavour: str = "exercise") -> str:
        """The build target: flavour is "exercise", "solution" or "proofs"."""
        if flavour not in FLAVOURS:
            raise ValueError(f"unknown flavour {flavour!r}, expected one of {', '.join(FLAVOURS)}")
        return f"{flavour}-{self.lesson}-{self.id}"

    def output(self, flavour: str = "exercise") -> str:
        """Where that target's program is (a folder of programs for "proofs"), relative to build/<preset>."""
        folder = flavour if flavour.endswith("s") else flavour + "s"
        return f"{folder}/{self.lesson}/{self.id}"


@dataclass(frozen=True)
class Lesson:
    """One lesson, with its exercises in the order in which they are done, and the concepts that its chapter introduces."""

    id: str
    part: str
    title: str
    result: str
    runtime: list
    exercises: list
    introduces: tuple = ()

    @property
    def number(self) -> int:
        return int(self.id.split("-", 1)[0])

    @property
    def name(self) -> str:
        return self.id.split("-", 1)[1]

    @property
    def target(self) -> str:
        return f"lesson-{self.id}"

    @property
    def output(self) -> str:
        return f"lessons/{self.id}"


@dataclass(frozen=True)
class Part:
    """A part of the course: a handful of lessons."""

    id: str
    title: str


@dataclass(frozen=True)
class Course:
    """The whole course, in order."""

    title: str
    foundations: list
    parts: list
    lessons: list

    @property
    def exercises(self) -> list:
        """Every exercise of every lesson, in order."""
        return [exercise for lesson in self.lessons for exercise in lesson.exercises]

    def lesson(self, lesson_id: str) -> Lesson:
        """The lesson with exactly this id."""
        return next(lesson for lesson in self.lessons if lesson.id == lesson_id)


def _field(entry: dict, key: str, kind: type, where: str):
    """The field `key` of an entry, which must be there and of that type."""
    if not isinstance(entry, dict):
        raise ManifestError(f"{where}: expected an object, found {entry!r}")
    if key not in entry:
        raise ManifestError(f'{where}: the field "{key}" is missing')
    value = entry[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ManifestError(f'{where}: "{key}" must be of type {kind.__name__}, found {value!r}')
    return value


def _strings(entry: dict, key: str, where: str) -> list:
    values = _field(entry, key, list, where)
    for value in values:
        if not isinstance(value, str):
            raise ManifestError(f'{where}: "{key}" must hold only strings, found {value!r}')
    return values


def _concepts(entry: dict, key: str, where: str) -> tuple:
    """A list of concepts, each of them once; may be left out."""
    names = _strings(entry, key, where) if key in entry else []
    for name in names:
        if not name.strip() or name != name.strip():
            raise ManifestError(f'{where}: "{key}" holds {name!r}, which is no concept')
        if names.count(name) > 1:
            raise ManifestError(f'{where}: "{key}" names "{name}" twice')
    return tuple(names)


def _exercise(entry: dict, lesson: str, where: str) -> Exercise:
    exercise = Exercise(
        id=_field(entry, "id", str, where), lesson=lesson, kind=_field(entry, "kind", str, where),
        title=_field(entry, "title", str, where), file=_field(entry, "file", str, where),
        points=_field(entry, "points", int, where), hints=tuple(_strings(entry, "hints", where)),
        pieces=tuple(_strings(entry, "pieces", where)) if "pieces" in entry else (),
        learned=_field(entry, "learned", str, where) if "learned" in entry else "",
        sanitizer=_field(entry, "sanitizer", str, where) if "sanitizer" in entry else "",
        needs=_concepts(entry, "needs", where))
    where = f"{where} ({exercise.id})"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", exercise.id):
        raise ManifestError(f"{where}: an id is lower-case letters, digits and underscores")
    if exercise.kind not in KINDS:
        raise ManifestError(f'{where}: unknown kind "{exercise.kind}", expected one of {", ".join(KINDS)}')
    if "/" in exercise.file or not exercise.file.endswith(".hpp"):
        raise ManifestError(f'{where}: "file" must be a plain name that ends in .hpp, found "{exercise.file}"')
    if exercise.sanitizer not in SANITIZERS:
        raise ManifestError(f'{where}: unknown sanitizer "{exercise.sanitizer}", expected "thread" or none')
    if exercise.points <= 0:
        raise ManifestError(f'{where}: "points" must be more than 0, found {exercise.points}')
    return exercise


def _lesson(entry: dict, parts: list, where: str) -> Lesson:
    lesson_id = _field(entry, "id", str, where)
    where = f"{where} ({lesson_id})"
    if not re.fullmatch(r"\d\d-[a-z][a-z0-9-]*", lesson_id):
        raise ManifestError(f'{where}: an id is two digits, a dash and a name, as "04-sleep"')
    part = _field(entry, "part", str, where)
    if part not in [known.id for known in parts]:
        raise ManifestError(f'{where}: unknown part "{part}"')
    exercises = [_exercise(each, lesson_id, f"{where}, exercise {place}")
                 for place, each in enumerate(_field(entry, "exercises", list, where), 1)]
    _unique([each.id for each in exercises], f"{where}: two exercises")
    return Lesson(lesson_id, part, _field(entry, "title", str, where), _field(entry, "result", str, where),
                  _strings(entry, "runtime", where), exercises, _concepts(entry, "introduces", where))


def _check_concepts(lessons: list, where: str) -> None:
    """Each concept is introduced by one lesson, and not needed before it."""
    known = {}
    for lesson in lessons:
        for name in lesson.introduces:
            if name in known:
                raise ManifestError(f'{where}: "{name}" is introduced by {known[name]} and by {lesson.id}')
            known[name] = lesson.id
        for exercise in lesson.exercises:
            for name in exercise.needs:
                if name not in known:
                    raise ManifestError(f'{where}: {exercise.full_id} needs "{name}", which neither its lesson nor an earlier'
                                        ' one introduces')


def _unique(ids: list, what: str) -> None:
    for known in ids:
        if ids.count(known) > 1:
            raise ManifestError(f'{what} have the same id "{known}"')


def load(root: Optional[Path] = None) -> Course:
    """The course as course/course.json under `root` (this repository by default) describes it."""
    path = (Path(root) if root else ROOT) / "course" / "course.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ManifestError(f"course/course.json cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ManifestError(f"course/course.json is not valid JSON: {error}") from error
    where = "course/course.json"
    parts = [Part(_field(each, "id", str, f"{where}, part {place}"), _field(each, "title", str, f"{where}, part {place}"))
             for place, each in enumerate(_field(data, "parts", list, where), 1)]
    _unique([part.id for part in parts], f"{where}: two parts")
    lessons = [_lesson(each, parts, f"{where}, lesson {place}")
               for place, each in enumerate(_field(data, "lessons", list, where), 1)]
    _unique([lesson.id for lesson in lessons], f"{where}: two lessons")
    _unique([lesson.number for lesson in lessons], f"{where}: two lessons")
    if not lessons:
        raise ManifestError(f"{where}: there is no lesson")
    _check_concepts(lessons, where)
    course = Course(_field(data, "course", str, where), _strings(data, "foundations", where), parts, lessons)
    earlier = []
    for exercise in course.exercises:
        for piece in exercise.pieces:
            if piece not in earlier:
                raise ManifestError(f'{where}: {exercise.full_id} is made of "{piece}", which is no earlier exercise')
        earlier.append(exercise.full_id)
    return course
