"""The figures and their table."""

from __future__ import annotations

import json

import pytest

from benchmarks.harness.report import Aim, Figure, as_json, number, percentile, table

FAST = Figure("answers", "ms", [3.0, 1.0, 2.0], "a stone", [4.0, 4.0, 5.0], Aim(1.3, is_ratio=True))
MANY = Figure("jobs", "jobs/s", [40.0, 45.0, 50.0], aim=Aim(45, is_least=True))
HEAVY = Figure("memory", "MB", [200.0], aim=Aim(180))


def test_medians_and_ratio() -> None:
    assert (FAST.value, FAST.baseline_value, FAST.ratio) == (2.0, 4.0, 0.5)


@pytest.mark.parametrize(
    ("figure", "is_met"),
    [(FAST, True), (MANY, True), (HEAVY, False), (Figure("speed", "per s", [1.0]), None)],
)
def test_aim(figure: Figure, is_met: bool | None) -> None:
    assert figure.is_met is is_met


def test_an_aim_for_a_ratio_judges_the_ratio() -> None:
    slow = Figure("answers", "ms", [1.0], "a stone", [0.5], Aim(1.3, is_ratio=True))
    assert slow.is_met is False


def test_table_says_which_aims_are_missed() -> None:
    head, rule, fast, many, heavy = table([FAST, MANY, HEAVY]).splitlines()
    assert head.startswith("figure")
    assert set(rule) <= {"-", " "}
    assert "0.5×" in fast
    assert fast.endswith("< 1.3× met")
    assert many.endswith("≥ 45 met")
    assert heavy.endswith("< 180 MISSED")


def test_json_holds_every_run() -> None:
    found = json.loads(as_json([FAST]))["figures"][0]
    assert found["runs"] == [3.0, 1.0, 2.0]
    assert found["baseline"] == "a stone"
    assert found["is_met"] is True


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1.0), (0.5, 2.0), (0.75, 3.0), (0.99, 4.0), (1.0, 4.0)]
)
def test_percentile_is_a_measured_value(share: float, expected: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], share) == expected


@pytest.mark.parametrize(
    ("value", "text"), [(0.12345, "0.123"), (99.99, "100"), (12345.6, "12,346")]
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text
