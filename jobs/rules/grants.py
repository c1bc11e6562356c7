"""What moderators move: each movement and its line in the audit log are one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import Database, Transaction
    from storage.ledger.accounts import Account, Balance, Policy
    from storage.ledger.ledger import Ledger
    from storage.rules import Change, RuleStore

    Tell = Callable[[int], Change]
    """Makes the line of what was moved, in millicredits."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved, in millicredits, and the line that tells of it."""

    amount_mc: int
    change: Change


class Grants:
    """Gives credits to members, takes them back and refunds jobs."""

    def __init__(self, database: Database, ledger: Ledger, rules: RuleStore) -> None:
        self._database = database
        self._ledger = ledger
        self._rules = rules

    async def adjust(
        self,
        account: Account,
        policy: Policy,
        amount_mc: int,
        reason: str,
        actor_id: int,
        tell: Tell,
    ) -> tuple[Moved, Balance]:
        """Give credits, or take at most what is available if the amount is negative."""

        def move(connection: Transaction) -> tuple[Moved, Balance]:
            moved_mc, balance = self._ledger.adjust(
                connection, account, policy, amount_mc, reason, actor_id
            )
            change = tell(moved_mc)
            self._rules.note(connection, change)
            return Moved(moved_mc, change), balance

        return await self._database.write(move)

    async def refund(self, job_id: str, actor_id: int, tell: Tell) -> Moved:
        """Give back what a job cost, once; where that is nothing, no line is written."""

        def move(connection: Transaction) -> Moved:
            refunded_mc = self._ledger.refund(connection, job_id, actor_id)
            change = tell(refunded_mc)
            if refunded_mc:
                self._rules.note(connection, change)
            return Moved(refunded_mc, change)

        return await self._database.write(move)
