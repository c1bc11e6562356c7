"""Credits in words: prices round up, balances down, to two decimals."""

from __future__ import annotations


def price(amount_mc: int) -> str:
    """A price in credits, rounded up."""
    return _hundredths(-(-amount_mc // 10))


def balance(amount_mc: int) -> str:
    """A balance in credits, rounded down."""
    return _hundredths(amount_mc // 10)


def signed(amount_mc: int) -> str:
    """A movement in credits with its sign; towards the less favourable hundredth."""
    return f"+{balance(amount_mc)}" if amount_mc >= 0 else f"−{price(-amount_mc)}"


def credits_of(figure: str) -> str:
    """The figure with the right form of the word."""
    return f"{figure} credit" if figure == "1.00" else f"{figure} credits"


def _hundredths(count: int) -> str:
    return f"{count // 100}.{count % 100:02d}"
