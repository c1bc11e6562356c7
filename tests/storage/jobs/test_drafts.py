"""Drafts are kept for a week and used once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.ledger.accounts import Account

if TYPE_CHECKING:
    from storage.database import Database
    from storage.jobs.drafts import Drafts

MINA = Account(1, 2)


async def test_a_draft_comes_back(database: Database, drafts: Drafts):
    draft_id = await database.write(drafts.keep, MINA, {"prompt": "a fox"})
    draft = await database.read(drafts.get, draft_id)
    assert draft
    assert (draft.guild_id, draft.member_id) == (1, 2)
    assert (draft.content, draft.channel_id) == ({"prompt": "a fox"}, None)


async def test_a_draft_knows_where_it_was_typed(database: Database, drafts: Drafts):
    draft = await database.read(
        drafts.get, await database.write(drafts.keep, MINA, {"prompt": "a fox"}, 10)
    )
    assert draft
    assert (draft.content, draft.channel_id) == ({"prompt": "a fox"}, 10)


async def test_old_drafts_go_when_a_new_one_comes(database: Database, drafts: Drafts, clock):
    old = await database.write(drafts.keep, MINA, {"prompt": "a fox"})
    clock.advance(days=8)
    await database.write(drafts.keep, MINA, {"prompt": "a hare"})
    assert await database.read(drafts.get, old) is None
