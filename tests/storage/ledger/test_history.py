"""History: what a member and a moderator read of what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.ledger.accounts import Account, Policy
from storage.ledger.history import History
from storage.rules import Change, RuleStore

if TYPE_CHECKING:
    from storage.database import Database
    from storage.jobs.jobs import JobStore
    from storage.ledger.ledger import Ledger

MINA, OTTO = Account(1, 2), Account(1, 3)
POLICY = Policy()


@pytest.fixture
def history(database: Database) -> History:
    return History(database)


@pytest.fixture
async def jobs(database: Database, ledger: Ledger, store: JobStore, make_job) -> None:
    """Four jobs of Mina's: drawn, partly drawn, not drawn and still open."""
    async with database.begin() as connection:
        await ledger.open(connection, MINA, POLICY)
        for name in ("all", "half", "none", "open"):
            await store.add(connection, make_job(name, price_mc=1000))
            await ledger.hold(connection, MINA, 1000, name, f"a fox {name}")
        for name, delivered_mc in (("all", 1000), ("half", 400), ("none", 0)):
            await ledger.close(
                connection,
                MINA,
                name,
                held_mc=1000,
                delivered_mc=delivered_mc,
                budget_mc=0,
                reason="done",
            )


@pytest.mark.usefixtures("jobs")
async def test_each_job_is_one_movement(history: History):
    found = await history.movements(MINA, 10)
    assert [(one.kind, one.amount_mc, one.title) for one in found] == [
        ("release", 0, "a fox none"),
        ("settle", -400, "a fox half"),
        ("settle", -1000, "a fox all"),
        ("hold", -1000, "a fox open"),
        ("grant", 25_000, None),
    ]
    assert found[0].job_id == "none"


@pytest.mark.usefixtures("jobs")
async def test_pages_follow_one_another(history: History):
    whole = await history.movements(MINA, 10)
    assert await history.movements(MINA, 2) == whole[:2]
    assert await history.movements(MINA, 2, 2) == whole[2:4]
    assert await history.movements(MINA, 2, 4) == whole[4:]
    assert not await history.movements(MINA, 2, 6)


@pytest.mark.usefixtures("jobs")
async def test_gifts_and_refunds_show_on_both_sides(history: History, ledger: Ledger):
    await ledger.adjust(MINA, POLICY, 5000, "contest", 9)
    await ledger.gift(MINA, OTTO, 500, giver_policy=POLICY, receiver_policy=POLICY)
    await ledger.refund(None, "half", 9)
    refund, given, granted = (await history.movements(MINA, 10))[:3]
    assert (refund.kind, refund.amount_mc, refund.actor_id) == ("refund", 400, 9)
    assert (given.kind, given.amount_mc) == ("gift", -500)
    assert (granted.reason, granted.actor_id) == ("contest", 9)
    assert (await history.movements(OTTO, 1))[0].amount_mc == 500


async def test_the_audit_log_has_the_newest_line_first(history: History, database: Database, clock):
    rules = RuleStore(database, clock)
    for number in range(3):
        await rules.note(Change(guild_id=1, actor_id=9, action="grant", detail=f"no. {number}"))
    await rules.note(Change(guild_id=2, actor_id=9, action="grant", subject_id=3))
    found = await history.changes(1, 2)
    assert [one.detail for one in found] == ["no. 2", "no. 1"]
    assert found[0].made_at == clock()
    assert [one.detail for one in await history.changes(1, 2, 2)] == ["no. 0"]
    assert (await history.changes(2, 9))[0].subject_id == 3
