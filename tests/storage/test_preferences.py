"""Preferences: the nearest scope counts, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import preferences
from storage.ledger.accounts import Account
from storage.preferences import MAX_STYLES, Place, Preferences, Scope, Style

if TYPE_CHECKING:
    from storage.database import Database
    from tests.storage.conftest import Clock

MINA = Account(1, 2)
HERE, THREAD = Place(MINA, 10), Place(MINA, 11, parent_channel_id=10)


async def test_ones_own_choice_beats_the_channels_and_the_servers(database: Database):
    for scope, subject_id, said in (
        (Scope.GUILD, 1, {"engine": "server", "count": 4, "suffix": "in oil"}),
        (Scope.CHANNEL, 10, {"engine": "channel", "aspect": "3:2"}),
        (Scope.MEMBER, 2, {"engine": "mine"}),
    ):
        await database.write(preferences.change, 1, scope, subject_id, said)
    for place in (HERE, THREAD):
        found = await database.read(preferences.chosen, place)
        assert found.values == Preferences(engine="mine", aspect="3:2", count=4, suffix="in oil")
        assert found.sources == {
            "engine": Scope.MEMBER,
            "aspect": Scope.CHANNEL,
            "count": Scope.GUILD,
            "suffix": Scope.GUILD,
        }
    elsewhere = await database.read(preferences.chosen, Place(Account(1, 3), 12))
    assert elsewhere.values == Preferences(engine="server", count=4, suffix="in oil")
    nobody = await database.read(preferences.chosen, Place(Account(7, 2), 10))
    assert nobody.values == Preferences()


async def test_what_is_taken_back_leaves_the_rest(database: Database):
    await database.write(preferences.change, 1, Scope.MEMBER, 2, {"engine": "a", "count": 2})
    await database.write(preferences.change, 1, Scope.MEMBER, 2, {"engine": None})
    found = await database.read(preferences.of_scope, 1, Scope.MEMBER, 2)
    assert found == Preferences(count=2)


async def test_styles_are_ones_own_and_limited(database: Database, clock: Clock):
    for number in range(MAX_STYLES):
        style = Style(f"s{number:02d}", "in oil")
        assert await database.write(preferences.save_style, MINA, style, clock())
    assert not await database.write(preferences.save_style, MINA, Style("more", "x"), clock())
    changed = Style("s00", "in chalk")
    assert await database.write(preferences.save_style, MINA, changed, clock())
    found = await database.read(preferences.styles_of, MINA)
    assert (len(found), found[0]) == (MAX_STYLES, changed)
    assert await database.read(preferences.styles_of, Account(1, 3)) == []
    assert await database.write(preferences.delete_style, MINA, "s00")
    assert not await database.write(preferences.delete_style, MINA, "s00")
