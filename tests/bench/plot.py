"""The two drawings, as SVG: every peer beside Kettle, and growth. Both axes that carry a cost are logarithmic."""

import math
from html import escape

from table import KETTLE

_COLOURS = {"limit": "#7f7f7f", "tokio": "#d1495b", "tokio-2": "#e9a3ad", "asio": "#2e6fbb", "libuv": "#3a9a5b",
            "threads": "#b07a2a", "epoll": "#7f7f7f"}
_LINES = ("#2e6fbb", "#d1495b", "#3a9a5b", "#b07a2a")
_STYLE = ("<style>text{font:13px sans-serif;fill:#444}.faint{stroke:#888;stroke-opacity:.3}.ours{stroke:#444;stroke-width:1.5}"
          "@media(prefers-color-scheme:dark){text{fill:#ccc}.ours{stroke:#ccc}}</style>")


def _open(width, height) -> list:
    return [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">', _STYLE]


def _text(x, y, words, anchor="start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(x1, y1, x2, y2, kind="faint") -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _powers(low, high) -> list:
    return [10 ** power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def peers(report) -> str:
    """A line a row, a dot a peer: how many times Kettle's cost it has. Kettle is the upright line at 1."""
    lines = []
    for row in report.rows("rows"):
        found = report.results[row.id]
        ours = found.get(KETTLE)
        if ours and ours.values and ours.median > 0:
            lines.append((row, {peer: samples.median / ours.median for peer, samples in found.items()
                                if peer != KETTLE and samples.values and samples.median > 0}))
    ratios = [ratio for _, dots in lines for ratio in dots.values()] or [1]
    ticks = _powers(min(min(ratios), 1), max(max(ratios), 1.01))
    left, top, step, width = 290, 60, 26, 820
    bottom = top + step * len(lines)
    span = math.log10(ticks[-1] / ticks[0]) or 1

    def x(ratio):
        return left + (width - left - 30) * math.log10(ratio / ticks[0]) / span

    out = _open(width, bottom + 40)
    shown = [peer for peer in report.peers("rows") if peer.id != KETTLE]
    for place, peer in enumerate(shown):
        out.append(f'<circle cx="{left + 90 * place}" cy="20" r="5" fill="{_COLOURS.get(peer.id, "#444")}"/>')
        out.append(_text(left + 90 * place + 10, 25, peer.title))
    for tick in ticks:
        out += [_line(x(tick), top - 12, x(tick), bottom), _text(x(tick), bottom + 18, f"{tick:g}x", "middle")]
    out += [_line(x(1), top - 12, x(1), bottom, "ours"), _text(x(1), top - 16, "Kettle", "middle"),
            _text(left, bottom + 36, "to the left: cheaper than Kettle; to the right: dearer")]
    for place, (row, dots) in enumerate(lines):
        y = top + step * (place + 0.5)
        out += [_text(left - 12, y + 4, row.title, "end"), _line(left, y, width - 30, y)]
        out += [f'<circle cx="{x(ratio):.1f}" cy="{y:.1f}" r="5" fill="{_COLOURS.get(peer, "#444")}">'
                f"<title>{escape(report.table.titles[peer])}: {ratio:.2f} times Kettle</title></circle>" for peer, ratio in dots.items()]
    return "\n".join(out + ["</svg>"]) + "\n"


def growth(report) -> str:
    """Cost of an operation against how many there are, log-log: a flat line is a constant cost."""
    curves = [(row, report.growth[row.id]) for row in report.table.of_kind("growth") if row.id in report.growth]
    sizes = [size for _, points in curves for size, _ in points] or [1, 10]
    costs = [cost for _, points in curves for _, cost in points] or [1, 10]
    xs, ys = _powers(min(sizes), max(sizes)), _powers(min(costs), max(max(costs), min(costs) * 1.01))
    left, top, right, bottom = 70, 20 + 20 * len(curves), 700, 380 + 20 * len(curves)

    def x(size):
        return left + (right - left) * math.log10(size / xs[0]) / (math.log10(xs[-1] / xs[0]) or 1)

    def y(cost):
        return bottom - (bottom - top) * math.log10(cost / ys[0]) / (math.log10(ys[-1] / ys[0]) or 1)

    out = _open(right + 30, bottom + 50)
    for size in xs:
        out += [_line(x(size), top, x(size), bottom), _text(x(size), bottom + 18, f"{size:,}", "middle")]
    for cost in ys:
        out += [_line(left, y(cost), right, y(cost)), _text(left - 8, y(cost) + 4, f"{cost:,} ns", "end")]
    for (row, points), colour, place in zip(curves, _LINES, range(len(curves))):
        path = " ".join(f"{x(size):.1f},{y(cost):.1f}" for size, cost in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{left}" cy="{14 + 20 * place}" r="5" fill="{colour}"/>', _text(left + 12, 19 + 20 * place, row.title)]
    return "\n".join(out + [_text((left + right) / 2, bottom + 40, "how many there are", "middle"), "</svg>"]) + "\n"
