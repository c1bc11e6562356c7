"""A guild's spending as a chart and as a table."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from commands.ui.text import clamp, credits_of
from generation import credits as money
from media.plots import Chart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from storage.ledger.reports import Spent

MAX_PLACE = 36
COLUMNS = ("day", "member_id", "engine_id", "credits", "jobs")


def by_member(spent: Sequence[Spent]) -> dict[int, int]:
    """What each member spent, in millicredits, the largest first."""
    totals: Counter[int] = Counter()
    for row in spent:
        totals[row.member_id] += row.spent_mc
    return dict(totals.most_common())


def chart(
    spent: Sequence[Spent],
    first: date,
    last: date,
    *,
    place: str,
    names: Mapping[int, str],
    engine_names: Mapping[str, str],
) -> Chart:
    """What a plot shows of it, from one day to another."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    engines: dict[str, list[float]] = {}
    for row in spent:
        name = engine_names.get(row.engine_id, row.engine_id)
        figures = engines.setdefault(name, [0.0] * len(days))
        figures[(row.day - first).days] += row.spent_mc / money.MILLICREDITS
    members = by_member(spent)
    total = credits_of(money.price(sum(members.values())))
    period = f"{first.day} {first:%b} to {last.day} {last:%b %Y}"
    return Chart(
        title=f"Spending in {clamp(place, MAX_PLACE)}",
        subtitle=f"{period} · {total}",
        days=days,
        engines=engines,
        members=[
            (member_id, names.get(member_id, ""), amount_mc / money.MILLICREDITS)
            for member_id, amount_mc in members.items()
        ],
    )


def table(spent: Sequence[Spent]) -> bytes:
    """A CSV with a row for each day, member and engine; credits with three decimals."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for row in spent:
        credits_, rest = divmod(row.spent_mc, money.MILLICREDITS)
        figure = f"{credits_}.{rest:03d}"
        # Who had everything of theirs deleted has no id any more.
        member_id = row.member_id if row.member_id > 0 else ""
        rows.writerow((row.day.isoformat(), member_id, row.engine_id, figure, row.jobs))
    return text.getvalue().encode()
