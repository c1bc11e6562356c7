"""Jobs as the commands see them: all or nothing, once, and only for whom it may concern."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from sqlalchemy import event, text

from jobs.errors import Interrupted, NoSpace, NotYours, OverBudget, QueueFull, TooLate
from jobs.jobs import Jobs, Place, new_job_id
from jobs.orders.order import Input
from jobs.rules.limits import Asker
from jobs.runner.durable import WorkflowRunner
from jobs.runner.queues import QueueLimits
from storage.jobs.jobs import JobState
from storage.ledger.history import History
from storage.ledger.ledger import Balance
from tests.generation.image.scripted import SIDE, answer, image, png
from tests.jobs.harness import CHANNEL, MEMBER, MODERATOR, PRICE_MC, START_MC, Workshop, an_order
from tests.storage.jobs.s3 import PLACE, serving_s3

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from jobs.orders.image import ImageOrder
    from storage.jobs.jobs import Job

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNTOUCHED = Balance(START_MC, 0)
INIT = Input(role="init", data=png(), size=(SIDE, SIDE))
WITHIN_S = 10
ANSWER_LIMIT_S = 2.5


class Office:
    """The workshop with its engine running and the commands' view of it."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self.engine = WorkflowRunner(
            workshop.database,
            {"image": workshop.kind_of_job},
            QueueLimits(process=4, member=2, engines={}),
        )
        self.jobs = self.another()

    def another(self, **values: Any) -> Jobs:
        """The commands' view once more, with other limits."""
        workshop = self.workshop
        return Jobs(
            database=workshop.database,
            store=workshop.store,
            limits=workshop.limits,
            artifacts=workshop.artifacts,
            engine=self.engine,
            running=workshop.running,
            settlement=workshop.settlement,
            estimate=workshop.estimate,
            unaccepted_cards=workshop.unaccepted_cards,
            now=workshop.clock,
            **values,
        )

    async def submit(
        self,
        order: ImageOrder | None = None,
        key: str = "i1",
        price_mc: int = PRICE_MC,
        inputs: Sequence[Input] = (),
        job_id: str | None = None,
    ) -> tuple[Job, bool]:
        place = Place(
            guild_id=self.workshop.guild_id,
            channel_id=CHANNEL,
            member_id=MEMBER,
            message_id=100,
            interaction_token="token",
        )
        return await self.jobs.submit(
            job_id or new_job_id(),
            order or an_order(),
            place,
            Asker(guild_id=self.workshop.guild_id, member_id=MEMBER),
            key=f"{self.workshop.guild_id}:{key}",
            price_mc=price_mc,
            inputs=inputs,
        )

    async def by_key(self, key: str = "i1") -> Job | None:
        return await self.workshop.store.by_key(f"{self.workshop.guild_id}:{key}")

    async def until_over(self, job_id: str) -> Job:
        async with asyncio.timeout(WITHIN_S):
            while not await self.engine.is_over(job_id):  # noqa: ASYNC110 - in its threads
                await asyncio.sleep(0.02)
        return await self.workshop.job(job_id)

    def files(self, *jobs: Job) -> set[str]:
        """The kept files, of all jobs or of some."""
        found = (self.workshop.folder / "artifacts").rglob("*.*")
        kept = {f"{file.parent.name}/{file.name}" for file in found}
        return {one for one in kept if not jobs or one.startswith(tuple(job.id for job in jobs))}


@pytest_asyncio.fixture(loop_scope="module")
async def closed_office(tmp_path: Path) -> AsyncGenerator[Office]:
    """An office whose engine was not launched, so that nothing can be enqueued."""
    async with Workshop(tmp_path) as workshop:
        yield Office(workshop)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def open_office(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Office]:
    async with Workshop(tmp_path_factory.mktemp("office")) as workshop:
        office = Office(workshop)
        await office.engine.launch()
        yield office
        await office.engine.close()


@pytest.fixture
def office(open_office: Office) -> Office:
    """An office with its engine at work, and an author with a fresh account."""
    open_office.workshop.guild_id += 1
    return open_office


async def test_a_submitted_job_is_held_drawn_and_paid(office: Office):
    job, is_new = await office.submit()
    assert is_new
    assert (await office.until_over(job.id)).state is JobState.DELIVERED
    assert await office.workshop.balance() == Balance(START_MC - PRICE_MC, 0)


async def test_when_it_cannot_be_enqueued_nothing_happened(closed_office: Office):
    with pytest.raises(AssertionError):
        await closed_office.submit(inputs=[INIT])
    assert await closed_office.workshop.balance() == UNTOUCHED
    assert await closed_office.by_key() is None
    assert closed_office.files() == set()


async def test_a_store_that_is_away_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Nor can what was begun be erased then; that hides not why it was refused."""
    async with serving_s3(monkeypatch) as s3, Workshop(tmp_path, PLACE) as workshop:
        s3.is_away = True
        with pytest.raises(NoSpace):
            await Office(workshop).submit(inputs=[INIT])
        assert await workshop.balance() == UNTOUCHED


async def test_without_the_credits_nothing_happened(office: Office):
    before = office.files()
    with pytest.raises(OverBudget) as refused:
        await office.submit(price_mc=START_MC + 1, inputs=[INIT])
    assert (refused.value.needed_mc, refused.value.available_mc) == (START_MC + 1, START_MC)
    assert await office.workshop.balance() == UNTOUCHED
    assert await office.by_key() is None
    assert office.files() == before


async def test_a_key_makes_one_job_however_often_it_is_used(office: Office):
    before = office.files()
    submitted = await asyncio.gather(
        *(office.submit(inputs=[INIT], order=an_order(uses_init=True)) for _ in range(6))
    )
    assert [is_new for _, is_new in submitted].count(True) == 1
    (job_id,) = {job.id for job, _ in submitted}
    await office.until_over(job_id)
    assert await office.workshop.balance() == Balance(START_MC - PRICE_MC, 0)
    assert {file.partition("/")[0] for file in office.files() - before} == {job_id}


async def test_a_job_whose_acceptance_was_not_answered_is_a_job(office: Office):
    """The database wrote the transaction, and then the line broke off."""
    async with office.workshop.database.begin() as transaction:
        writer = transaction.engine.sync_engine

    @event.listens_for(writer, "commit")
    def break_off(connection: Connection) -> None:
        event.remove(writer, "commit", break_off)
        connection.connection.commit()
        raise OSError("the line broke off")

    job, is_new = await office.submit(inputs=[INIT], order=an_order(uses_init=True))
    assert is_new
    assert (await office.until_over(job.id)).state is JobState.DELIVERED
    assert await office.workshop.balance() == Balance(START_MC - PRICE_MC, 0)


async def test_an_id_that_is_taken_costs_its_owner_nothing(office: Office):
    """Ids are drawn by chance; what the other job has kept is not erased."""
    job, _ = await office.submit(inputs=[INIT], order=an_order(uses_init=True))
    await office.until_over(job.id)
    before = office.files()
    with pytest.raises(Exception, match="is taken"):
        await office.submit(inputs=[INIT], key="i2", job_id=job.id)
    assert office.files() == before
    assert await office.workshop.balance() == Balance(START_MC - PRICE_MC, 0)


async def test_credits_cannot_be_spent_twice_at_once(office: Office):
    price = START_MC // 3 + 1
    tries = [office.submit(key=f"i{n}", price_mc=price) for n in range(6)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, OverBudget)]
    assert len(refused) == 4
    for outcome in outcomes:
        if isinstance(outcome, tuple):
            await office.until_over(outcome[0].id)
    assert (await office.workshop.balance()).available_mc == START_MC - 2 * price


async def test_cancelling_in_the_queue_refunds_at_once(closed_office: Office):
    job = await closed_office.workshop.accept()
    cancelled = await closed_office.jobs.cancel(job.id, MEMBER, is_moderator=False)
    assert cancelled.id == job.id
    assert (await closed_office.workshop.job()).state is JobState.CANCELLED
    assert await closed_office.workshop.balance() == UNTOUCHED
    with pytest.raises(TooLate):
        await closed_office.jobs.cancel(job.id, MEMBER, is_moderator=False)


async def test_only_the_author_and_moderators_cancel_and_erase(closed_office: Office):
    job = await closed_office.workshop.accept()
    for act in (closed_office.jobs.cancel, closed_office.jobs.erase):
        with pytest.raises(NotYours):
            await act(job.id, MODERATOR, is_moderator=False)
    await closed_office.jobs.cancel(job.id, MODERATOR, is_moderator=True)
    await closed_office.jobs.erase(job.id, MODERATOR, is_moderator=True)


async def test_what_is_not_kept_is_too_late(closed_office: Office):
    with pytest.raises(TooLate):
        await closed_office.jobs.get("nothing1")
    assert not await closed_office.jobs.is_known("nothing1")


async def test_a_job_at_work_is_not_erased_and_the_answer_comes_in_time(closed_office: Office):
    job = await closed_office.workshop.accept()
    await closed_office.workshop.store.start(job.id)
    began = asyncio.get_running_loop().time()
    with pytest.raises(TooLate):
        await closed_office.jobs.erase(job.id, MEMBER, is_moderator=False)
    assert asyncio.get_running_loop().time() - began < ANSWER_LIMIT_S


async def test_erasing_takes_results_and_uploads(office: Office):
    job, _ = await office.submit(an_order(uses_init=True), inputs=[INIT])
    await office.until_over(job.id)
    assert len(office.files(job)) == 2
    assert await office.jobs.uploads(job) == {"init": png()}
    await office.jobs.erase(job.id, MEMBER, is_moderator=False)
    assert office.files(job) == set()
    with pytest.raises(TooLate):
        await office.jobs.uploads(job)


async def test_what_ended_without_its_close_is_closed(office: Office):
    """A row whose workflow is not there, as after a database was restored by half."""
    job = await office.workshop.accept(job_id="orphan")
    assert await office.jobs.reconcile() == 1
    assert (await office.workshop.job(job.id)).state is JobState.FAILED
    assert await office.workshop.balance() == UNTOUCHED
    what, failure = office.workshop.board.shown[-1]
    assert (what, type(failure)) == ("failed", Interrupted)
    assert await office.jobs.reconcile() == 0


async def test_a_job_whose_row_somebody_wrote_is_released(office: Office):
    job = await office.workshop.accept(job_id="planted")
    async with office.workshop.database.begin() as connection:
        await office.engine.enqueue(connection, "image", job.id, "eve")
        planted = "set serialization = 'py_pickle' where workflow_uuid = 'planted'"
        await connection.execute(text(f"update workflow_status {planted}"))
    await office.engine.refuse_foreign_rows()
    assert await office.jobs.reconcile() == 1
    assert (await office.workshop.job(job.id)).state is JobState.FAILED
    assert await office.workshop.balance() == UNTOUCHED
    what, failure = office.workshop.board.shown[-1]
    assert (what, type(failure)) == ("failed", Interrupted)


async def test_what_is_at_work_is_left_alone(office: Office):
    board = office.workshop.board
    board.go_on.clear()
    board.before_result.clear()
    job, _ = await office.submit()
    await board.before_result.wait()
    assert await office.jobs.reconcile() == 0
    board.go_on.set()
    assert (await office.until_over(job.id)).state is JobState.DELIVERED


async def test_a_reconciliation_and_a_close_at_once_agree(office: Office):
    """The reconciliation has read the job as open when the job's own close comes."""
    workshop = office.workshop
    for number in range(10):
        job = await workshop.accept(job_id=f"racing{number}")
        await workshop.kind_of_job.generate(job.id)
        await asyncio.gather(workshop.kind_of_job.close(job.id, None, 1), office.jobs.reconcile())
        closed = await workshop.job(job.id)
        [newest] = await History(workshop.database).movements(workshop.account, 1)
        was_paid = newest.kind == "settle"
        assert (closed.state is JobState.DELIVERED) == was_paid
    assert (await workshop.balance()).held_mc == 0


async def test_repeats_are_counted(closed_office: Office):
    assert await closed_office.jobs.repeats("key-") == (0, False)
    await closed_office.workshop.accept()
    assert await closed_office.jobs.repeats("key-") == (1, True)
    await closed_office.jobs.cancel("job1", MEMBER, is_moderator=False)
    assert await closed_office.jobs.repeats("key-") == (1, False)
    assert await closed_office.jobs.is_taken("key-job1")


async def test_the_outlook_counts_what_is_ahead(closed_office: Office):
    workshop, jobs = closed_office.workshop, closed_office.jobs
    asker = Asker(guild_id=workshop.guild_id, member_id=MEMBER)
    assert (await jobs.outlook(asker, "sd", PRICE_MC)).ahead == 0
    await workshop.accept(job_id="job1")
    await workshop.accept(job_id="job2")
    outlook = await jobs.outlook(asker, "sd", PRICE_MC)
    assert (outlook.ahead, outlook.ready_in) == (2, None)


async def test_too_many_that_wait_are_refused(closed_office: Office):
    workshop = closed_office.workshop
    jobs = closed_office.another(most_waiting=1)
    asker = Asker(guild_id=workshop.guild_id, member_id=MEMBER)
    await jobs.outlook(asker, "sd", PRICE_MC)
    await workshop.accept(job_id="job1")
    with pytest.raises(QueueFull):
        await jobs.outlook(asker, "sd", PRICE_MC)


async def test_a_cancellation_by_another_process_is_noticed(office: Office):
    """Its own process would be woken at once; here only the row says so."""
    workshop = office.workshop
    released = asyncio.Event()

    async def held(_request: Any, _context: Any) -> AsyncIterator[Any]:
        await released.wait()
        yield answer(image(0))

    scripts, workshop.engine.scripts = workshop.engine.scripts, [held]
    workshop.engine.called.clear()
    watch = asyncio.create_task(office.jobs.watch_cancellations())
    try:
        job, _ = await office.submit()
        await workshop.engine.called.wait()
        async with workshop.database.begin() as connection:
            await workshop.store.cancel(connection, job.id)
        assert (await office.until_over(job.id)).state is JobState.CANCELLED
    finally:
        watch.cancel()
        released.set()
        workshop.engine.scripts = scripts
    assert await workshop.balance() == UNTOUCHED
