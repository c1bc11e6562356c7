"""What was measured, each figure beside its baseline, as a table and as JSON."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure should stay below, or reach: its value, or its ratio to the baseline."""

    limit: float
    is_ratio: bool = False
    is_least: bool = False

    def __str__(self) -> str:
        return f"{'≥' if self.is_least else '<'} {self.limit:g}{'×' if self.is_ratio else ''}"

    def is_met_by(self, reached: float) -> bool:
        """Whether a value or ratio meets it."""
        return reached >= self.limit if self.is_least else reached < self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure over several runs, in the order in which they ran.

    `baseline` names what `baseline_runs` measured, in the same unit and in turn with `runs`.
    """

    name: str
    unit: str
    runs: Sequence[float]
    baseline: str = ""
    baseline_runs: Sequence[float] = field(default_factory=tuple[float, ...])
    aim: Aim | None = None

    @property
    def value(self) -> float:
        """The median of the runs."""
        return statistics.median(self.runs)

    @property
    def baseline_value(self) -> float | None:
        """The median of the baseline's runs."""
        return statistics.median(self.baseline_runs) if self.baseline_runs else None

    @property
    def ratio(self) -> float | None:
        """How many times the baseline it is."""
        base = self.baseline_value
        return self.value / base if base else None

    @property
    def is_met(self) -> bool | None:
        """Whether the aim is met; None without an aim."""
        reached = self.ratio if self.aim and self.aim.is_ratio else self.value
        return None if self.aim is None or reached is None else self.aim.is_met_by(reached)

    def to_json(self) -> dict[str, Any]:
        """Everything of it, for a file."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.value,
            "runs": list(self.runs),
            "baseline": self.baseline or None,
            "baseline_median": self.baseline_value,
            "baseline_runs": list(self.baseline_runs),
            "ratio": self.ratio,
            "aim": str(self.aim) if self.aim else None,
            "is_met": self.is_met,
        }


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned lines."""
    heads = ("figure", "median", "range", "baseline", "median", "ratio", "aim")
    rows = [heads, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = [
        "  ".join(_cell(*cell) for cell in zip(row, widths, heads, strict=True)) for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def as_json(figures: Sequence[Figure]) -> str:
    """The figures and the machine they were measured on."""
    machine = {
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_average": list(os.getloadavg()),
    }
    found = {"machine": machine, "figures": [figure.to_json() for figure in figures]}
    return json.dumps(found, indent=1, ensure_ascii=False)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _row(figure: Figure) -> tuple[str, ...]:
    base, ratio, aim = figure.baseline_value, figure.ratio, NOTHING
    if figure.aim:
        aim = f"{figure.aim} {'met' if figure.is_met else 'MISSED'}"
    return (
        figure.name,
        f"{number(figure.value)} {figure.unit}",
        f"{number(min(figure.runs))} … {number(max(figure.runs))}",
        figure.baseline or NOTHING,
        NOTHING if base is None else f"{number(base)} {figure.unit}",
        NOTHING if ratio is None else f"{number(ratio)}×",
        aim,
    )


def _cell(text: str, width: int, head: str) -> str:
    return text.ljust(width) if head in ("figure", "baseline", "aim") else text.rjust(width)


def number(value: float) -> str:
    """Three significant digits, and all digits before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
