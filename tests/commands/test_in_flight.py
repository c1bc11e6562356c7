"""Orders that are no jobs yet: one of a key at a time, and let go by whom they concern."""

from __future__ import annotations

import pytest

from commands.errors import AlreadyOrdered
from commands.in_flight import Pending
from jobs.errors import NotYours, TooLate
from storage.ledger.ledger import Account

MINA, ROWAN = Account(1, 10), Account(1, 20)
MINA_ELSEWHERE = Account(2, 10)


def test_one_order_of_a_key_is_under_way_at_a_time():
    pending = Pending()
    with pending.order("film:1", "job1", MINA):
        with pytest.raises(AlreadyOrdered), pending.order("film:1", "job2", ROWAN):
            pass
        with pending.order("film:2", "job3", MINA):
            pass
    with pending.order("film:1", "job4", MINA):
        pass


def test_a_failed_order_gives_its_key_back():
    pending = Pending()
    with pytest.raises(ZeroDivisionError), pending.order("film:1", "job1", MINA):
        raise ZeroDivisionError
    with pending.order("film:1", "job1", MINA):
        assert not pending.is_withdrawn("job1")


def test_its_author_lets_an_order_go():
    pending = Pending()
    with pending.order("key", "job1", MINA):
        assert not pending.is_withdrawn("job1")
        pending.withdraw("job1", MINA, is_moderator=False)
        assert pending.is_withdrawn("job1")
    assert not pending.is_withdrawn("job1")


def test_a_moderator_of_that_guild_does_and_nobody_else():
    pending = Pending()
    with pending.order("key", "job1", MINA):
        with pytest.raises(NotYours):
            pending.withdraw("job1", ROWAN, is_moderator=False)
        with pytest.raises(TooLate):
            pending.withdraw("job1", Account(2, 20), is_moderator=True)
        with pytest.raises(TooLate):
            pending.withdraw("job1", MINA_ELSEWHERE, is_moderator=False)
        assert not pending.is_withdrawn("job1")
        pending.withdraw("job1", ROWAN, is_moderator=True)
        assert pending.is_withdrawn("job1")


def test_an_order_that_is_not_under_way_is_not_let_go():
    pending = Pending()
    assert not pending.withdraw("job1", ROWAN, is_moderator=False)
    assert not pending.is_withdrawn("job1")
