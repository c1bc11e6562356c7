"""Credits in words: never less than a price, never more than a balance."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation import credits as money

amounts = st.integers(0, 10**12)


@pytest.mark.parametrize(
    ("amount_mc", "price", "balance"),
    [(0, "0.00", "0.00"), (1, "0.01", "0.00"), (10, "0.01", "0.01"), (1999, "2.00", "1.99")],
)
def test_prices_round_up_and_balances_down(amount_mc: int, price: str, balance: str):
    assert (money.price(amount_mc), money.balance(amount_mc)) == (price, balance)


@given(amounts)
def test_a_figure_is_less_than_a_hundredth_away(amount_mc: int):
    exact = Decimal(amount_mc) / 1000
    assert exact <= Decimal(money.price(amount_mc)) < exact + Decimal("0.01")
    assert exact - Decimal("0.01") < Decimal(money.balance(amount_mc)) <= exact


@given(amounts, amounts)
def test_what_is_told_of_a_balance_pays_for_no_price_that_reads_higher(amount_mc: int, price: int):
    told_mc = money.told_mc(amount_mc)
    assert money.balance(told_mc) == money.balance(amount_mc)
    if price <= told_mc:
        assert Decimal(money.price(price)) <= Decimal(money.balance(amount_mc))


@given(amounts)
def test_a_movement_has_its_sign(amount_mc: int):
    assert money.signed(amount_mc) == f"+{money.balance(amount_mc)}"
    if amount_mc:
        assert money.signed(-amount_mc) == f"−{money.price(amount_mc)}"


@pytest.mark.parametrize(
    ("figure", "said"),
    [("1.00", "1.00 credit"), ("0.99", "0.99 credits"), ("2.00", "2.00 credits")],
)
def test_one_credit_is_singular(figure: str, said: str):
    assert money.credits_of(figure) == said


@pytest.mark.parametrize(
    ("text", "amount_mc"), [("25", 25_000), (" 0.001 ", 1), ("0", 0), ("1e3", 1_000_000)]
)
def test_typed_credits_are_exact(text: str, amount_mc: int):
    assert money.read_credits(text) == amount_mc


@pytest.mark.parametrize("text", ["", "many", "nan", "inf", "-1", "1000001", "0.0001"])
def test_what_is_no_amount_is_refused_with_a_reason(text: str):
    with pytest.raises(ValueError, match=r"^it "):
        money.read_credits(text)
