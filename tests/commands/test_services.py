"""What the bags of services do by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.clock import now
from commands.services import RuleServices
from storage.database import Database
from storage.rules import RuleStore
from tests.databases import migrated_sqlite

if TYPE_CHECKING:
    from pathlib import Path

GUILD = 1213093463982080000


async def test_a_guild_comes_with_its_rules(tmp_path: Path):
    database = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
    store = RuleStore(now)
    unused: Any = None
    rules = RuleServices(database=database, store=store, limits=unused, guilds=unused)
    await database.write(store.note_name, GUILD, "Atelier")
    assert (await rules.guild(GUILD)).name == "Atelier"
    assert (await rules.guild(GUILD + 1)).name == ""
    await database.close()
