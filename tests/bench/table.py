"""The table of rows: what is measured with whom, how much work a run does, and what is promised (table.json)."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

FILE = Path(__file__).resolve().parent / "table.json"
KETTLE = "kettle"
KINDS = ("rows", "servers", "growth", "learner")


@dataclass
class Peer:
    """Whom we compare with: a program in the build folder, and the Debian packages that it needs."""

    id: str
    title: str
    program: str
    arguments: list = field(default_factory=list)
    packages: str = ""
    note: str = ""
    both_processors: bool = False


@dataclass
class Promise:
    """At most `times` the best of some peers, or `times` another row of ours, or `most` in the row's unit."""

    times: float = 0
    of: list = field(default_factory=list)
    flat: str = ""
    most: Optional[float] = None
    reach: bool = False
    stands_for: str = ""

    def words(self, titles: dict, unit: str) -> str:
        if self.most is not None:
            return f"<= {self.most:g} {unit}"
        if self.flat:
            return f"<= {self.times:g} x {self.flat}"
        best = ", ".join(titles[peer] for peer in self.of)
        return f"<= {self.times:.2f} of {'the best of ' if len(self.of) > 1 else ''}{best}"


@dataclass
class Row:
    """One kind of work."""

    id: str
    title: str
    kind: str = "rows"
    unit: str = "ns"
    size: int = 0
    quick: int = 0
    instructions: Optional[list] = None
    promises: list = field(default_factory=list)
    note: str = ""
    both_processors: bool = False
    steady: bool = False  # nothing that others do on the machine changes it: --quick runs it once
    sizes: dict = field(default_factory=dict)
    mode: str = ""
    connections: int = 0


@dataclass
class Table:
    peers: list
    rows: list

    @property
    def titles(self) -> dict:
        return {peer.id: peer.title for peer in self.peers}

    def of_kind(self, kind: str) -> list:
        return [row for row in self.rows if row.kind == kind]


def load(file=FILE) -> Table:
    """Reads the table; raises ValueError where it contradicts itself."""
    data = json.loads(Path(file).read_text(encoding="utf-8"))
    peers = [Peer(**peer) for peer in data["peers"]]
    rows = []
    for kind in KINDS:
        for entry in data[kind]:
            promises = [Promise(**promise) for promise in entry.pop("promises", [])]
            rows.append(Row(kind=kind, promises=promises, **entry))
    table = Table(peers, rows)
    _check(table)
    return table


def _check(table: Table):
    ids = [row.id for row in table.rows]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise ValueError(f"rows are listed twice: {', '.join(twice)}")
    for row in table.rows:
        for promise in row.promises:
            unknown = [peer for peer in promise.of if peer not in table.titles]
            if unknown or (promise.flat and promise.flat not in ids):
                raise ValueError(f"{row.id} promises something of {', '.join(unknown) or promise.flat}, which is not in the table")
            if (promise.most is not None) + bool(promise.flat) + bool(promise.of) != 1:
                raise ValueError(f"{row.id} has a promise that says not one thing")
        if row.instructions is not None and not row.instructions[0] < row.instructions[1]:
            raise ValueError(f"{row.id}: the second size for counting instructions must be the larger one")
