"""Orders that are no jobs yet: one of a key at a time, and let go by whom they concern."""

from __future__ import annotations

import pytest

from commands.errors import AlreadyOrdered
from commands.in_flight import InFlightOrders
from jobs.errors import NotYours, TooLate
from storage.ledger.accounts import Account

MINA, ROWAN = Account(1, 10), Account(1, 20)
MINA_ELSEWHERE = Account(2, 10)


def test_one_order_of_a_key_is_under_way_at_a_time():
    in_flight = InFlightOrders()
    with in_flight.order("film:1", "job1", MINA):
        with pytest.raises(AlreadyOrdered), in_flight.order("film:1", "job2", ROWAN):
            pass
        with in_flight.order("film:2", "job3", MINA):
            pass
    with in_flight.order("film:1", "job4", MINA):
        pass


def test_a_failed_order_gives_its_key_back():
    in_flight = InFlightOrders()
    with pytest.raises(ZeroDivisionError), in_flight.order("film:1", "job1", MINA):
        raise ZeroDivisionError
    with in_flight.order("film:1", "job1", MINA):
        assert not in_flight.is_withdrawn("job1")


def test_its_author_lets_an_order_go():
    in_flight = InFlightOrders()
    with in_flight.order("key", "job1", MINA):
        assert not in_flight.is_withdrawn("job1")
        in_flight.withdraw("job1", MINA, is_moderator=False)
        assert in_flight.is_withdrawn("job1")
    assert not in_flight.is_withdrawn("job1")


def test_a_moderator_of_that_guild_does_and_nobody_else():
    in_flight = InFlightOrders()
    with in_flight.order("key", "job1", MINA):
        with pytest.raises(NotYours):
            in_flight.withdraw("job1", ROWAN, is_moderator=False)
        with pytest.raises(TooLate):
            in_flight.withdraw("job1", Account(2, 20), is_moderator=True)
        with pytest.raises(TooLate):
            in_flight.withdraw("job1", MINA_ELSEWHERE, is_moderator=False)
        assert not in_flight.is_withdrawn("job1")
        in_flight.withdraw("job1", ROWAN, is_moderator=True)
        assert in_flight.is_withdrawn("job1")


def test_an_order_that_is_not_under_way_is_not_let_go():
    in_flight = InFlightOrders()
    assert not in_flight.withdraw("job1", ROWAN, is_moderator=False)
    assert not in_flight.is_withdrawn("job1")
