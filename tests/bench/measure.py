"""Runs the programs: in turns, pinned, watched; and counts their instructions."""

import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import machine
import programs

LIMIT = 120  # seconds that one run may take


@dataclass
class Samples:
    """What one peer's runs of one row gave, in the order of running."""

    values: list = field(default_factory=list)
    others: list = field(default_factory=list)  # the share of the machine that others used meanwhile
    extra: list = field(default_factory=list)  # of a server: requests a second, latencies
    failure: str = ""
    instructions: float = 0.0

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> float:
        """How far the runs lie apart: (largest - smallest) / median."""
        return (max(self.values) - min(self.values)) / self.median if self.median else 0.0

    @property
    def disturbed(self) -> int:
        return sum(share > machine.MOST_OTHERS for share in self.others)


def ratios(ours: Samples, theirs: Samples) -> list:
    """Ours over theirs, pair by pair: the runs that were neighbours in time."""
    return [a / b for a, b in zip(ours.values, theirs.values) if b]


def run_once(command: list, processors) -> str:
    """The output of one run on these processors. Raises RuntimeError when it fails."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=LIMIT, check=False, preexec_fn=lambda: machine.run_on(processors))
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"took more than {LIMIT} s") from None
    if done.returncode != 0:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1])
    return done.stdout


def in_turns(peers: list, runs: int, once) -> dict:
    """A B A B ...: {peer's id: Samples}. once(peer) returns a value, or a value and more; a peer that fails is left out."""
    found = {peer.id: Samples() for peer in peers}
    for _ in range(runs):
        for peer in peers:
            samples = found[peer.id]
            if samples.failure:
                continue
            watch = machine.Watch()
            try:
                value = _once_or_again(once, peer)
            except (RuntimeError, ValueError) as error:
                samples.failure = str(error)
                continue
            value, extra = value if isinstance(value, tuple) else (value, None)
            samples.values.append(value)
            samples.others.append(watch.others())
            samples.extra.append(extra)
    return found


def _once_or_again(once, peer):
    """One turn; a second try if it fails, because a machine in use may be at fault."""
    try:
        return once(peer)
    except RuntimeError:
        return once(peer)


def row(row_, peers: list, runs: int, quick: bool, root=programs.ROOT) -> dict:
    """Measures a row with these peers."""
    free = machine.processors()

    def once(peer):
        size = row_.sizes.get(peer.id, row_.quick if quick else row_.size)
        pinned = free if row_.both_processors or peer.both_processors else free[:1]
        return programs.read(run_once(programs.command(peer, row_, size, root), pinned), row_)

    return in_turns(peers, runs, once)


# ---------------------------------------------------------------- instructions


def counter() -> str:
    """What counts instructions here: "perf", else "callgrind", else ""."""
    if shutil.which("perf"):
        tried = subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, text=True)
        if tried.returncode == 0 and re.match(r"\d+,", tried.stderr.strip().splitlines()[-1] if tried.stderr.strip() else ""):
            return "perf"
    return "callgrind" if shutil.which("valgrind") else ""


def _count(how: str, command: list) -> tuple:
    """Instructions of a whole run, and the units that it did."""
    if how == "perf":
        command = ["perf", "stat", "-x,", "-e", "instructions:u", *command]
    else:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}", *command]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          text=True, timeout=LIMIT)
    found = re.search(r"^(\d+),|Collected : (\d+)", done.stderr, re.MULTILINE)
    if done.returncode != 0 or not found:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no count"])[-1])
    return int(found[1] or found[2]), json.loads(done.stdout)["units"]


class Instructions:
    """Instructions a unit: the difference of two sizes, so that starting up counts for nothing. Kept as long as the
    program stays the same."""

    def __init__(self, root=programs.ROOT):
        self._root, self.how = root, counter()
        self._file = programs.folder(root) / "instructions.json"
        try:
            self._known = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}

    def of(self, pairs: list) -> dict:
        """{(row's id, peer's id): instructions} for (row, peer) pairs; those that cannot be counted are left out."""
        if not self.how:
            return {}
        # The programs' own hash, and the peer's arguments: nothing else decides.
        keys = {(row_.id, peer.id): self._key(row_, peer) for row_, peer in pairs}
        todo = [pair for pair in pairs if keys[pair[0].id, pair[1].id] not in self._known]
        with ThreadPoolExecutor(len(machine.processors())) as pool:
            for (row_, peer), value in zip(todo, pool.map(self._one, todo)):
                if value is not None:
                    self._known[keys[row_.id, peer.id]] = value
        if todo:
            self._file.write_text(json.dumps(self._known, indent=1), encoding="utf-8")
        return {pair: self._known[key] for pair, key in keys.items() if key in self._known}

    def _key(self, row_, peer) -> str:
        program = programs.folder(self._root) / peer.program
        digest = hashlib.sha256(program.read_bytes()).hexdigest()[:16]
        return f"{self.how} {digest} {peer.id} {row_.id} {row_.instructions}"

    def _one(self, pair):
        row_, peer = pair
        try:
            counts = [_count(self.how, programs.command(peer, row_, size, self._root)) for size in row_.instructions]
        except (RuntimeError, ValueError, subprocess.TimeoutExpired):
            return None
        (few, units_of_few), (many, units_of_many) = counts
        return (many - few) / (units_of_many - units_of_few)


# ---------------------------------------------------------------- growth

GROWTH = [10 ** power for power in range(7)]


def growth(row_, program: Path, runs: int) -> list:
    """[(size, nanoseconds an operation)] from 1 to 1,000,000."""
    first = machine.processors()[:1]
    return [(size, statistics.median(programs.read(run_once([str(program), row_.id, str(size)], first), row_)
                                     for _ in range(runs))) for size in GROWTH]
