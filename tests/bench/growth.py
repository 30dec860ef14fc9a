"""Growth: what one operation costs among 1, 10, ... 1,000,000 others, and the word for it."""

from dataclasses import dataclass, field

import machine
import measure as measuring
import programs

SIZES = [10 ** power for power in range(7)]
COUNTED = (10, 1_000, 100_000)  # the sizes that the word is judged by; more would take callgrind minutes
FLAT = 1.25
OPERATIONS = 300_000  # that a figure rests on, at the least
RULE = ("*Flat*: among 1,000 and among 100,000 others an operation costs at most 1.25 times what it costs among 10. "
        "*Logarithmic*: among 1,000 at most 3 times what it costs among 10, and among 100,000 at most 5/3 times what it costs "
        "among 1,000, as log n has it. Else it *grows*. (One alone is left out: there, beginning and ending count too.)")


@dataclass
class Curve:
    """One peer's costs: (size, median nanoseconds) and (size, instructions), each by size."""

    points: list = field(default_factory=list)
    counts: list = field(default_factory=list)
    failure: str = ""

    @property
    def kind(self) -> str:
        """The word, by instructions where they were counted, else by time; "" where neither is known."""
        return word(self.counts) or word(self.points)

    @property
    def by(self) -> str:
        return "by instructions" if word(self.counts) else "by time"

    @property
    def slower(self) -> str:
        """What the clock says; "" where a size is missing."""
        costs = dict(self.points)
        return f"{costs[SIZES[-1]] / costs[SIZES[1]]:.1f}x in time from 10 to 1M" if set(SIZES) <= set(costs) else ""

    @property
    def told(self) -> str:
        """The word, and what the clock says."""
        return ", ".join(each for each in (self.kind and f"{self.kind} {self.by}", self.slower) if each)


def word(points: list) -> str:
    """ "flat", "logarithmic" or "grows", by RULE; "" where one of the three sizes is missing."""
    costs = dict(points)
    if not set(COUNTED) <= set(costs):
        return ""
    few, many, most = (costs[size] for size in COUNTED)
    if max(many, most) <= FLAT * few:
        return "flat"
    return "logarithmic" if many <= 3 * few and most <= 5 / 3 * many else "grows"


def measure(row, peers: list, runs: int, root=programs.ROOT) -> dict:
    """{peer's id: Curve}: at every size, the peers take turns."""
    first = machine.processors()[:1]
    curves = {peer.id: Curve() for peer in peers}
    for size in SIZES:
        able = [peer for peer in peers if not curves[peer.id].failure]
        found = measuring.in_turns(able, runs, lambda peer, size=size: programs.read(
            measuring.run_once([*programs.command(peer, row, size, root), OPERATIONS], first), row))
        for peer_id, samples in found.items():
            curves[peer_id].failure = samples.failure
            if samples.values:
                curves[peer_id].points.append((size, samples.median))
    return curves
