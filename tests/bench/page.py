"""What was measured, as docs/performance.md: a page of the book."""

import json
from pathlib import Path

import growth
from report import number, short
from table import KETTLE

LIMITS = Path(__file__).resolve().parent / "limits.json"
UNEXPLAINED = "Not explained yet."


def limits(table, file=LIMITS) -> dict:
    """{row's id: what limits it and what was tried}, written by hand. Raises ValueError for a row that there is not."""
    texts = json.loads(Path(file).read_text(encoding="utf-8"))["rows"]
    unknown = sorted(set(texts) - {row.id for row in table.rows})
    if unknown:
        raise ValueError(f"limits.json explains {', '.join(unknown)}, which is not in table.json")
    return texts


def page(report, explained=None) -> str:
    """The whole page. `explained` is what limits() gives."""
    explained = limits(report.table) if explained is None else explained
    about = report.machine
    peers = ", ".join(f"{name} {version}" for name, version in about["peers"].items())
    lines = ["# Performance", "",
             f"Made by `./learn bench` on {about['date']}; do not edit. {about['processor']}, {about['processors']} processors, "
             f"{about['memory']}, {about['system']} (Linux {about['kernel']}), {about['compiler']}; {peers}. "
             f"Every figure is the median of {report.runs} runs. The peers' runs are interleaved with ours, each is pinned to "
             "one processor unless it says two, and promises are judged by the ratio of neighbouring runs. The bracket after "
             "a peer's figure says how many times Kettle's it is."
             + (" This was a quick run: smaller and fewer runs." if report.quick else ""), "",
             "![Each peer's cost beside Kettle's](pictures/performance.svg)", ""]
    lines += [f"{sentence}\n" for sentence in report.skipped]
    lines += _verdict(report) + _built(about) + _work(report) + _instructions(report) + _servers(report) + _growth(report)
    if report.rows("learner"):
        lines += ["", "## For the learner"] + _table(report, "learner", "seconds") + _notes(report, "learner")
    return "\n".join(lines + _limits(report, explained)) + "\n"


def _verdict(report) -> list:
    judged = report.judged()
    held = sum(verdict.holds for _, verdict in judged)
    lines = [f"**{held} of {len(judged)} promises that could be judged hold.**"]
    if held < len(judged):
        lines[0] += " The others are [listed below](#what-does-not-hold), with what limits them."
    disturbed = sum(samples.disturbed for found in report.results.values() for samples in found.values())
    if disturbed:
        lines += ["", f"In {disturbed} runs others used the machine, too: their times say little. Ratios are of neighbouring "
                      "runs; instructions are not disturbed."]
    return lines


def _built(about) -> list:
    built = about.get("built", {})
    return ["", "## How each is built", "", *(f"- {who}: {how}." for who, how in built.items())] if built else []


def _work(report) -> list:
    lines = ["", "## Work on one machine"] + _table(report, "rows", "ns a unit") + _notes(report, "rows")
    stands = [f"- *{row.title}*: {promise.words(report.table.titles, row.unit)} stands for {promise.stands_for}."
              for row in report.rows("rows") for promise in row.promises if promise.stands_for]
    return lines + stands


def _notes(report, kind) -> list:
    return ["", *(f"- *{row.title}*: {row.note}." for row in report.rows(kind) if row.note)]


def _cell(samples, ours) -> str:
    if samples is None or not samples.values:
        return ""
    ratio = "" if samples is ours or ours is None or not ours.values else f" ({number(samples.median / ours.median)}x)"
    return number(samples.median) + ratio


def _table(report, kind, heading) -> list:
    peers = report.peers(kind)
    if not peers:
        return []
    lines = ["", f"| {heading} | " + " | ".join(peer.title for peer in peers) + " | promise | holds |",
             "|---|" + "---:|" * len(peers) + "---|---|"]
    for row in report.rows(kind):
        found = report.results[row.id]
        cells = " | ".join(_cell(found.get(peer.id), found.get(KETTLE)) for peer in peers)
        verdicts = [each for each in report.verdicts(row) if not each.promise.reach]
        told = "; ".join(f"{each.words}: **{number(each.value)}**" if each.holds is not None else each.words for each in verdicts)
        holds = ", ".join({True: "yes", False: "**no**", None: "not measured"}[each.holds] for each in verdicts)
        unit = "" if row.unit == "ns" else f" ({row.unit})"
        lines.append(f"| {row.title}{unit} | {cells} | {told} | {holds} |")
    return lines


def _counted(report, kind) -> list:
    rows = [row for row in report.rows(kind) if any(samples.instructions for samples in report.results[row.id].values())]
    if not rows:
        return []
    columns = [peer for peer in report.table.peers
               if any(peer.id in report.results[row.id] and report.results[row.id][peer.id].instructions for row in rows)]
    lines = ["", "| instructions | " + " | ".join(peer.title for peer in columns) + " |", "|---|" + "---:|" * len(columns)]
    for row in rows:
        found = report.results[row.id]
        cells = (number(found[peer.id].instructions) if peer.id in found and found[peer.id].instructions else "" for peer in columns)
        lines.append(f"| {row.title} | " + " | ".join(cells) + " |")
    return lines


def _instructions(report) -> list:
    counted = _counted(report, "rows")
    return ["", f"## Instructions a unit ({report.counter})", "",
            "Counted in user space; nothing that others do on the machine changes them.", *counted] if counted else []


def _servers(report) -> list:
    if not report.rows("servers"):
        return []
    lines = ["", "## Servers", "", "The server's own processor time for a request, in microseconds, while every connection asks "
             "again as soon as it is answered. The load comes from the other processor."]
    lines += _table(report, "servers", "us a request")
    counted = _counted(report, "servers")
    if counted:
        lines += ["", "The server's instructions for a request, in user space, by callgrind:", *counted]
    lines += ["", "| server | load | requests/s | p50 us | p99 us | p99.9 us |", "|---|---|---:|---:|---:|---:|"]
    for row in report.rows("servers"):
        for peer, samples in report.results[row.id].items():
            for load, told in (samples.extra[len(samples.extra) // 2] if samples.values else {}).items():
                lines.append(f"| {report.table.titles[peer]}, {row.title} | {load} | {told['per_second']:.0f} | "
                             f"{number(told['p50_us'])} | {number(told['p99_us'])} | {number(told['p999_us'])} |")
    return lines


def _growth(report) -> list:
    if not report.growth:
        return []
    lines = ["", "## Growth", "", "What one operation costs in ns among 1, 10, ... 1,000,000 others. The word goes by instructions, "
             "where they were counted: above some 10,000 the clock also tells what the processor's caches no longer hold. "
             + growth.RULE, "", "![Cost of an operation against how many there are](pictures/performance-growth.svg)", "",
             "| | " + " | ".join(short(size) for size in growth.SIZES) + " | growth |", "|---|" + "---:|" * len(growth.SIZES) + "---|"]
    for row in report.table.of_kind("growth"):
        for peer, curve in report.growth.get(row.id, {}).items():
            costs = dict(curve.points)
            cells = " | ".join(number(costs[size]) if size in costs else "" for size in growth.SIZES)
            lines.append(f"| {row.title}: {report.table.titles[peer]} | {cells} | {curve.told or 'not measured'} |")
    notes = [f"- *{row.title}*: {row.note}." for row in report.table.of_kind("growth") if row.note and row.id in report.growth]
    return lines + ["", *notes] if notes else lines


def _limits(report, explained) -> list:
    """For every row that does not hold: what limits it, or that nobody has said so yet."""
    broken = {}
    for row, verdict in report.judged():
        if not verdict.holds:
            broken.setdefault(row.id, (row, []))[1].append(f"{verdict.words}: **{number(verdict.value)}**")
    if not broken:
        return []
    lines = ["", "## What does not hold", "", "What limits it, and what was tried. No promise is edited to fit."]
    for row_id, (row, told) in broken.items():
        lines += ["", f"### {row.title[0].upper()}{row.title[1:]}", "", "; ".join(told) + ".", "", explained.get(row_id) or UNEXPLAINED]
    return lines
