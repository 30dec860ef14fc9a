"""Several runs beside each other: how often each promise held, and between which figures."""

import report as reports


def text(runs: list) -> str:
    """A line a promise, for a terminal of 80 columns. `runs` are reports, in order."""
    rows = {}
    for run in runs:
        for row in run.table.rows:
            for place, verdict in enumerate(run.verdicts(row)):
                if verdict.holds is not None:
                    rows.setdefault((row.id, place), []).append(verdict)
    lines = [f"{len(runs)} runs: how often each promise held, the figure of each run", ""]
    always = judged = 0
    for (row_id, _), verdicts in rows.items():
        held, first = sum(verdict.holds for verdict in verdicts), verdicts[0]
        if not first.promise.reach:
            judged += 1
            always += held == len(verdicts) == len(runs)
        figures = " ".join(reports.number(verdict.value) for verdict in verdicts)
        counted = [verdict.instructions for verdict in verdicts if verdict.instructions]
        said = f"{row_id:<18}{held} of {len(verdicts)}  {figures}, {'aim' if first.promise.reach else 'promised'} {first.words}"
        if counted:
            low, high = reports.number(min(counted)), reports.number(max(counted))
            said += f"; in instructions {low if low == high else f'{low} to {high}'}"
        lines += reports.folded(said, 26)
    return "\n".join(lines + ["", f"{always} of {judged} promises held in every run."]) + "\n"
