"""How jobs end: the hold is closed exactly once, and who waits is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.delivery import NOTHING_SHOWN
from jobs.errors import Cancelled, Interrupted
from jobs.failure import describe
from jobs.orders.by_kind import KINDS, order_of
from storage.errors import OutcomeUnknown
from storage.jobs.artifacts import billed_of, unfiltered_of
from storage.jobs.jobs import JobState
from storage.jobs.segments import unanswered_of
from storage.ledger.accounts import Account
from storage.ledger.entries import Bill, BillReason
from storage.units import repeatable

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.delivery import Delivery, Shown
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
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._ledger = ledger
        self._delivery = delivery
        self._is_metered = is_metered

    async def close(
        self, job: Job, order: Order, shown: Shown, failure: dict[str, Any] | None
    ) -> None:
        """Charge the units that arrived and release the rest, unless that was done before."""
        count = shown.count
        state = JobState.DELIVERED if count > 0 else JobState.FAILED
        if job.cancelled_at is not None:
            state, failure = JobState.CANCELLED, describe(Cancelled())
        delivered_mc = order.charge_mc(job.price_mc, count)
        reason = f"{count} of {order.units} {order.unit}" if order.units else order.unit
        await self._database.write(self._close, job, delivered_mc, reason, state, failure, shown)

    def release(self, connection: Transaction, job: Job) -> bool:
        """Close the hold of a job without a result; whether this call did it."""
        if job.cancelled_at is not None:
            failure = describe(Cancelled())
            return self._close(connection, job, 0, "cancelled", JobState.CANCELLED, failure)
        failure = describe(Interrupted())
        return self._close(connection, job, 0, "interrupted", JobState.FAILED, failure)

    async def abandon(self, job: Job) -> bool:
        """Close a job that ended without a result, and show that; whether this call closed it."""
        try:
            is_first = await self._database.write(self.release, job)
        except OutcomeUnknown:
            # If it was written, nobody looks at this job again; if not, the same is shown again.
            await self.give_up(job)
            raise
        if is_first:
            await self.give_up(job)
        return is_first

    async def give_up(self, job: Job) -> None:
        """Show that a job ended without a result, for no reason of its own."""
        if job.cancelled_at is None:
            await self._delivery.failed(job, Interrupted())
        else:
            await self._delivery.cancelled(job)

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
                connection, job.id, state, failure, shown.message_id, shown.more_message_id
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
