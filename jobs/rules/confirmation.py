"""From which price on a member is asked before their credits are spent."""

from __future__ import annotations

ASKED_FROM_MC = 5_000
"""Whatever the member has."""

SHARES = 5
"""A price of one of so many equal shares of what the member has is asked about too."""


def must_confirm(price_mc: int, available_mc: int) -> bool:
    """Whether a job of that price is asked about first; amounts in millicredits."""
    if price_mc <= 0:
        return False
    return price_mc >= ASKED_FROM_MC or price_mc * SHARES >= available_mc
