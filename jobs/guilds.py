"""The guilds as the operator sees them: who is let in, and what each may spend in a month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from generation.credits import exact
from storage import overview
from storage.ledger.periods import IN_UTC, Period
from storage.rules import Admission, Change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from storage.database import Database
    from storage.rules import Guild, RuleStore

OWN_CEILING_MC: Final = 500_000
"""What an operator's own guild may spend in a month where the default is nothing."""


@dataclass(frozen=True, slots=True)
class Spending:
    """A guild, what it may spend in this month (None: no limit) and what it did, in millicredits.

    Months are those of UTC, whatever the guild's own time zone. The ceiling is the operator's, the
    limit is the lower one of it and the moderators' budget.
    """

    guild: Guild
    ceiling_mc: int | None
    limit_mc: int | None
    spent_mc: int


class Guilds:
    """Lets guilds in, keeps them out and bounds what they spend."""

    def __init__(
        self,
        database: Database,
        rules: RuleStore,
        now: Callable[[], datetime],
        default_ceiling_mc: int | None,
    ) -> None:
        self._rules = rules
        self._database = database
        self._now = now
        self.default_ceiling_mc = default_ceiling_mc

    async def all(self) -> list[Spending]:
        """Every guild that was ever heard of, by name."""
        return [
            await self._spending(guild) for guild in await self._database.read(self._rules.guilds)
        ]

    async def admit(self, guild_id: int, actor_id: int, ceiling_mc: int | None) -> Spending:
        """Let a guild in, with what it may spend in a month; None for no limit."""
        values = {"admission": Admission.ADMITTED, "ceiling_mc": ceiling_mc}
        return await self._change(guild_id, actor_id, "guild admitted", **values)

    async def admit_own(self, guild_ids: Iterable[int], actor_id: int) -> list[Spending]:
        """Let the operator's own guilds in, those that nobody spoke of yet; which they were.

        They may spend the default, or 500 credits a month where that is nothing. Where guilds have
        no limit by default there is nothing to let them into.
        """
        if self.default_ceiling_mc is None:
            return []
        ceiling_mc = self.default_ceiling_mc or OWN_CEILING_MC
        detail = f"{_a_month(ceiling_mc)}, as the operator's own"
        admitted: list[Spending] = []
        for guild_id in guild_ids:
            change = Change(
                guild_id=guild_id, actor_id=actor_id, action="guild admitted", detail=detail
            )
            if await self._database.write(
                self._rules.admit_if_unheard, guild_id, change, ceiling_mc
            ):
                guild = await self._database.read(self._rules.guild, guild_id)
                admitted.append(await self._spending(guild))
        return admitted

    async def known(self, guild_ids: Iterable[int]) -> set[int]:
        """Those of these guilds whose names are known already."""
        guilds = await self._database.read(self._rules.guilds)
        return {guild.id for guild in guilds if guild.name}.intersection(guild_ids)

    async def refuse(self, guild_id: int, actor_id: int) -> Spending:
        """Keep a guild out; jobs that it has already are finished."""
        refused = Admission.REFUSED
        return await self._change(guild_id, actor_id, "guild refused", admission=refused)

    async def set_ceiling(self, guild_id: int, actor_id: int, ceiling_mc: int | None) -> Spending:
        """Change what a guild may spend in a month.

        None is no limit for an admitted guild, and the default for one that is still new.
        """
        return await self._change(guild_id, actor_id, "guild ceiling", ceiling_mc=ceiling_mc)

    async def greet(self, names: Mapping[int, str]) -> list[Guild]:
        """Remember what guilds are called; those heard of for the first time that may not draw."""
        known = {guild.id: guild.name for guild in await self._database.read(self._rules.guilds)}
        changed = {id_: name for id_, name in names.items() if name and known.get(id_) != name}
        for guild_id, name in changed.items():
            await self._database.write(self._rules.note_name, guild_id, name)
        first_heard = [guild_id for guild_id in changed if not known.get(guild_id)]
        guilds = [
            await self._database.read(self._rules.guild, guild_id) for guild_id in first_heard
        ]
        return [guild for guild in guilds if guild.ceiling(self.default_ceiling_mc) == 0]

    async def _change(self, guild_id: int, actor_id: int, action: str, **values: Any) -> Spending:
        detail = _a_month(values["ceiling_mc"]) if "ceiling_mc" in values else ""
        change = Change(guild_id=guild_id, actor_id=actor_id, action=action, detail=detail)
        return await self._spending(
            await self._database.write(self._rules.change_guild, guild_id, change, **values)
        )

    async def _spending(self, guild: Guild) -> Spending:
        month = IN_UTC.start_of(self._now(), Period.MONTH)
        return Spending(
            guild,
            ceiling_mc=guild.ceiling(self.default_ceiling_mc),
            limit_mc=guild.month_limit(self.default_ceiling_mc),
            spent_mc=await self._database.read(overview.spent_mc, guild.id, month),
        )


def _a_month(ceiling_mc: int | None) -> str:
    if ceiling_mc is None:
        return "no limit"
    return f"{exact(ceiling_mc)} credits a month"
