"""The pieces of an exercise that is made of earlier ones: the learner's own where they pass, the course's where not yet.

Such an exercise includes <pieces/FILE>, a forwarding header in build/default/pieces. Before it is built, each piece is
judged, and the header is written for whoever's file it is: "pieces" in course.json, course/piece.hpp.in.
"""

from dataclasses import dataclass

from course import build
from course.manifest import ROOT, Course, Exercise


@dataclass(frozen=True)
class Piece:
    """An earlier exercise, and whether the learner's file is used."""

    exercise: Exercise
    is_yours: bool

    @property
    def source(self):
        """The file that is used."""
        flavour = "exercise" if self.is_yours else "solution"
        return ROOT / f"{flavour}s" / self.exercise.lesson / self.exercise.file

    def as_json(self) -> dict:
        return {"exercise": self.exercise.full_id, "yours": self.is_yours}


def choose(course: Course, exercise: Exercise, passes, preset: str = "default") -> list:
    """Asks `passes(piece)` of each piece of an exercise, and writes the headers. Returns the pieces, in order."""
    chosen = [Piece(each, passes(each)) for name in exercise.pieces
              for each in course.exercises if each.full_id == name]
    for piece in chosen:
        _write(piece, preset)
    return chosen


def _write(piece: Piece, preset: str) -> None:
    """Writes the forwarding header, unless it is the same: then nothing is compiled again."""
    text = (ROOT / "course" / "piece.hpp.in").read_text(encoding="utf-8")
    text = text.replace("@ID@", piece.exercise.id).replace("@SOURCE@", str(piece.source))
    header = build.folder(preset) / "pieces" / piece.exercise.file
    if not header.is_file() or header.read_text(encoding="utf-8") != text:
        header.parent.mkdir(parents=True, exist_ok=True)
        header.write_text(text, encoding="utf-8")


def said(chosen: list) -> str:
    """Whose each piece is, a line each."""
    lines = [f"  yours  {piece.exercise.full_id}" if piece.is_yours else
             f"  ours   {piece.exercise.full_id} (not solved yet: ./learn test {piece.exercise.full_id})"
             for piece in chosen]
    return "\n".join(["It is made of these pieces:", *lines])


def praised(chosen: list) -> str:
    """What a pass means."""
    yours = sum(1 for piece in chosen if piece.is_yours)
    if yours == len(chosen):
        return "Every piece of it is yours: it ran on a runtime that you have written."
    return (f"It passes with {yours} of {len(chosen)} pieces of yours. Solve the others, and test it again: "
            "then it runs on a runtime that you have written.")
