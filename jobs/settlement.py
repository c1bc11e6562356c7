"""How jobs end: the hold is closed exactly once, and who waits is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jobs.delivery import CARD_IS_DUE, NOTHING_SHOWN, Shown
from jobs.errors import Cancelled, Interrupted, NotShown
from jobs.failure import describe
from jobs.orders.by_kind import KINDS, order_of
from jobs.patience import next_card_at, next_result_at
from storage.errors import OutcomeUnknown
from storage.jobs import redeliveries
from storage.jobs.artifacts import billed_of, unfiltered_of
from storage.jobs.jobs import JobState
from storage.jobs.segments import unanswered_of
from storage.ledger.accounts import Account
from storage.ledger.entries import Bill, BillReason
from storage.units import repeatable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jobs.delivery import Delivery
    from jobs.orders.order import Order
    from storage.database import Database, Transaction
    from storage.jobs.jobs import Job, JobStore
    from storage.ledger.ledger import Ledger


class Settlement:
    """Closes the holds of jobs and writes their final states.

    `is_metered` says of an engine's id whether what it makes costs the operator money.
    """

    def __init__(
        self,
        database: Database,
        jobs: JobStore,
        ledger: Ledger,
        delivery: Delivery,
        is_metered: Callable[[str], bool],
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._ledger = ledger
        self._delivery = delivery
        self._is_metered = is_metered
        self._now = now

    async def close(
        self, job: Job, order: Order, shown: Shown, failure: dict[str, Any] | None
    ) -> None:
        """Charge the units that arrived and release the rest, unless that was done before.

        A result that is due again is left open for a day: it is paid for when it is shown.
        """
        if shown.is_result_due:
            if await self._postpone_result(job, shown, failure):
                return
            shown = replace(shown, is_result_due=False, is_card_due=True, failure=NotShown())
        failure = describe(shown.failure) if shown.failure else failure
        count = shown.count
        state = JobState.DELIVERED if count > 0 else JobState.FAILED
        if job.cancelled_at is not None:
            state, failure = JobState.CANCELLED, describe(Cancelled())
        delivered_mc = order.charge_mc(job.price_mc, count)
        reason = f"{count} of {order.units} {order.unit}" if order.units else order.unit
        is_first = await self._database.write(
            self._close, job, delivered_mc, reason, state, failure, shown
        )
        if not is_first and shown.is_card_due:
            await self.note_card(job, shown)

    async def leave_unshown(self, job: Job) -> None:
        """Close a job of which no more is to be shown: what is shown of it is charged."""
        shown = Shown(count=job.shown_count, failure=NotShown())
        await self.close(job, order_of(job), shown, None)

    async def note_card(self, job: Job, shown: Shown) -> None:
        """Remember of a closed job whether its card is still to be brought up to date."""
        show_at = self._next_card_at(job) if shown.is_due else None
        if show_at is not None:
            now = self._now()
            await self._database.write(redeliveries.postpone_card, job.id, now=now, show_at=show_at)
            return
        await self._database.write(
            redeliveries.note_shown, job.id, shown.message_id, shown.more_message_id
        )

    async def _postpone_result(
        self, job: Job, shown: Shown, failure: dict[str, Any] | None
    ) -> bool:
        """Show the result later; whether that is still worth it."""
        now = self._now()
        show_at = next_result_at(now, job.unshown_since or now)
        if show_at is None or job.cancelled_at is not None:
            return False
        await self._database.write(
            redeliveries.postpone_result,
            job.id,
            now=now,
            show_at=show_at,
            failure=failure,
            shown_count=shown.count,
            message_id=shown.message_id,
            more_message_id=shown.more_message_id,
        )
        return True

    def _next_card_at(self, job: Job) -> datetime | None:
        now = self._now()
        return next_card_at(now, job.unshown_since or now)

    def release(self, connection: Transaction, job: Job, shown: Shown = NOTHING_SHOWN) -> bool:
        """Close the hold of a job without a result; whether this call did it."""
        if job.cancelled_at is not None:
            failure = describe(Cancelled())
            return self._close(connection, job, 0, "cancelled", JobState.CANCELLED, failure, shown)
        failure = describe(Interrupted())
        return self._close(connection, job, 0, "interrupted", JobState.FAILED, failure, shown)

    async def abandon(self, job: Job) -> bool:
        """Close a job that ended without a result, and show that; whether this call closed it."""
        try:
            # The card is due from now on: the process may end before it is shown.
            is_first = await self._database.write(self.release, job, CARD_IS_DUE)
        except OutcomeUnknown:
            # If it was written, nobody looks at this job again; if not, the same is shown again.
            await self.give_up(job)
            raise
        if is_first:
            await self.note_card(job, await self.give_up(job))
        return is_first

    async def give_up(self, job: Job) -> Shown:
        """Show that a job ended without a result, for no reason of its own."""
        if job.cancelled_at is None:
            return await self._delivery.failed(job, Interrupted())
        return await self._delivery.cancelled(job)

    @repeatable
    def _close(
        self,
        connection: Transaction,
        job: Job,
        delivered_mc: int,
        reason: str,
        state: JobState,
        failure: dict[str, Any] | None,
        shown: Shown = NOTHING_SHOWN,
    ) -> bool:
        billed = _bills(connection, job, delivered_mc, shown) if self._is_paid(job) else []
        is_first = self._ledger.close(
            connection,
            Account(job.guild_id, job.member_id),
            job.id,
            held_mc=job.price_mc,
            delivered_mc=delivered_mc,
            budget_mc=job.budget_mc,
            ceiling_mc=job.ceiling_mc,
            is_metered=job.is_metered,
            billed=billed,
            reason=reason,
        )
        if is_first:
            self._jobs.finish(
                connection,
                job.id,
                state,
                failure,
                shown.message_id,
                shown.more_message_id,
                self._next_card_at(job) if shown.is_card_due else None,
            )
        return is_first

    def _is_paid(self, job: Job) -> bool:
        """Whether the operator pays for what the job makes.

        A job that an earlier version accepted does not say so itself.
        """
        is_known = job.ceiling_mc > 0 or not job.is_metered
        return job.is_metered if is_known else self._is_metered(job.engine_id)


def _bills(connection: Transaction, job: Job, delivered_mc: int, shown: Shown) -> list[Bill]:
    """What the operator pays, or perhaps pays, beside what was delivered."""
    order_type = KINDS.get(job.kind)
    if order_type is None:
        return []
    counts = {BillReason.LOST: unanswered_of(connection, job.id, order_type.picture_role)}
    # Of what was delivered as a whole no unit is missing; it may have been sent more than once.
    if delivered_mc < job.price_mc:
        counts[BillReason.FILTERED] = billed_of(connection, job.id)
        made = unfiltered_of(connection, job.id, order_type.unit_role)
        counts[BillReason.UNDELIVERED] = made
    if not any(counts.values()):
        return []
    order = order_of(job)
    if hidden := counts.get(BillReason.UNDELIVERED):
        counts[BillReason.UNDELIVERED] = max(0, hidden - order.earlier - shown.count)
    each_mc = order.charge_mc(job.price_mc, 1)
    return [Bill(reason, each_mc) for reason, count in counts.items() for _ in range(count)]
