"""A guild's spending as a chart and as a table."""

from __future__ import annotations

import csv
import io
from datetime import date

from commands.moderation.spending import by_member, chart, table
from storage.ledger.reports import Spent

FIRST, LAST = date(2026, 10, 30), date(2026, 11, 2)
SPENT = [
    Spent(FIRST, 5, "atelier-painter", 200, 1),
    Spent(date(2026, 11, 1), 6, "atelier-painter", 1500, 3),
    Spent(LAST, 5, "gone-engine", 50, 1),
    Spent(LAST, 6, "atelier-painter", 0, 1),
]


def test_the_chart_has_every_day_and_engine():
    engines = {"atelier-painter": "Painter"}
    made = chart(SPENT, FIRST, LAST, place="x" * 99, names={6: "Mina"}, engine_names=engines)
    assert [day.day for day in made.days] == [30, 31, 1, 2]
    assert made.engines == {"Painter": [0.2, 0.0, 1.5, 0.0], "gone-engine": [0, 0, 0, 0.05]}
    assert made.members == [(6, "Mina", 1.5), (5, "", 0.25)]
    assert made.subtitle == "30 Oct to 2 Nov 2026 · 1.75 credits"
    assert len(made.title) < 50


def test_members_are_ranked():
    assert list(by_member(SPENT).items()) == [(6, 1500), (5, 250)]


def test_the_table_is_exact():
    rows = list(csv.DictReader(io.StringIO(table(SPENT).decode())))
    assert [row["credits"] for row in rows] == ["0.200", "1.500", "0.050", "0.000"]
    assert rows[1] == {
        "day": "2026-11-01",
        "member_id": "6",
        "engine_id": "atelier-painter",
        "credits": "1.500",
        "jobs": "3",
    }
