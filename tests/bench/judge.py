"""Which promises hold: from the samples of all rows to verdicts."""

import statistics
from dataclasses import dataclass

import measure
from table import KETTLE, Promise


@dataclass
class Verdict:
    """A promise and what came of it. holds is None where it cannot be told (a peer is missing)."""

    promise: Promise
    words: str
    holds: object = None
    value: float = 0.0  # the median of the ratios; or our own median where the promise is a plain figure
    low: float = 0.0
    high: float = 0.0
    instructions: float = 0.0  # the same ratio in instructions, where both were counted

    @property
    def answer(self) -> str:
        return {True: "holds", False: "DOES NOT HOLD", None: "not measured"}[self.holds] if not self.promise.reach \
            else {True: "reached", False: "not reached", None: "not measured"}[self.holds]


def _best(peers: list, found: dict) -> str:
    """The id of the fastest of these peers; "" when none was measured."""
    there = [peer for peer in peers if peer in found and found[peer].values]
    return min(there, key=lambda peer: found[peer].median) if there else ""


def _other(promise, results: dict, found: dict):
    """The samples that a promise compares ours with; None when there are none."""
    if promise.flat:
        other = results.get(promise.flat, {}).get(KETTLE)
        return other if other and other.values else None
    best = _best(promise.of, found)
    return found[best] if best else None


def judge(row, results: dict, titles: dict) -> list:
    """The verdicts on a row's promises. `results` is {row's id: {peer's id: Samples}}."""
    found, verdicts = results.get(row.id, {}), []
    ours = found.get(KETTLE)
    for promise in row.promises:
        verdict = Verdict(promise, promise.words(titles, row.unit))
        verdicts.append(verdict)
        if ours is None or not ours.values:
            continue
        if promise.most is not None:
            values, most = ours.values, promise.most
        else:
            other = _other(promise, results, found)
            values, most = measure.ratios(ours, other) if other else [], promise.times
            if other and other.instructions:
                verdict.instructions = ours.instructions / other.instructions
        if values:
            verdict.value, verdict.low, verdict.high = statistics.median(values), min(values), max(values)
            verdict.holds = verdict.value <= most
    return verdicts
