"""A member is forgotten: words and names go, amounts stay, and the ledger is right."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from storage import export, forgetting, preferences
from storage.jobs import history, parents, redeliveries
from storage.jobs.complaints import Complaints
from storage.jobs.history import HistoryFilter
from storage.jobs.jobs import JobState
from storage.jobs.unaccepted_cards import UnacceptedCards
from storage.ledger import history as movements_of
from storage.ledger.accounts import Account, Policy
from storage.ledger.balance import balance_of
from storage.ledger.periods import Period
from storage.preferences import Scope, Style
from storage.rules import Change, RuleStore
from tests.storage.sql import rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import Database, Transaction
    from storage.jobs.drafts import Drafts
    from storage.jobs.jobs import Job, JobStore
    from storage.ledger.ledger import Ledger
    from tests.storage.conftest import Clock

MINA, JUN = Account(1, 2), Account(1, 3)
POLICY = Policy()
SECRET = "a secret garden"


async def spend(
    database: Database, ledger: Ledger, store: JobStore, job: Job, *, closes: bool = True
) -> None:
    account = Account(job.guild_id, job.member_id)

    def unit(connection: Transaction) -> None:
        assert store.add(connection, job)
        history.note_words(connection, job, SECRET)
        ledger.open(connection, account, POLICY)
        ledger.hold(connection, account, job.price_mc, job.id, SECRET)
        if closes:
            ledger.close(
                connection,
                account,
                job.id,
                held_mc=job.price_mc,
                delivered_mc=job.price_mc,
                budget_mc=0,
                reason="done",
            )
            store.finish(connection, job.id, JobState.DELIVERED)

    await database.write(unit)


async def test_everything_of_a_member_goes_but_amounts(
    database: Database,
    ledger: Ledger,
    store: JobStore,
    drafts: Drafts,
    clock: Clock,
    make_job: Callable[..., Job],
):
    for number, member_id in ((1, 2), (2, 3)):
        job = make_job(
            f"job{number}",
            member_id=member_id,
            key=f"reroll:x:{member_id}:{number}",
            spec={"prompt": SECRET, "title": SECRET},
        )
        await spend(database, ledger, store, job)
    await database.write(drafts.keep, MINA, {"prompt": SECRET}, 10)
    await database.write(preferences.save_style, MINA, Style("mine", SECRET), clock())
    await database.write(preferences.change, 1, Scope.MEMBER, 2, {"suffix": SECRET})
    before = await balance_of(database, ledger, MINA, POLICY)
    told = json.dumps(await database.read(export.data_of, MINA))
    assert told.count(SECRET) >= 5
    assert "job2" not in told
    for child, parent in (("job1", "job2"), ("job2", "job1")):
        await database.write(parents.note, make_job(child), [parent])
    (exported,) = (await database.read(export.data_of, MINA))["jobs"]
    assert exported.pop("made_from") == ["job2"]
    assert await database.write(forgetting.forget_member, MINA, clock())
    assert await database.read(ledger.verify) == []
    assert await balance_of(database, ledger, MINA, POLICY) == before
    assert SECRET not in json.dumps(await database.read(export.data_of, MINA))
    kept = await database.read(forgetting.kept_of, MINA)
    assert (kept.jobs, kept.drafts, kept.styles) == (0, 0, 0)
    job = await database.read(store.get, "job1")
    assert job
    assert job.member_id < 0
    assert (job.spec, job.key, job.message_id) == ({}, "forgotten:job1", None)
    # Of what they made it is not known from what; of what others made of it, it is.
    edges = await rows(database, "select job_id, parent_id from parents")
    assert [tuple(edge) for edge in edges] == [("job2", "job1")]
    (carried,) = await database.read(movements_of.movements, MINA, 10)
    assert (carried.kind, carried.amount_mc) == ("carry", before.available_mc)
    others = await database.read(history.page_of, JUN, HistoryFilter(words="garden"), 5)
    assert [one.id for one in others.jobs] == ["job2"]
    untouched = await database.read(store.get, "job2")
    assert untouched
    assert untouched.spec["prompt"] == SECRET
    # Once more: what is new goes too, and nothing is made from nothing.
    assert await database.write(forgetting.forget_member, MINA, clock())
    assert await database.read(ledger.verify) == []
    assert await balance_of(database, ledger, MINA, POLICY) == before


async def test_nobody_is_forgotten_while_a_job_is_open(
    database: Database,
    ledger: Ledger,
    store: JobStore,
    clock: Clock,
    make_job: Callable[..., Job],
):
    await spend(database, ledger, store, make_job(member_id=2), closes=False)
    assert not await database.write(forgetting.forget_member, MINA, clock())
    assert await database.read(ledger.verify) == []


async def test_the_end_of_what_is_nobodys_is_not_shown_later(
    database: Database,
    ledger: Ledger,
    store: JobStore,
    clock: Clock,
    make_job: Callable[..., Job],
):
    await spend(database, ledger, store, make_job(member_id=2))
    await database.write(redeliveries.postpone_card, "job1", now=clock(), show_at=clock())
    assert await database.read(redeliveries.due, clock(), 1) == ["job1"]
    assert await database.write(forgetting.forget_member, MINA, clock())
    assert await database.read(redeliveries.due, clock(), 1) == []


async def test_what_only_waits_to_be_shown_is_not_at_work(
    database: Database,
    ledger: Ledger,
    store: JobStore,
    clock: Clock,
    make_job: Callable[..., Job],
):
    await spend(database, ledger, store, make_job(member_id=2), closes=False)
    assert await database.read(forgetting.has_jobs_at_work, MINA)
    postpone = redeliveries.postpone_result
    await database.write(postpone, "job1", now=clock(), show_at=clock(), failure=None)
    assert not await database.read(forgetting.has_jobs_at_work, MINA)
    assert not await database.write(forgetting.forget_member, MINA, clock())


async def test_what_was_begun_meanwhile_is_left_alone(
    database: Database,
    ledger: Ledger,
    store: JobStore,
    clock: Clock,
    make_job: Callable[..., Job],
):
    await spend(database, ledger, store, make_job("over", member_id=2, message_id=5))
    begun = make_job("begun", member_id=2, message_id=6)
    await spend(database, ledger, store, begun, closes=False)
    (shown,) = await database.read(forgetting.shown_jobs, MINA, 10)
    assert shown.id == "over"


async def test_neither_a_broken_order_nor_a_report_keeps_what_was_typed(
    database: Database,
    ledger: Ledger,
    store: JobStore,
    clock: Clock,
    make_job: Callable[..., Job],
):
    await spend(database, ledger, store, make_job(member_id=3))
    cards, rules = UnacceptedCards(clock), RuleStore(clock)
    await database.write(Complaints(clock).add, "job1", 2, SECRET)
    clock.advance(days=1)
    await spend(database, ledger, store, make_job("job2", member_id=3))
    for number, member_id in enumerate((2, 3)):
        await database.write(
            cards.make,
            f"card{number}",
            guild_id=1,
            channel_id=10,
            member_id=member_id,
            interaction_token="token",
            draft={"prompt": SECRET},
        )
        await database.write(Complaints(clock).add, "job2", member_id, SECRET)
        report = Change(guild_id=1, actor_id=member_id, action="report", detail=SECRET)
        await database.write(rules.note, report)
    assert await database.write(forgetting.forget_member, MINA, clock())
    kept = [await database.read(cards.get, f"card{number}") for number in range(2)]
    assert [card and card.draft for card in kept] == [{}, {"prompt": SECRET}]
    reasons = await rows(database, "select member_id, reason from complaints")
    assert sorted(tuple(row) for row in reasons) == [(2, ""), (3, SECRET)]
    details = await rows(database, "select actor_id, detail from audit order by actor_id")
    assert [tuple(row) for row in details] == [(2, "not kept any more"), (3, SECRET)]


async def test_a_gift_names_the_forgotten_no_more(database: Database, ledger: Ledger, clock: Clock):
    policies: dict[str, Any] = {"giver_policy": POLICY, "receiver_policy": POLICY}
    await database.write(ledger.adjust, MINA, POLICY, 5_000, "a prize", 9)
    await database.write(
        ledger.gift,
        MINA,
        JUN,
        1_000,
        **policies,
        giver_reason="to Jun",
        receiver_reason="from Mina",
    )
    assert await database.write(forgetting.forget_member, MINA, clock())
    reasons = await rows(database, "select reason from entries where member_id = 3")
    assert "from Mina" not in [row[0] for row in reasons]
    assert await database.read(ledger.verify) == []


async def test_the_unknown_are_forgotten_without_a_trace(
    database: Database, ledger: Ledger, clock: Clock
):
    assert await database.write(forgetting.forget_member, Account(7, 8), clock())
    assert await database.read(ledger.verify) == []


async def test_what_was_spent_today_still_counts(
    database: Database,
    ledger: Ledger,
    store: JobStore,
    clock: Clock,
    make_job: Callable[..., Job],
):
    """By the day of the guild's own calendar."""
    change = Change(guild_id=1, actor_id=3, action="limits refill", detail="")
    rules = await database.write(
        RuleStore(clock).change_rules, 1, change, partial(replace, timezone="Asia/Seoul")
    )
    # The zone holds from the next day on.
    clock.advance(days=3)
    today = rules.calendar.start_of(clock(), Period.DAY)

    async def spent_mc() -> int:
        since = rules.calendar.start_of(clock(), Period.DAY)
        return await database.read(ledger.spent_since, MINA, since)

    yesterday = make_job("job0", member_id=2, accepted_at=today - timedelta(seconds=1))
    await spend(database, ledger, store, yesterday)
    for number in (1, 2):
        await spend(database, ledger, store, make_job(f"job{number}", member_id=2))
        assert await spent_mc() == 200 * number
        assert await database.write(forgetting.forget_member, MINA, clock())
        assert await spent_mc() == 200 * number
    assert await database.read(ledger.verify) == []
    clock.instant = today + timedelta(days=1)
    assert await spent_mc() == 0
    await spend(database, ledger, store, make_job("job3", member_id=2, accepted_at=clock()))
    assert await database.write(forgetting.forget_member, MINA, clock())
    assert await spent_mc() == 200


async def test_reports_of_today_count_without_their_words(
    database: Database, store: JobStore, clock: Clock, make_job: Callable[..., Job]
):
    complaints = Complaints(clock)
    for number in (1, 2):
        await database.write(store.add, make_job(f"job{number}", member_id=3))
        await database.write(complaints.add, f"job{number}", 2, SECRET)
        clock.advance(hours=23)
    told = (await database.read(export.data_of, MINA))["reports"]
    assert [(one["job_id"], one["reason"]) for one in told] == [("job2", SECRET), ("job1", SECRET)]
    assert await database.write(forgetting.forget_member, MINA, clock())
    assert await database.read(complaints.count, 2) == 1
    kept = await rows(database, "select job_id, reason from complaints")
    assert [(row.job_id, row.reason) for row in kept] == [("job2", "")]
