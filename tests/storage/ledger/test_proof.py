"""The proof: it finds every way in which the books can be wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from storage.ledger.accounts import Account
from tests.storage.ledger.books import POLICY
from tests.storage.sql import execute

if TYPE_CHECKING:
    from storage.database import Transaction
    from tests.storage.ledger.books import Books

ENTRY = (
    "insert into entries (account, guild_id, member_id, amount_mc, kind, reason, job_id, made_at)"
    " values ('{}', 1, 2, {}, '{}', '', 'done', 0)"
)
HOLD = "update accounts set held_mc = held_mc + 5 where member_id = {}"
WRONGS = {
    "an account": (
        ["update accounts set available_mc = available_mc + 5 where member_id = 2"],
        ["Member 2 of guild 1 has 22005 mc available, the entries say 22000 mc."],
    ),
    "a held side": (
        [HOLD.format(2), ENTRY.format("held", 5, "hold"), ENTRY.format("mint", -5, "hold")],
        ["Member 2 of guild 1 has 1005 mc held, open jobs need 1000 mc."],
    ),
    "the budget": (
        [HOLD.format(0)],
        [
            "The budget of guild 1 has 1005 mc held, the entries say 1000 mc.",
            "The budget of guild 1 has 1005 mc held, open jobs need 1000 mc.",
        ],
    ),
    "the ceiling": (
        [HOLD.format(-1)],
        [
            "The ceiling of guild 1 has 5 mc held, the entries say 0 mc.",
            "The ceiling of guild 1 has 5 mc held, open jobs need 0 mc.",
        ],
    ),
    "what was spent in the month": (
        ["update accounts set spent_mc = spent_mc - 1 where member_id = 0"],
        ["The budget of guild 1 has 1999 mc spent, the entries say 2000 mc."],
    ),
    "an entry": (
        [ENTRY.format("mint", 5, "grant")],
        ["The sum of all entries is 5 mc instead of 0."],
    ),
    "a job without a close": (
        ["update jobs set state = 'failed' where id = 'open'"],
        ["Job open is over, but its hold was not closed."],
    ),
    "a close": (
        ["update closes set delivered_mc = 1 where job_id = 'done'"],
        [
            "Job done was closed with 1 mc delivered, the entries say 2000 mc.",
            "Job done cost 1 mc, its refund is 2000 mc or was not entered once.",
        ],
    ),
    "a refund without entries": (
        ["update refunds set amount_mc = 7"],
        ["Job done cost 2000 mc, its refund is 2000 mc or was not entered once."],
    ),
    "a refund without a row": (
        ["delete from refunds"],
        ["Job done cost 2000 mc, its refund is 2000 mc or was not entered once."],
    ),
}


@pytest.fixture
async def used(books: Books) -> Books:
    """Books with a job at work, and one that was closed and refunded."""
    await books.order(2, 1_000, "open", limit_mc=9_000)
    await books.close(await books.order(2, 2_500, "done", limit_mc=9_000), 2_000)

    await execute(books.database, "update jobs set state = 'delivered' where id = 'done'")
    assert await books.database.write(books.ledger.refund, "done", 7) == 2_000
    await books.database.write(books.ledger.adjust, Account(1, 2), POLICY, -2_000, "spam", 7)
    return books


async def test_right_books_have_no_problems(used: Books) -> None:
    assert await used.database.read(used.ledger.verify) == []


@pytest.mark.wrong_books
@pytest.mark.parametrize("wrong", WRONGS)
async def test_what_is_wrong_is_found(used: Books, wrong: str) -> None:
    statements, problems = WRONGS[wrong]

    def unit(connection: Transaction) -> None:
        for statement in statements:
            connection.execute(text(statement))

    await used.database.write(unit)
    assert sorted(await used.database.read(used.ledger.verify)) == sorted(problems)
