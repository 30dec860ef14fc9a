"""./learn status: where the learner stands, for people and for machines.

With --json, one object:
    {"course": str, "done": int, "exercises": int, "points": int, "points_total": int,
     "current": {"id", "title", "file", "chapter", "state", "hints_seen", "hints", "gave_up"} or null}
Fields may be added, never changed.
"""

import json

from course import listing, screen
from course import progress as state
from course.manifest import Course


def as_json(course: Course, progress: state.Progress) -> dict:
    """The documented shape."""
    whole = listing.as_json(course, progress)
    here = state.current_exercise(course, progress)
    return {**{key: whole[key] for key in ("course", "done", "exercises", "points", "points_total")},
            "current": None if here is None else {
                "id": here.full_id, "title": here.title, "file": here.path,
                "chapter": f"lessons/{here.lesson}/README.md", "state": "done" if progress.is_done(here) else "current",
                "hints_seen": progress.hints_seen(here), "hints": len(here.hints), "gave_up": progress.has_given_up(here)}}


def show(course: Course, progress: state.Progress, wants_json: bool) -> int:
    """The command."""
    data = as_json(course, progress)
    if wants_json:
        print(json.dumps(data, indent=2))
        return 0
    print(bar(course, progress, screen.width()))
    here = data["current"]
    if here is None:
        screen.say("Every exercise passes.")
        return 0
    screen.say(f"You are at {here['id']}: {here['title']}")
    screen.say(f"  chapter: {here['chapter']}\n  file:    {here['file']}\n  hints:   {here['hints_seen']} of {here['hints']} seen")
    return 0


def bar(course: Course, progress: state.Progress, columns: int) -> str:
    """The progress over the course in one line: a bar where there is room for it, and numbers."""
    every = course.exercises
    done = sum(1 for each in every if progress.is_done(each))
    total = sum(each.points for each in every)
    words = f"{done} of {len(every)} done, {state.points(every, progress)} of {total} points"
    if len(words) > columns:
        words = f"{done} of {len(every)}"
    room = min(40, columns - len(words) - 3)
    if room < 5:
        return words
    filled = done * room // len(every) if every else 0
    return f"[{'#' * filled}{screen.TODO * (room - filled)}] {words}"
