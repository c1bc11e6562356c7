"""Plots for reports, as PNG on the ground of Discord's dark theme.

Matplotlib is imported inside the functions: only a worker that draws a plot pays for it.
"""

# Its own types are partly unknown.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import math
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from matplotlib.figure import Figure

WIDTH_IN = 8.0
DPI = 150
TOP_IN, DAYS_IN, MIDDLE_IN, BAR_IN, BOTTOM_IN = 1.25, 1.95, 0.85, 0.27, 0.15
"""Heights: above the days' bars, theirs, between the parts, a member's or engine's bar, below."""

LEFT, RIGHT = 0.07, 0.55
"""Where the left and the right half begin, as parts of the width."""

LABEL, BAR = 0.22, 0.12
"""The widths of a name and of the longest bar."""

GROUND = "#2b2d31"
INK = "#f2f3f5"
MUTED = "#a3a6ad"
LINE = "#404249"
COLOURS = ("#7c8cf8", "#f0a35e", "#4fc3a1", "#e57ba3", "#d8c25a", "#6cb6e8", "#b48ae0", "#9aa1ab")
"""The largest comes first, the last is for all others; told apart also by who sees less colour."""

MOST_BARS = 8
MOST_TICKS = 12
MAX_LABEL = 22
OTHERS = "all others"


@dataclass(frozen=True, slots=True)
class Chart:
    """What a report shows, in credits: of each engine a figure for each day, of each member one.

    Members come with id and name; where the font has nothing of the name, the id is shown.
    """

    title: str
    subtitle: str
    days: Sequence[date]
    engines: Mapping[str, Sequence[float]]
    members: Sequence[tuple[int, str, float]]


def spending_plot(chart: Chart) -> bytes:
    """A PNG, 1200 wide, with three parts: by day, by member, by engine."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    totals = [(_short(name), sum(days)) for name, days in chart.engines.items()]
    engines = _largest(totals)
    colours = _colours([name for name, _ in engines])
    members = _largest([(_short(name, str(key)), spent) for key, name, spent in chart.members])
    bars = max(1, len(engines), len(members))
    height_in = TOP_IN + DAYS_IN + MIDDLE_IN + bars * BAR_IN + BOTTOM_IN
    style: Any = {"font.family": "DejaVu Sans", "font.size": 10, "text.color": INK}
    with rc_context(style):
        figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DPI, facecolor=GROUND)
        _write(figure, 0.35, chart.title, fontsize=17, fontweight="bold")
        _write(figure, 0.68, chart.subtitle, fontsize=11, color=MUTED)
        _draw_days(figure, chart, colours)
        _draw_bars(figure, LEFT, "By member, in credits", members, {})
        _draw_bars(figure, RIGHT, "By engine, in credits", engines, colours)
        buffer = BytesIO()
        figure.savefig(buffer, format="png", facecolor=GROUND)
    return buffer.getvalue()


def plain(text: str) -> str:
    """The characters of a text that the plots' font can draw, none of which starts a formula."""
    from matplotlib.font_manager import findfont, get_font

    known = get_font(findfont("DejaVu Sans")).get_charmap()
    drawn = "".join(sign for sign in text if ord(sign) in known)
    return drawn.replace("$", r"\$").strip()


def _colours(engines: Sequence[str]) -> dict[str, str]:
    named = [name for name in engines if name != OTHERS]
    return {**dict(zip(named, COLOURS, strict=False)), OTHERS: COLOURS[-1]}


def _largest(figures: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The largest figures, and the sum of all others where there are too many."""
    ranked = sorted(figures, key=lambda one: -one[1])
    if len(ranked) <= MOST_BARS:
        return ranked
    rest = sum(figure for _, figure in ranked[MOST_BARS - 1 :])
    return [*ranked[: MOST_BARS - 1], (OTHERS, rest)]


def _draw_days(figure: Figure, chart: Chart, colours: Mapping[str, str]) -> None:
    """Stacked bars: one for each day, the engines above one another."""
    axes = _axes(figure, LEFT, 0.96 - LEFT, TOP_IN, DAYS_IN)
    _write(figure, TOP_IN - 0.17, "By day, in credits", fontsize=11, fontweight="bold")
    places, nothing = range(len(chart.days)), [0.0] * len(chart.days)
    stacks: dict[str, list[float]] = {}
    for name, days in chart.engines.items():
        key = _short(name) if _short(name) in colours else OTHERS
        stacks[key] = _sums(stacks.get(key, nothing), days)
    tops = nothing
    for name in (name for name in colours if name in stacks):
        axes.bar(places, stacks[name], 0.72, bottom=tops, color=colours[name], label=name)
        tops = _sums(tops, stacks[name])
    axes.set_xlim(-0.6, len(chart.days) - 0.4)
    axes.set_ylim(0, max(tops, default=0.0) * 1.08 or 1.0)
    step = max(1, math.ceil(len(chart.days) / MOST_TICKS))
    shown = [place for place in places if (len(chart.days) - 1 - place) % step == 0]
    axes.set_xticks(shown, [f"{chart.days[place].day} {chart.days[place]:%b}" for place in shown])
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    if len(stacks) > 1:
        place: Any = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.2}
        axes.legend(ncols=4, frameon=False, fontsize=9, labelcolor=MUTED, **place)


def _draw_bars(
    figure: Figure,
    left: float,
    title: str,
    figures: Sequence[tuple[str, float]],
    colours: Mapping[str, str],
) -> None:
    """Horizontal bars, the largest on top, each with its name before it and its figure behind."""
    top_in = TOP_IN + DAYS_IN + MIDDLE_IN
    axes = _axes(figure, left + LABEL, BAR, top_in, max(1, len(figures)) * BAR_IN)
    _write(figure, top_in - 0.2, title, left, fontsize=11, fontweight="bold")
    beside: Any = {"textcoords": "offset points", "va": "center", "fontsize": 9}
    for place, (name, spent) in enumerate(figures):
        axes.barh(place, spent, 0.62, color=colours.get(name, COLOURS[0]))
        # Rounded up, as prices are everywhere.
        price = math.ceil(round(spent * 1000) / 10) / 100
        axes.annotate(f"{price:,.2f}", (spent, place), xytext=(5, -1), **beside)
    axes.set_yticks(range(len(figures)), [name for name, _ in figures])
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_xticks([])
    axes.set_xlim(0, max((spent for _, spent in figures), default=0.0) or 1.0)
    axes.set_ylim(max(1, len(figures)) - 0.5, -0.5)


def _axes(figure: Figure, left: float, width: float, top_in: float, height_in: float) -> Any:
    """A place to draw, so far below the upper edge."""
    whole_in = figure.get_figheight()
    bottom = 1 - (top_in + height_in) / whole_in
    axes: Any = figure.add_axes((left, bottom, width, height_in / whole_in), facecolor=GROUND)
    axes.set_axisbelow(True)
    axes.tick_params(colors=MUTED, length=0, labelsize=9)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _write(figure: Figure, top_in: float, text: str, left: float = LEFT, **style: Any) -> None:
    height = 1 - top_in / figure.get_figheight()
    figure.text(left, height, plain(text), va="center", **style)


def _sums(ones: Sequence[float], others: Sequence[float]) -> list[float]:
    return [first + second for first, second in zip(ones, others, strict=True)]


def _short(name: str, instead: str = "?") -> str:
    name = plain(name) or instead
    return name if len(name) <= MAX_LABEL else name[: MAX_LABEL - 1] + "…"
