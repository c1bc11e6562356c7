"""What an operator does from the shell: give credits, prove the books."""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings

MILLICREDITS = 1000
MAX_GRANT = 1_000_000
MAX_REASON = 200


def add_operator_commands(parser: argparse.ArgumentParser) -> None:
    """The subcommands of `python -m bot`."""
    commands = parser.add_subparsers(metavar="command")
    credits_ = commands.add_parser("credits", help="members' credits").add_subparsers(
        required=True, metavar="command"
    )
    grant = credits_.add_parser("grant", help="give a member credits")
    grant.add_argument("--guild", type=int, required=True)
    grant.add_argument("--member", type=int, required=True)
    grant.add_argument("--amount", type=_credits, required=True, help="credits, for example 25")
    grant.add_argument("--reason", default="from the operator")
    grant.set_defaults(run=_grant)
    ledger = commands.add_parser("ledger", help="the books").add_subparsers(
        required=True, metavar="command"
    )
    verify = ledger.add_parser("verify", help="prove that balances equal their entries")
    verify.set_defaults(run=_verify)


async def _grant(settings: Settings, given: argparse.Namespace) -> None:
    # Imported here: the bot itself needs none of this, and its start waits for imports.
    from bot import books

    reason = given.reason[:MAX_REASON]
    _say(await books.grant(settings, given.guild, given.member, given.amount, reason))


async def _verify(settings: Settings, _: argparse.Namespace) -> None:
    from bot import books

    _say(await books.verify(settings))


def _credits(text: str) -> int:
    """Credits as millicredits."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text} is no number") from None
    if not 0 < amount <= MAX_GRANT or amount * MILLICREDITS % 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0.001 and {MAX_GRANT:,} credits")
    return int(amount * MILLICREDITS)


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
