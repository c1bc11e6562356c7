"""From which price on a member is asked before their credits are spent."""

from __future__ import annotations

ASKED_FROM_MC = 5_000
"""Whatever the member has."""

NEVER_MC = 10**15
"""Stands for a member who does not want to be asked."""

SHARES = 5
"""A price of one of so many equal shares of what the member has is asked about too."""


def must_confirm(price_mc: int, available_mc: int, asks_from_mc: int | None = None) -> bool:
    """Whether a job of that price is asked about first; amounts in millicredits.

    A mark that the member has set stands for both of the usual ones.
    """
    if price_mc <= 0:
        return False
    if asks_from_mc is not None:
        return price_mc >= asks_from_mc
    return price_mc >= ASKED_FROM_MC or price_mc * SHARES >= available_mc
