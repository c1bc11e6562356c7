"""`credits`, `ledger` and `backup`: grants, the proof of the ledger, and a copy of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clock import now
from bot.errors import CannotStart
from bot.wiring.database import operators_database
from generation.credits import exact
from jobs.operator_lines import size
from storage import backup
from storage.errors import DatabaseDamaged
from storage.ledger.accounts import Account, Policy
from storage.ledger.ledger import Ledger
from storage.rules import RuleStore

if TYPE_CHECKING:
    from pathlib import Path

    from bot.settings import Settings


async def grant(
    settings: Settings, guild_id: int, member_id: int, amount_mc: int, reason: str
) -> str:
    """Give a member credits, and say what they have then."""
    async with operators_database(settings) as database:
        rules = (await database.read(RuleStore(now).guild, guild_id)).rules
        policy = Policy(rules.starting_mc, rules.refill_mc, rules.period, rules.calendar)
        account = Account(guild_id, member_id)
        balance = await database.write(Ledger(now).grant, account, policy, amount_mc, reason)
    return f"The member now has {exact(balance.available_mc)} credits."


async def verify(settings: Settings) -> str:
    """Prove that every balance equals its entries, and say so.

    Raises:
        CannotStart: the ledger is wrong; says where.
    """
    async with operators_database(settings) as database:
        try:
            await database.check()
            problems = await database.read(Ledger(now).verify)
        except DatabaseDamaged as error:
            raise CannotStart(
                f"The database is damaged ({error}); put a backup in its place."
            ) from error
    if problems:
        raise CannotStart("\n".join(["the ledger is wrong.", *problems]))
    return "Ledger OK: all entries cancel and every balance equals its entries."


async def back_up(settings: Settings, file: Path) -> str:
    """Copy the database while others write to it, and say where it is.

    Raises:
        CannotStart: there is no copy, or its ledger is wrong; says why.
    """
    if settings.atelier_database_url:
        raise CannotStart(
            "This copies the SQLite file of ATELIER_STATE; copy the database of"
            " ATELIER_DATABASE_URL with its own tools, for example pg_dump."
        )
    try:
        size_bytes = await backup.back_up(settings.database_path, file)
    except backup.BackupError as error:
        raise CannotStart(f"{error}.") from error
    if problems := await backup.problems(file):
        raise CannotStart("\n".join([f"{file} is copied, but its ledger is wrong.", *problems]))
    return (
        f"{file} has the whole database, {size(size_bytes)}, and its ledger is OK."
        " Pictures are kept apart from it."
    )
