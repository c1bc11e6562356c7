"""What moderators and members read of credits: figures, rules, standings and changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commands.languages import speaking
from commands.mod import _days_ago  # pyright: ignore[reportPrivateUsage]
from commands.moderation.audit import line
from commands.ui.cards import Card
from commands.ui.credit_cards import credits_card, movement_line
from commands.ui.instants import date
from commands.ui.mod_cards import show_card, standing_card, taken_card
from jobs.errors import Paused
from jobs.rules.limits import Explanation
from jobs.rules.terms import Asker, terms_of
from jobs.rules.usage import Means
from storage.jobs.retention import FORGOTTEN
from storage.ledger.accounts import Balance, Refill
from storage.ledger.history import Movement
from storage.ledger.periods import Calendar
from storage.ledger.pools import BudgetState, Pool
from storage.rules import Change, Guild, Member, Rules, Standing
from tests.commands.ui.test_cards import check_limits, labels, text

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOON = f"<t:{int((NOW + timedelta(days=2)).timestamp())}:R>"
REFILL = Refill(25_000, NOW + timedelta(days=2))
MEMBER = 345678901234567890


def movement(kind: str, amount_mc: int, **values: Any) -> Movement:
    plain = Movement(1, kind, amount_mc, "of the week", None, None, None, NOW)
    return replace(plain, **values)


def explanation(**values: Any) -> Explanation:
    member = Member(guild_id=1, id=MEMBER)
    terms = terms_of(Guild(id=1), member, Asker(guild_id=1, member_id=MEMBER), None)
    means = Means(balance=Balance(5109, 0), open_jobs=0, spent_today_mc=0)
    plain = Explanation(
        terms=terms,
        means=means,
        member=member,
        standing=Standing.NORMAL,
        refill_by="everyone",
        refill_role=None,
        tier_role=None,
        obstacles=(),
    )
    return replace(plain, **values)


def shown(one: Explanation, refill: Refill = REFILL) -> str:
    card = show_card(one, refill, [movement("grant", 25_000)])
    check_limits(card)
    return text(card)


def test_balances_round_down_and_what_is_held_up():
    terms = explanation().terms
    means = Means(
        balance=Balance(5109, 401, 2500),
        open_jobs=2,
        spent_today_mc=1301,
        months=(
            BudgetState(Pool.BUDGET, 100_000, 60_001, 0, 39_999, NOW, NOW + timedelta(days=2)),
        ),
    )
    said = shown(explanation(means=means, terms=terms))
    assert "**Credits: 5.10**, and 0.41 held by running jobs" in said
    assert "Starting credits among them: 2.50" in said
    assert "today 1.31 are spent or held" in said
    assert "At once: 2 of 100 jobs" in said
    assert f"The server's month: 39.99 of 100.00 left; the next month begins {SOON}" in said


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "25.00 every week, as for everyone"),
        ({"refill_by": "member"}, "set for this member, whatever their roles"),
        ({"refill_by": "role", "refill_role": 7}, "from the role <@&7>, the largest of theirs"),
        ({"tier_role": 8, "tier": 2}, "Queue priority: 2, from the role <@&8>"),
        ({"obstacles": (Paused(),)}, "Their next job would be refused: Drawing is paused"),
    ],
)
def test_the_rule_behind_a_figure_is_named(values: dict[str, Any], sentence: str):
    plain = explanation()
    terms = replace(plain.terms, tier=values.pop("tier", 0))
    assert sentence in shown(replace(plain, terms=terms, **values))


def test_caps_are_told():
    rules = Rules(job_cap_mc=500, day_cap_mc=2000, open_jobs=3)
    said = shown(explanation(terms=replace(explanation().terms, rules=rules)))
    assert "One job: at most 0.50" in said
    assert "One day: at most 2.00" in said
    assert "of 3 jobs" in said


def test_a_full_account_is_not_promised_a_refill():
    said = shown(explanation(), Refill(0, NOW))
    assert "Next: nothing; refills stop at four times their amount" in said


@pytest.mark.parametrize("until", [None, NOW + timedelta(days=2)])
@pytest.mark.parametrize("standing", list(Standing))
def test_a_standing_tells_its_end(standing: Standing, until: datetime | None):
    said = text(standing_card(MEMBER, standing, until))
    if standing is not Standing.NORMAL:
        assert (f"until {date(until)}" if until else "until a moderator resets it") in said


def test_a_take_says_how_much_it_took():
    said = text(taken_card(MEMBER, 10_000, 2_345, 0, 401))
    assert "**2.35 credits** taken" in said
    assert "You asked for 10.00" in said
    assert "Another 0.41 is held" in said
    assert "You asked" not in text(taken_card(MEMBER, 1000, 1000, 0, 0))


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (movement("settle", -201, title="a fox", job_id="k3"), "spent **0.21** · a fox · job k3"),
        (movement("hold", -201, title="a fox"), "held **0.21** · a fox"),
        (movement("release", 0, title="a fox"), "nothing spent · a fox"),
        (movement("refund", 201, title="a fox"), "refund **+0.21** · a fox"),
        (movement("refill", 25_000), "refill **+25.00** · of the week"),
        (movement("gift", -1), "gift **−0.01** · of the week"),
        (movement("adjust", -2345, reason="@everyone *x*"), "adjust **−2.35** · @\u200beveryone"),
    ],
)
def test_a_movement_is_one_line(one: Movement, said: str):
    assert said in movement_line(one)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (movement("refill", 25_000), "충전 **+25.00** · 일주일치"),
        (movement("grant", 25_000, reason="starting credits"), "지급 **+25.00** · 시작 크레딧"),
        (
            movement("grant", 500_000, reason="from the operator"),
            "지급 **+500.00** · 운영자가 지급",
        ),
        (movement("carry", 24_620, reason="what you had before"), "이월 **+24.62** · 이전 잔액"),
        (movement("gift", 1000, reason=FORGOTTEN), "선물 **+1.00** · 더 이상 보관되지 않음"),
        (movement("settle", -201, title=FORGOTTEN), "**0.21** 사용 · 더 이상 보관되지 않음"),
        (movement("gift", -1000, reason="to Jun K."), "선물 **−1.00** · Jun K. 님에게"),
        (movement("gift", 1000, reason="from to"), "선물 **+1.00** · to 님에게서"),
        (movement("grant", 1000, reason="to Jun"), "지급 **+1.00** · to Jun"),
    ],
)
def test_what_the_ledger_notes_is_said_in_korean(one: Movement, said: str):
    with speaking("ko"):
        assert said in movement_line(one)


def credits_shown(**values: Any) -> Card:
    known: dict[str, Any] = {
        "page": 0,
        "has_more": False,
        "wants_mention": True,
        "allows_gifts": False,
    }
    card = credits_card(Balance(5109, 0, 5000), REFILL, [], **{**known, **values})
    check_limits(card)
    return card


def test_the_buttons_lead_to_the_pages_that_there_are():
    assert labels(credits_shown()) == ["Mention me after long jobs: on"]
    assert labels(credits_shown(page=1, has_more=True))[:2] == ["Newer", "Older"]
    assert labels(credits_shown(wants_mention=False)) == ["Mention me after long jobs: off"]
    assert "give away" not in text(credits_shown())
    assert "You can give away 0.10" in text(credits_shown(allows_gifts=True))


def test_a_line_of_the_audit_log():
    change = Change(guild_id=1, actor_id=9, action="grant", subject_id=5, detail="<#1> x")
    assert line(change) == r"<@9> · **grant** · <@5> · \<#1> x"
    assert line(replace(change, subject_id=None, detail="", made_at=NOW)) == (
        f"<t:{int(NOW.timestamp())}:f> · <@9> · **grant**"
    )


@pytest.mark.parametrize(
    ("now", "days", "first"),
    [
        # Clocks went back on 25 October and forward on 29 March.
        (datetime(2026, 10, 26, 11, tzinfo=UTC), 1, datetime(2026, 10, 24, 22, tzinfo=UTC)),
        (datetime(2026, 10, 25, 11, tzinfo=UTC), 1, datetime(2026, 10, 23, 22, tzinfo=UTC)),
        (datetime(2026, 3, 30, 11, tzinfo=UTC), 1, datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (datetime(2026, 3, 30, 11, tzinfo=UTC), 0, datetime(2026, 3, 29, 22, tzinfo=UTC)),
    ],
)
def test_a_report_begins_with_a_whole_day(now: datetime, days: int, first: datetime):
    assert _days_ago(now, days, Calendar("Europe/Berlin")) == first
