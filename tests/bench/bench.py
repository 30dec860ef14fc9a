#!/usr/bin/env python3
"""./learn bench: Kettle, the bare coroutine and the peers, side by side.

    ./learn bench                     every row, and the report in docs/
    ./learn bench --quick             smaller and fewer runs, under three minutes; nothing is written to docs/
    ./learn bench --only ping-pong    one row, or all whose name begins so
    ./learn bench --json              the report as JSON

What is measured and what is promised is in table.json. The programs are in the folders beside it, one a peer.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

import learner  # noqa: E402
import machine  # noqa: E402
import measure  # noqa: E402
import plot  # noqa: E402
import programs  # noqa: E402
import report as reports  # noqa: E402
import servers  # noqa: E402
import table as tables  # noqa: E402
from course import bench as command  # noqa: E402
from course import build  # noqa: E402
from course.errors import Stop  # noqa: E402

RUNS, QUICK_RUNS = 5, 3


def say(words: str) -> None:
    """What goes on, for whoever waits; never into the report."""
    print(words, file=sys.stderr, flush=True)


def chosen(table, only: list) -> list:
    """The rows that are meant: all, or those whose id begins with one of the names."""
    rows = [row for row in table.rows if not only or any(row.id == name or row.id.startswith(name) for name in only)]
    unknown = [name for name in only if not any(row.id.startswith(name) for row in table.rows)]
    if unknown:
        raise Stop(f"There is no row {', '.join(unknown)}. The rows:\n" + "\n".join(f"  {row.id}" for row in table.rows))
    return rows


def prepare(table, rows) -> tuple:
    """Builds what the rows need. Returns {peer's program: [its rows]} and sentences on who cannot take part."""
    compiler = build.compiler(programs.PRESET)
    if compiler.problem:
        raise Stop(f"There is no compiler to build with: {compiler.problem}.\n./learn installs what is missing.")
    build.configure(programs.PRESET, compiler)
    listed = subprocess.run(["cmake", "--build", str(build.folder(programs.PRESET)), "--target", "help"], check=False,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout
    targets = [word.rstrip(":") for word in listed.split() if word.startswith("bench-")]
    known, skipped = {}, []
    for peer in table.peers:
        if peer.program in known or any(peer.program == each.program for each in table.peers[:table.peers.index(peer)]):
            continue
        packages = programs.missing(peer, targets)
        if packages:
            skipped.append(f"{peer.title} is left out: apt-get install {packages}")
            continue
        if peer.program == "tokio":
            say("Building Tokio's program ...")
            problem = programs.build_tokio()
        else:
            built = build.build([f"bench-{peer.program}"], programs.PRESET, doing=f"Building {peer.title}'s program ...")
            problem = "" if built.ok else built.output[-2000:]
        if problem and peer.id == tables.KETTLE:
            raise Stop(f"Kettle's own program does not build:\n{problem}")
        if problem:
            skipped.append(f"{peer.title} is left out: its program does not build (./learn bench --only ROW shows why).")
            say(problem)
            continue
        known[peer.program] = programs.rows_of(programs.folder() / peer.program)
    if any(row.kind == "servers" for row in rows) and not build.build(["bench-load"], programs.PRESET).ok:
        raise Stop("The load generator does not build.")
    return known, skipped


def taking_part(table, row, known) -> list:
    """The peers whose program knows the row."""
    name = "serve" if row.kind == "servers" else row.id
    return [peer for peer in table.peers if name in known.get(peer.program, [])
            and not (peer.arguments and (row.both_processors or row.kind == "servers"))]


def measure_all(report, rows, known, quick, runs) -> None:
    """Fills the report, row by row."""
    table = report.table
    for row in rows:
        if row.kind == "growth":
            say(f"{row.id} ...")
            report.growth[row.id] = measure.growth(row, programs.folder() / tables.KETTLE, 1 if quick else 3)
        elif row.kind == "learner":
            say(f"{row.id} ...")
            report.results[row.id] = {tables.KETTLE: learner.measure(row.id, runs)}
        elif row.kind == "servers":
            peers = taking_part(table, row, known)
            say(f"{row.id}: {', '.join(peer.title for peer in peers)} ...")
            report.results[row.id] = measure.in_turns(peers, runs, lambda peer, row=row: servers.once(peer, row, quick))
        else:
            peers = taking_part(table, row, known)
            say(f"{row.id}: {', '.join(peer.title for peer in peers)} ...")
            report.results[row.id] = measure.row(row, peers, runs, quick)
    pairs = [(row, peer) for row in rows if row.kind == "rows" and row.instructions for peer in taking_part(table, row, known)
             if not peer.both_processors]
    if pairs:
        say("Counting instructions ...")
    counts = measure.Instructions()
    report.counter = counts.how
    for (row_id, peer_id), value in counts.of(pairs).items():
        report.results[row_id][peer_id].instructions = value


def write_docs(report, root=programs.ROOT) -> None:
    """The page and its drawings."""
    docs = Path(root) / "docs"
    (docs / "performance.md").write_text(reports.page(report), encoding="utf-8")
    (docs / "performance.svg").write_text(plot.peers(report), encoding="utf-8")
    (docs / "growth.svg").write_text(plot.growth(report), encoding="utf-8")


def run(quick: bool = False, only: list = (), as_json: bool = False) -> int:
    """Measures and reports. 0: every promise that could be judged holds; 1: some do not."""
    table = tables.load()
    rows = chosen(table, list(only))
    if quick and not only:
        rows = [row for row in rows if row.kind != "learner"]  # They alone take longer than all else.
    known, skipped = prepare(table, rows)
    runs = QUICK_RUNS if quick else RUNS
    compiler = build.compiler(programs.PRESET).path
    report = reports.Report(table, machine.describe(compiler, programs.versions()), runs, quick, skipped=skipped)
    measure_all(report, rows, known, quick, runs)
    result = json.dumps(reports.data(report), indent=1)
    (programs.folder() / "result.json").write_text(result, encoding="utf-8")
    if not quick and not only:
        write_docs(report)
        say("Written: docs/performance.md, docs/performance.svg, docs/growth.svg")
    print(result if as_json else reports.text(report), end="\n" if as_json else "")
    judged = [verdict for row in rows for verdict in report.verdicts(row) if not verdict.promise.reach]
    return 1 if any(verdict.holds is False for verdict in judged) else 0


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    command.arguments(options)
    parsed = options.parse_args()
    try:
        sys.exit(run(parsed.quick, parsed.only, parsed.json))
    except Stop as stop:
        sys.exit(f"{stop}")
