"""A member's balance: read where nothing is due to it, else paid first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Database
    from storage.ledger.accounts import Account, Balance, Policy
    from storage.ledger.ledger import Ledger


async def balance_of(
    database: Database, ledger: Ledger, account: Account, policy: Policy
) -> Balance:
    """The account's balance, after what is due to it was paid.

    A member seen for the first time gets the starting credits.
    """
    found = await database.read(ledger.look, account, policy)
    return found or await database.write(ledger.open, account, policy)
