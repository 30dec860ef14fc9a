"""./learn list: the course at a glance.

With --json, one object:
    {"course": str, "done": int, "exercises": int, "points": int, "points_total": int, "next": str or null,
     "lessons": [{"id", "number", "name", "part", "title", "state",
                  "exercises": [{"id": "04-sleep/interval", "kind", "title", "file", "points", "hints": int, "state"}]}]}
where a state is "done", "current" or "todo". Fields may be added, never changed.
"""

import json

from course import progress as state
from course import screen
from course.manifest import Course


def summary(course: Course, progress: state.Progress) -> str:
    """How far the learner is, in one line."""
    every = course.exercises
    done = sum(1 for each in every if progress.is_done(each))
    return (f"{course.title}: {done} of {len(every)} exercises done, {state.points(every, progress)} of "
            f"{sum(each.points for each in every)} points.")


def as_json(course: Course, progress: state.Progress) -> dict:
    """The documented shape."""
    every, upcoming = course.exercises, state.current_exercise(course, progress)

    def state_of(exercise):
        return "done" if progress.is_done(exercise) else "current" if exercise is upcoming else "todo"

    def state_of_lesson(lesson):
        if upcoming and upcoming.lesson == lesson.id:
            return "current"
        return "done" if all(map(progress.is_done, lesson.exercises)) else "todo"

    return {
        "course": course.title,
        "done": sum(1 for each in every if progress.is_done(each)), "exercises": len(every),
        "points": state.points(every, progress), "points_total": sum(each.points for each in every),
        "next": upcoming.full_id if upcoming else None,
        "lessons": [
            {"id": lesson.id, "number": lesson.number, "name": lesson.name, "part": lesson.part, "title": lesson.title,
             "state": state_of_lesson(lesson),
             "exercises": [
                 {"id": each.full_id, "kind": each.kind, "title": each.title, "file": each.path,
                  "points": each.points, "hints": len(each.hints), "state": state_of(each)}
                 for each in lesson.exercises]}
            for lesson in course.lessons]}


def show(course: Course, progress: state.Progress, wants_json: bool) -> int:
    """The command."""
    data = as_json(course, progress)
    if wants_json:
        print(json.dumps(data, indent=2))
        return 0
    colour, columns = screen.wants_colour(), screen.width()
    marks = {"done": screen.painted(screen.PASS, "green", colour), "todo": screen.TODO,
             "current": screen.painted("\u2192", "yellow", colour)}
    parts = {part.id: part.title for part in course.parts}
    part = None
    print(summary(course, progress))
    if progress.is_damaged:
        screen.warn("Your progress is damaged. The next ./learn finds out by running the tests what is done.")
    for lesson in data["lessons"]:
        if lesson["part"] != part:
            part = lesson["part"]
            print("\n" + screen.painted(f"{part}. {parts[part]}", "bold", colour))
        name = f"{lesson['id']:<16}"
        print(f"{marks[lesson['state']]} {screen.painted(name, 'bold', colour)} {lesson['title']}")
        for each in lesson["exercises"]:
            line = f"{each['id'].split('/')[1]:<16} {each['kind']:<5} {each['points']:>3}  {each['title']}"
            print(f"    {marks[each['state']]} {screen.cut(line, columns - 6)}")
    print(f"\n{screen.PASS} done, \u2192 current, {screen.TODO} to do. The number is the exercise's points.")
    return 0
