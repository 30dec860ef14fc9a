"""./learn reset: gives an exercise its starter back. What the learner wrote is copied first."""

from course import backups, screen, starters
from course.errors import Stop
from course.manifest import Course, Exercise
from course.progress import Progress


def reset(exercise: Exercise, progress: Progress, folder=None) -> str:
    """Brings the starter back and forgets the exercise's progress. Where the learner's own text is now, or ""."""
    text = starters.starter(exercise)
    if text is None:
        raise Stop(f"Nobody knows the starter of {exercise.full_id} any more: this is no git repository, and no copy was "
                   "kept.\nGet the course again, and copy the file from there.")
    copy = backups.replace(exercise, text, folder)
    progress.begin_again(exercise)
    return copy


def run(course: Course, progress: Progress, exercises: list, yes: bool) -> int:
    """The command, for one exercise or for all."""
    starters.remember(course, progress)
    changed = [each for each in exercises if not starters.is_starter(each)]
    if len(exercises) > 1 and changed and not yes and screen.can_ask():
        screen.say(f"This takes {len(changed)} of your files back to the beginning, after copying them.")
        if not screen.agreed("Go on? [y/N] ", False):
            screen.say("Nothing was changed.")
            return 0
    folder = backups.new_folder()
    for exercise in exercises:
        copy = reset(exercise, progress, folder)
        if exercise in changed or len(exercises) == 1:
            screen.say(f"{exercise.path} is the starter again.")
        if copy:
            screen.say(f"What you wrote is in {copy}")
    if not changed and len(exercises) > 1:
        screen.say("Every file was the starter already. What was done is forgotten.")
    return 0
