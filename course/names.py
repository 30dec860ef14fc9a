"""Finds the lesson or exercise that a learner means by a few letters.

Accepted: a number (4, 04), a lesson's id or name or the beginning of either (04-sleep, sl), an exercise's full id or
its beginnings (04-sleep/interval, sleep/int), a bare exercise id or its beginning (interval), and a path to the
exercise's file, as a shell completes it. An exact name wins over a beginning, a lesson over an exercise.
"""

from course.errors import Stop
from course.manifest import Course, Exercise, Lesson

_NEAR = 0.7  # how alike a name must be to be suggested, of 1


def lesson(course: Course, text: str) -> Lesson:
    """The lesson meant by `text`."""
    found = _search(course, text)
    if len(found) == 1 and isinstance(found[0], Lesson):
        return found[0]
    if len(found) == 1:
        raise Stop(f'"{text}" is an exercise of lesson {found[0].lesson}. Name the lesson: {found[0].lesson}')
    lessons = [each for each in found if isinstance(each, Lesson)]
    return lessons[0] if len(lessons) == 1 else _refuse(course, text, lessons or found)


def exercise(course: Course, text: str) -> Exercise:
    """The exercise meant by `text`."""
    found = _search(course, text, exercises_only=True)
    return found[0] if len(found) == 1 else _refuse(course, text, found or _of_lesson(course, text))


def either(course: Course, text: str):
    """The lesson or the exercise meant by `text`."""
    found = _search(course, text)
    return found[0] if len(found) == 1 else _refuse(course, text, found)


def _of_lesson(course: Course, text: str) -> list:
    """The exercises of the lesson that was named where an exercise was wanted."""
    found = _search(course, text)
    return found[0].exercises if len(found) == 1 and isinstance(found[0], Lesson) else []


def _search(course: Course, text: str, exercises_only: bool = False) -> list:
    """Everything that `text` may mean, best rank only."""
    wanted = text.strip().lower()
    for folder in ("./", "exercises/", "solutions/", "lessons/"):
        wanted = wanted[len(folder):] if wanted.startswith(folder) else wanted
    wanted = wanted.rstrip("/")
    head, slash, tail = wanted.partition("/")
    if slash and tail in ("readme.md", "main.cpp"):
        head, slash = head, ""
    if not head or (slash and not tail):
        return []
    lessons = _lessons(course, head)
    if slash:
        return _exercises([each for found in lessons for each in found.exercises], tail)
    if exercises_only:
        return _exercises(course.exercises, head)
    exercises = _exercises(course.exercises, head)
    exact = [each for each in lessons if head in (each.id, each.name) or head.isdigit()]
    exact = exact or [each for each in exercises if head in (each.id, each.file)]
    return exact or lessons + exercises


def _lessons(course: Course, text: str) -> list:
    if text.isdigit():
        return [each for each in course.lessons if each.number == int(text)]
    exact = [each for each in course.lessons if text in (each.id, each.name)]
    return exact or [each for each in course.lessons if each.id.startswith(text) or each.name.startswith(text)]


def _exercises(among: list, text: str) -> list:
    text = text.replace("-", "_")  # Lessons have hyphens in their names, exercises have not: either will do.
    exact = [each for each in among if text in (each.id, each.file)]
    return exact or [each for each in among if each.id.startswith(text)]


def _label(thing) -> str:
    return thing.id if isinstance(thing, Lesson) else thing.full_id


def _refuse(course: Course, text: str, found: list):
    """Ends with the candidates, or with the names that come nearest."""
    if found:
        raise Stop(f'"{text}" may mean more than one thing. Which of these?\n'
                   + "\n".join(f"  {_label(each)}" for each in found))
    import difflib
    known = {}
    for each in course.lessons + course.exercises:
        for name in {_label(each), each.id, getattr(each, "name", each.id)}:
            known.setdefault(name, _label(each))
    near = list(dict.fromkeys(known[name] for name in difflib.get_close_matches(text.lower(), known, 3, _NEAR)))
    advice = "Did you mean:\n" + "\n".join(f"  {name}" for name in near) if near else "./learn list shows all names."
    raise Stop(f'There is no lesson or exercise "{text}". {advice}')
