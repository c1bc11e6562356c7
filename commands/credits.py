"""/credits: the member's balance and the last movements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import Interaction, app_commands
from discord.utils import format_dt

from commands.ordering import account_of
from commands.ui import money
from commands.ui.answers import answer_privately
from commands.ui.cards import note_card
from commands.ui.text import quoted
from storage.ledger import Policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commands import Action, Registered
    from commands.tools import Tools
    from storage.ledger import Balance, Entry

SHOWN = 10
ENTRIES_A_JOB = 3
"""Held, spent and released: what one job may leave in the books."""


def build(tools: Tools) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command; it has no buttons."""

    @app_commands.command(name="credits")
    async def command(interaction: Interaction[Any]) -> None:
        """Show your credits and what they were spent on."""
        account = account_of(interaction)
        balance = await tools.ledger.balance(account, Policy())
        entries = await tools.ledger.history(account, SHOWN * ENTRIES_A_JOB)
        await answer_privately(interaction, note_card(_text(balance, entries)))

    return [command], {}


def _text(balance: Balance, entries: Sequence[Entry]) -> str:
    lines = [f"**You have {money.credits_of(money.balance(balance.available_mc))}.**"]
    if balance.held_mc:
        held = money.price(balance.held_mc)
        lines.append(f"Another {held} is held by jobs that are not finished.")
    movements: dict[str, list[Entry]] = {}
    for entry in entries:
        movements.setdefault(entry.job_id or f"#{entry.id}", []).append(entry)
    shown = [_line(together) for together in list(movements.values())[:SHOWN]]
    return "\n".join([*lines, "", "Last movements", *shown])


def _line(together: Sequence[Entry]) -> str:
    """One line for what belongs together: the entries of a job, or one by itself."""
    by_kind = {entry.kind: entry for entry in together}
    newest, oldest = together[0], together[-1]
    spent, held = by_kind.get("settle"), by_kind.get("hold")
    if spent:
        what = f"spent **{money.price(spent.amount_mc)}**"
    elif "release" in by_kind:
        what = "nothing spent"
    elif held:
        what = f"held **{money.price(-held.amount_mc)}**"
    else:
        what = f"{newest.kind} **{money.signed(newest.amount_mc)}**"
    job = f" · job {newest.job_id}" if newest.job_id else ""
    return f"-# {format_dt(newest.made_at, 'R')} · {what} · {quoted(oldest.reason, 60)}{job}"
