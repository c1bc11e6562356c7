"""What the operator does to the books: give credits, prove that they are right."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bot.clock import now
from bot.database import opened_database
from bot.errors import CannotStart
from storage.ledger import Account, Ledger, Policy
from storage.rules import RuleStore

if TYPE_CHECKING:
    from bot.settings import Settings

MILLICREDITS = 1000


async def grant(
    settings: Settings, guild_id: int, member_id: int, amount_mc: int, reason: str
) -> str:
    """Give a member credits, and say what they have then."""
    async with opened_database(settings) as database:
        rules = (await RuleStore(database, now).guild(guild_id)).rules
        policy = Policy(rules.starting_mc, rules.refill_mc, rules.period, rules.timezone)
        account = Account(guild_id, member_id)
        balance = await Ledger(database, now).grant(account, policy, amount_mc, reason)
    return f"The member now has {Decimal(balance.available_mc) / MILLICREDITS} credits."


async def verify(settings: Settings) -> str:
    """Prove that every balance equals its entries, and say so.

    Raises:
        CannotStart: the books are wrong; says where.
    """
    async with opened_database(settings) as database:
        problems = await Ledger(database, now).verify()
    if problems:
        raise CannotStart("\n".join(["the books are wrong.", *problems]))
    return "The books are right: all entries cancel and every balance equals its entries."
