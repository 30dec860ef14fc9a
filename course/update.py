"""./learn update: the newest course, with starters that changed merged into the files that the learner has edited.

Nothing of the learner's is overwritten: every file is copied first, and where a merge conflicts theirs stays.
The course itself comes by `git merge --ff-only`; for that moment edited files make room, and a note in .learn says so,
so that an update that is cut off in the middle is mended by the next ./learn update.
"""

import json
import subprocess

from course import backups, merging, screen, starters, storage
from course.errors import Stop
from course.manifest import ROOT, Course, Exercise
from course.progress import FOLDER, Progress

_NOTE = FOLDER / "update.json"
_CONFLICTS = FOLDER / "conflicts"
_PATIENCE = 120  # seconds for the network


def run(course: Course, progress: Progress, ref: str, fetches: bool) -> int:
    """The command: 0, or 1 when there are conflicts to look at."""
    if starters.git("rev-parse", "--verify", "HEAD") is None:
        raise Stop("This is no git repository (or git is missing), so there is nowhere to get a newer course from.\n"
                   "Clone it anew, and copy your exercises/ over.")
    with storage.alone(FOLDER, "lock-update"):
        mend()
        starters.remember(course, progress)
        source = ref or _followed()
        if fetches and not ref and source != "HEAD" and starters.git("fetch", "--quiet", limit=_PATIENCE) is None:
            screen.warn("The network, or the place that this clone comes from, does not answer. Going on without it.")
        if starters.git("rev-parse", "--verify", f"{source}^{{commit}}") is None:
            raise Stop(f'git knows no commit "{source}".')
        return _update(course, source)


def _followed() -> str:
    """The branch that this one follows, or HEAD when it follows none."""
    name = starters.git("rev-parse", "--abbrev-ref", "@{upstream}")
    return name.decode().strip() if name else "HEAD"


def _update(course: Course, source: str) -> int:
    folder = backups.new_folder()
    results = {each: _look(each, source) for each in course.exercises}
    moved = _fast_forward(course, source)
    said = [words for each, (what, text) in results.items() if (words := _apply(each, what, text, source, folder))]
    screen.say("\n".join([*moved, *said] or ["Everything is up to date."]))
    if folder.exists():
        screen.say(f"Your files as they were: {folder.relative_to(ROOT).as_posix()}/")
    return 1 if any(what == "conflict" for what, _ in results.values()) else 0


def _look(exercise: Exercise, source: str) -> tuple:
    """What is to be done with an exercise's file, and the text for it."""
    new, old = starters.blob(exercise.path, source), starters.content(starters.kept(exercise))
    mine = starters.content(ROOT / exercise.path)
    if new is None or mine == new:
        return "nothing", new
    if mine is None:
        return "restore", new
    if old is None or mine == old:
        return "replace", new
    if old == new:
        return "nothing", None
    text, conflicts = merging.merged(mine, old, new)
    return ("conflict", text) if conflicts else ("merge", text)


def _apply(exercise: Exercise, what: str, text: bytes, source: str, folder) -> str:
    """Does it, and says so."""
    new = starters.blob(exercise.path, source)
    if what == "nothing":
        return ""
    if what == "conflict":
        place = _CONFLICTS / exercise.lesson / exercise.file
        storage.write(place, text)
        marks = text.decode("utf-8", errors="replace").splitlines()
        start = next((number for number, line in enumerate(marks) if line.startswith("<<<<<<<")), 0)
        shown = "\n".join(f"  {line}" for line in marks[start:start + 12])
        return (f"{exercise.path}: its starter changed where you did. Yours stays as it is. The first place:\n{shown}\n"
                f"All of it: {place.relative_to(ROOT).as_posix()}\nTake over what you want, then ./learn update again.")
    if what == "merge":
        backups.back_up(exercise, folder)
    storage.write(ROOT / exercise.path, text)
    starters.keep(exercise, new)
    return {"restore": f"{exercise.path}: it was not there, and is the starter now.",
            "replace": f"{exercise.path}: the new starter (you had not edited it).",
            "merge": f"{exercise.path}: what changed in the starter is merged into yours."}[what]


def _fast_forward(course: Course, source: str) -> list:
    """Brings the course's own files up to date. Edited exercises make room, and come back as they are."""
    ahead = starters.git("rev-list", "--count", f"HEAD..{source}")
    if not ahead or int(ahead) == 0:
        return []
    own = starters.git("rev-list", "--count", f"{source}..HEAD")
    if own and int(own):
        return [f"Your branch has commits of its own: git merge {source} brings the rest of the course."]
    mine = {each.path: starters.content(ROOT / each.path) for each in course.exercises
            if starters.content(ROOT / each.path) not in (None, starters.blob(each.path))}
    storage.write(_NOTE, json.dumps({path: text.decode("latin-1") for path, text in mine.items()}).encode("ascii"))
    try:
        for path in mine:
            known = starters.blob(path)
            if known is not None:
                storage.write(ROOT / path, known)
        done = subprocess.run(["git", "merge", "--ff-only", "--quiet", source], cwd=ROOT, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    finally:
        mend()
    if done.returncode != 0:
        words = done.stdout.decode("utf-8", errors="replace").strip()
        raise Stop("git could not bring the rest of the course up to date. Your exercises are as they were. It said:\n"
                   + "\n".join(f"  {line}" for line in words.splitlines()[:12]))
    return [f"The course is up to date with {source}."]


def mend() -> None:
    """Brings back the files that had made room."""
    try:
        noted = json.loads(_NOTE.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return
    for path, text in noted.items():
        storage.write(ROOT / path, text.encode("latin-1"))
    _NOTE.unlink()
