"""Runs the programs: in turns, pinned, watched."""

import statistics
from dataclasses import dataclass, field

import children
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
    done = children.run(command, LIMIT, processors)
    if done.status != 0:
        raise RuntimeError(done.last_words)
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

    return in_turns(peers, 1 if quick and row_.steady else runs, once)
