"""History: what a member and a moderator read of what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from storage.ledger import history
from storage.ledger.accounts import Account, Policy
from storage.rules import Change, RuleStore

if TYPE_CHECKING:
    from storage.database import Database, Transaction
    from storage.jobs.jobs import JobStore
    from storage.ledger.ledger import Ledger

MINA, OTTO = Account(1, 2), Account(1, 3)
POLICY = Policy()


@pytest.fixture
async def jobs(database: Database, ledger: Ledger, store: JobStore, make_job) -> None:
    """Four jobs of Mina's: drawn, partly drawn, not drawn and still open."""

    def unit(connection: Transaction) -> None:
        ledger.open(connection, MINA, POLICY)
        for name in ("all", "half", "none", "open"):
            store.add(connection, make_job(name, price_mc=1000))
            ledger.hold(connection, MINA, 1000, name, f"a fox {name}")
        for name, delivered_mc in (("all", 1000), ("half", 400), ("none", 0)):
            ledger.close(
                connection,
                MINA,
                name,
                held_mc=1000,
                delivered_mc=delivered_mc,
                budget_mc=0,
                reason="done",
            )

    await database.write(unit)


@pytest.mark.usefixtures("jobs")
async def test_each_job_is_one_movement(database: Database):
    found = await database.read(history.movements, MINA, 10)
    assert [(one.kind, one.amount_mc, one.title) for one in found] == [
        ("release", 0, "a fox none"),
        ("settle", -400, "a fox half"),
        ("settle", -1000, "a fox all"),
        ("hold", -1000, "a fox open"),
        ("grant", 25_000, None),
    ]
    assert found[0].job_id == "none"


@pytest.mark.usefixtures("jobs")
async def test_pages_follow_one_another(database: Database):
    whole = await database.read(history.movements, MINA, 10)
    assert await database.read(history.movements, MINA, 2) == whole[:2]
    assert await database.read(history.movements, MINA, 2, 2) == whole[2:4]
    assert await database.read(history.movements, MINA, 2, 4) == whole[4:]
    assert not await database.read(history.movements, MINA, 2, 6)


@pytest.mark.usefixtures("jobs")
async def test_gifts_and_refunds_show_on_both_sides(database: Database, ledger: Ledger):
    await database.write(ledger.adjust, MINA, POLICY, 5000, "contest", 9)
    await database.write(ledger.gift, MINA, OTTO, 500, giver_policy=POLICY, receiver_policy=POLICY)
    await database.write(ledger.refund, "half", 9)
    refund, given, granted = (await database.read(history.movements, MINA, 10))[:3]
    assert (refund.kind, refund.amount_mc, refund.actor_id) == ("refund", 400, 9)
    assert (given.kind, given.amount_mc) == ("gift", -500)
    assert (granted.reason, granted.actor_id) == ("contest", 9)
    assert (await database.read(history.movements, OTTO, 1))[0].amount_mc == 500


@pytest.mark.usefixtures("jobs")
async def test_movements_come_with_the_jobs_that_they_name(database: Database):
    found, jobs = await database.read(history.movements_with_jobs, MINA, 3, 2)
    assert found == await database.read(history.movements, MINA, 3, 2)
    assert [one.job_id for one in found] == ["all", "open", None]
    assert {job_id: (job.id, job.guild_id) for job_id, job in jobs.items()} == {
        "all": ("all", MINA.guild_id),
        "open": ("open", MINA.guild_id),
    }


async def test_the_audit_log_has_the_newest_line_first(database: Database, clock):
    rules = RuleStore(clock)
    for number in range(3):
        await database.write(
            rules.note, Change(guild_id=1, actor_id=9, action="grant", detail=f"no. {number}")
        )
    await database.write(rules.note, Change(guild_id=2, actor_id=9, action="grant", subject_id=3))
    found = await database.read(history.changes, 1, 2)
    assert [one.detail for one in found] == ["no. 2", "no. 1"]
    assert found[0].made_at == clock()
    assert [one.detail for one in await database.read(history.changes, 1, 2, 2)] == ["no. 0"]
    assert (await database.read(history.changes, 2, 9))[0].subject_id == 3
