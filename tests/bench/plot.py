"""The two drawings, as SVG, for light and for dark: every peer beside Kettle, and growth. Costs are on logarithmic axes."""

import math
from html import escape

from report import short
from table import KETTLE

_COLOURS = {KETTLE: 0, "tokio": 1, "asio": 2, "libuv": 3, "threads": 4, "tokio-2": 5, "limit": 6, "epoll": 7}
_LIGHT = ("#0a5fb4", "#b04400", "#00715a", "#8a3a9c", "#7a5c00", "#b01c5c", "#34666f", "#5b5bb5")
_DARK = ("#6bb5ff", "#ff9f5a", "#45d6ae", "#dd9df2", "#e3c356", "#ff91ba", "#93d0dc", "#b0b0ff")
_STYLE = ("<style>svg{--ground:#fff;--ink:#1d2329;--soft:#525c68;--line:#cdd5de;" + "".join(f"--t{i}:{c};" for i, c in enumerate(_LIGHT))
          + "}@media(prefers-color-scheme:dark){svg{--ground:#10151d;--ink:#e8edf3;--soft:#a3afbd;--line:#3a4554;"
          + "".join(f"--t{i}:{c};" for i, c in enumerate(_DARK)) + "}}"
          + "".join(f".t{i}{{--t:var(--t{i})}}" for i in range(8))
          + "text{font:13px system-ui,sans-serif;fill:var(--ink)}.s{fill:var(--soft);font-size:12px}.b{font-weight:650}"
          ".name{fill:var(--t);font-size:12px;font-weight:650}.ground{fill:var(--ground)}.grid{stroke:var(--line);stroke-width:.7}"
          ".ours{stroke:var(--t);stroke-width:2}.curve{fill:none;stroke:var(--t);stroke-width:2}.dot{fill:var(--t)}</style>")


def _open(width, height, title, told) -> list:
    return [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
            f"<title>{escape(title)}</title><desc>{escape(told)}</desc>", _STYLE,
            f'<rect class="ground" width="{width}" height="{height}"/>']


def _text(x, y, words, anchor="start", kind="") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(x1, y1, x2, y2, kind="grid") -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _colour(peer_id: str) -> str:
    return f"t{_COLOURS.get(peer_id, 6)}"


def _powers(low, high) -> list:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [10 ** power for power in range(first, max(last, first + 1) + 1)]


def _scale(ticks, start, end):
    """Where a figure is, on a logarithmic axis from the first tick to the last."""
    return lambda value: start + (end - start) * math.log10(value / ticks[0]) / math.log10(ticks[-1] / ticks[0])


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
    left, top, step, width = 290, 70, 26, 860
    bottom = top + step * len(lines)
    x = _scale(ticks, left, width - 30)
    titles = report.table.titles
    told = "How many times Kettle's cost each peer has. " + " ".join(
        f"{row.title}: " + ", ".join(f"{titles[peer]} {ratio:.2g}" for peer, ratio in dots.items()) + "." for row, dots in lines)
    out = _open(width, bottom + 50, "Each peer's cost beside Kettle's", told)
    for place, peer in enumerate(peer for peer in report.peers("rows") if peer.id != KETTLE):
        out += [f'<circle class="dot {_colour(peer.id)}" cx="{left + 90 * place}" cy="20" r="5"/>', _text(left + 90 * place + 10, 25, peer.title)]
    for tick in ticks:
        out += [_line(x(tick), top - 8, x(tick), bottom), _text(x(tick), bottom + 18, f"{tick:g}x", "middle", "s")]
    out += [_line(x(1), top - 12, x(1), bottom, "ours t0"), _text(x(1), top - 18, "Kettle", "middle", "name t0"),
            _text(left, bottom + 38, "to the left: cheaper than Kettle; to the right: dearer", kind="s")]
    for place, (row, dots) in enumerate(lines):
        y = top + step * (place + 0.5)
        out += [_text(left - 12, y + 4, row.title, "end"), _line(left, y, width - 30, y)]
        out += [f'<circle class="dot {_colour(peer)}" cx="{x(ratio):.1f}" cy="{y:.1f}" r="5">'
                f"<title>{escape(titles[peer])}: {ratio:.2f} times Kettle</title></circle>" for peer, ratio in dots.items()]
    return "\n".join(out + ["</svg>"]) + "\n"


_WIDTH, _HEIGHT, _COLUMNS = 460, 300, 2  # of a panel of growth; panels beside each other


def growth(report) -> str:
    """A panel a row: the cost of an operation against how many there are. A flat line is a constant cost."""
    panels = [(row, {peer: curve for peer, curve in report.growth[row.id].items() if curve.points})
              for row in report.table.of_kind("growth") if row.id in report.growth]
    titles = report.table.titles
    told = "What an operation costs among 1 to 1,000,000 others. " + " ".join(
        f"{row.title}: " + ", ".join(f"{titles[peer]} from {curve.points[0][1]:.3g} to {curve.points[-1][1]:.3g} ns, {curve.told}"
                                     for peer, curve in curves.items()) + "." for row, curves in panels)
    rows = math.ceil(len(panels) / _COLUMNS) or 1
    out = _open(_WIDTH * _COLUMNS, _HEIGHT * rows, "Cost of an operation against how many there are", told)
    costs = [cost for _, curves in panels for curve in curves.values() for _, cost in curve.points] or [1]
    for place, (row, curves) in enumerate(panels):
        out.append(f'<g transform="translate({_WIDTH * (place % _COLUMNS)} {_HEIGHT * (place // _COLUMNS)})">')
        out += _panel(row.title, [(titles[peer], _colour(peer), curve) for peer, curve in curves.items()], _powers(min(costs), max(costs)))
        out.append("</g>")
    return "\n".join(out + ["</svg>"]) + "\n"


def _panel(title, curves, y_ticks) -> list:
    """One panel; all panels have the same upright axis, so that they can be compared."""
    sizes = [size for _, _, curve in curves for size, _ in curve.points] or [1]
    x_ticks = _powers(min(sizes), max(sizes))
    left, top, right, bottom = 72, 40, _WIDTH - 66, _HEIGHT - 48
    x, y = _scale(x_ticks, left, right), _scale(y_ticks, bottom, top)
    out = [_text(left, 22, title, kind="b"), _text((left + right) / 2, bottom + 36, "how many there are", "middle", "s")]
    for size in x_ticks:
        out += [_line(x(size), top, x(size), bottom), _text(x(size), bottom + 17, short(size), "middle", "s")]
    for cost in y_ticks:
        out += [_line(left, y(cost), right, y(cost)), _text(left - 8, y(cost) + 4, f"{cost:,g} ns", "end", "s")]
    lowest = top - 16.0
    for name, colour, curve in sorted(curves, key=lambda each: y(each[2].points[-1][1])):
        path = " ".join(f"{x(size):.1f},{y(cost):.1f}" for size, cost in curve.points)
        at = lowest = max(y(curve.points[-1][1]) + 4, lowest + 14)  # Names of lines that end side by side must not overlap.
        out += [f'<polyline class="curve {colour}" points="{path}"/>', _text(right + 6, at, name, kind=f"name {colour}")]
    return out
