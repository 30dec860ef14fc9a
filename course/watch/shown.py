"""What a session shows: header, page and footer, as lines for the terminal."""

from course import screen, starters
from course.status import bar
from course.watch import pages
from course.watch.folding import length

KEYS = {"h": "hint", "n": "next", "l": "list", "r": "rerun", "d": "diff", "x": "reset", "t": "trace", "a": "all", "q": "quit"}


def lines(session, columns: int, rows: int, colour: bool) -> list:
    """The whole screen."""
    look = pages.Look(columns, colour)
    page = _page(session, look)
    header = [look.paint(f"{session.exercise.full_id}: {session.exercise.title}", "bold"), _status(session, look, columns)]
    footer = [bar(session.course, session.progress, columns), *_offer(session, look)]
    if session.must_reveal:
        session.view.lines(header, page, footer, columns, rows)
        session.view.reveal(session.chosen_line)
        session.must_reveal = False
    return session.view.lines(header, page, footer, columns, rows)


def _status(session, look, columns: int) -> str:
    """The file, and what is being done with it. Where both do not fit: what is being done."""
    words = session.note
    if session.job:
        words = session.job.doing.replace(f" {session.exercise.full_id}", "")
        words = words or ("recording the failing test ..." if session.kind == "trace" else "running its tests ...")
    path, words = look.paint(session.exercise.path, "dim"), look.paint(words, "yellow") or session.judged
    if len(session.exercise.path) + 2 + length(words) <= columns:
        return f"{path}  {words}"
    return path if words == session.judged else words


def _page(session, look) -> list:
    exercise = session.exercise
    if session.page == "hint":
        return pages.hint(look, exercise, session.hint) if exercise.hints else pages.no_hints(look, exercise)
    if session.page == "list":
        lines, session.chosen_line = pages.courses(look, session.course, session.progress, session.chosen)
        return lines
    if session.page in ("solution", "diff"):
        return {"solution": pages.solution, "diff": pages.difference}[session.page](look, exercise)
    if session.page == "trace":
        return pages.trace(look, session.trace)
    if session.problem:
        return pages.problem(look, session.problem)
    if session.verdict is None:
        return ["", *look.words("Building and testing ... The first time takes a little longer.")]
    lines = look.words(f"The starter is back. What you wrote is in {session.copy}") + [""] if session.copy else []
    lines += pages.verdict(look, session.verdict, session.made_of, session.in_full)
    if session.verdict.passed:
        lines += pages.passed(look, session.course, session.progress, exercise, session.made_of)
    elif starters.is_starter(exercise):
        lines += pages.starter(look, exercise)
    return lines


def _offer(session, look) -> list:
    """The keys that make sense now."""
    if session.question:
        return [look.paint(session.question[0], "yellow")]
    if session.page == "list":
        return ["up down: choose   enter: go   esc: back   q: quit"]
    passed = bool(session.verdict and session.verdict.passed)
    keys = ["n"] if passed else ["h"]
    keys += ["d"] if session.may_see_the_solution() else []
    keys += ["t"] if session.failing() else []
    keys += ["a"] if session.verdict and session.verdict.kind in ("failed", "passed") else []
    words = [f"{key} {KEYS[key]}" for key in [*keys, "l", "r", "x", "q"]]
    return screen.wrapped("  ".join(words if session.page == "verdict" else ["esc back", *words]), look.columns).split("\n")
