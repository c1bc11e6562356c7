"""Credits: amounts as they are typed and told; prices round up, balances down, to hundredths.

The program counts in millicredits; these are the only places that turn them into text or back.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from sentences import Sentence

MILLICREDITS = 1000
"""Millicredits in a credit; a credit is worth one US cent at Stability."""

NO_LIMIT = "none"
MAX_CREDITS = 1_000_000
"""The most credits that anybody may type at once."""


def read_credits(text: str) -> int:
    """An amount of credits that somebody typed, in millicredits; 0 is one.

    Raises:
        ValueError: it is none; the text is a part of a sentence.
    """
    try:
        amount = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(Sentence("it is no number of credits, for example 25 or 2.5")) from None
    if not (amount.is_finite() and 0 <= amount <= MAX_CREDITS):
        raise ValueError(Sentence("it is not between 0 and {limit:,} credits", limit=MAX_CREDITS))
    if amount * MILLICREDITS % 1:
        raise ValueError(Sentence("it has more than three digits after the point"))
    return int(amount * MILLICREDITS)


def read_limit(text: str) -> int | None:
    """An amount of credits as a limit, in millicredits; None for no limit.

    Raises:
        ValueError: it is none; the text is a part of a sentence.
    """
    return None if text.strip().lower() == NO_LIMIT else read_credits(text)


def price(amount_mc: int) -> str:
    """A price in credits, rounded up."""
    return _hundredths(-(-amount_mc // 10))


def balance(amount_mc: int) -> str:
    """A balance in credits, rounded down."""
    return _hundredths(amount_mc // 10)


def told_mc(amount_mc: int) -> int:
    """As much of a balance as `balance` tells: a price of no more never reads as a higher one."""
    return amount_mc // 10 * 10


def signed(amount_mc: int) -> str:
    """A movement in credits with its sign; towards the less favourable hundredth."""
    return f"+{balance(amount_mc)}" if amount_mc >= 0 else f"−{price(-amount_mc)}"


def typed(amount_mc: int) -> str:
    """An exact amount as somebody would type it."""
    whole, rest = divmod(amount_mc, MILLICREDITS)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")


def credits_of(figure: str) -> str:
    """The figure with the right form of the word."""
    return f"{figure} credit" if figure == "1.00" else f"{figure} credits"


def _hundredths(count: int) -> str:
    return f"{count // 100}.{count % 100:02d}"


def exact(amount_mc: int) -> str:
    """An exact amount with no more digits than it needs, for a log or a terminal."""
    return f"{Decimal(amount_mc) / MILLICREDITS}"
