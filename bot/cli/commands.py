"""The subcommands of `python -m bot` for operators: invite, guilds, credits and the like."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from generation.credits import read_limit
from jobs.ids import read_id

if TYPE_CHECKING:
    from bot.settings import Settings

MAX_REASON = 200


def add_operator_commands(parser: argparse.ArgumentParser) -> None:
    """The subcommands of `python -m bot`."""
    commands = parser.add_subparsers(metavar="command")
    invite = commands.add_parser("invite", help="the link that adds the bot to a server")
    invite.set_defaults(run=_invite)
    _add_credits(commands.add_parser("credits", help="members' credits"))
    _add_ledger(commands.add_parser("ledger", help="the ledger of credits"))
    _add_guilds(commands.add_parser("guilds", help="servers: list, approve, refuse, set ceilings"))
    status = commands.add_parser("status", help="balance, limits, jobs, disk, engines")
    status.set_defaults(run=_status)
    backup = commands.add_parser("backup", help="copy the SQLite database while the bot runs")
    backup.add_argument("file", type=Path, metavar="FILE", help="where to; it must not exist")
    backup.set_defaults(run=_back_up)


def _add_credits(parser: argparse.ArgumentParser) -> None:
    grant = parser.add_subparsers(required=True, metavar="command").add_parser(
        "grant", help="give a member credits"
    )
    grant.add_argument("--guild", type=_id, required=True)
    grant.add_argument("--member", type=_id, required=True)
    grant.add_argument("--amount", type=_credits, required=True, help="credits, for example 25")
    grant.add_argument("--reason", default="from the operator")
    grant.set_defaults(run=_grant)


def _add_ledger(parser: argparse.ArgumentParser) -> None:
    verify = parser.add_subparsers(required=True, metavar="command").add_parser(
        "verify", help="prove that balances equal their entries"
    )
    verify.set_defaults(run=_verify)


def _add_guilds(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=_guilds)
    actions = parser.add_subparsers(metavar="command")
    admit = actions.add_parser("admit", help="approve a server")
    admit.add_argument("guild", type=_id, metavar="ID")
    admit.add_argument(
        "--ceiling",
        type=_ceiling,
        default=argparse.SUPPRESS,
        help="credits that it may spend in a month, or none for no limit",
    )
    admit.set_defaults(run=_admit)
    refuse = actions.add_parser("refuse", help="keep a server out")
    refuse.add_argument("guild", type=_id, metavar="ID")
    refuse.set_defaults(run=_refuse)
    ceiling = actions.add_parser("ceiling", help="change what a server may spend in a month")
    ceiling.add_argument("guild", type=_id, metavar="ID")
    ceiling.add_argument("ceiling", type=_ceiling, metavar="CREDITS", help="or none for no limit")
    ceiling.set_defaults(run=_set_ceiling)


# What they need is imported in them: the bot itself needs none of it, and its start waits for
# imports.


async def _invite(settings: Settings, _: argparse.Namespace) -> None:
    from bot.cli import invite

    _say(await invite.told(settings))


async def _grant(settings: Settings, given: argparse.Namespace) -> None:
    from bot.cli import ledger

    reason = given.reason[:MAX_REASON]
    _say(await ledger.grant(settings, given.guild, given.member, given.amount, reason))


async def _verify(settings: Settings, _: argparse.Namespace) -> None:
    from bot.cli import ledger

    _say(await ledger.verify(settings))


async def _back_up(settings: Settings, given: argparse.Namespace) -> None:
    from bot.cli import ledger

    _say(await ledger.back_up(settings, given.file))


async def _guilds(settings: Settings, _: argparse.Namespace) -> None:
    from bot.cli import guilds

    _say(await guilds.listed(settings))


async def _admit(settings: Settings, given: argparse.Namespace) -> None:
    from bot.cli import guilds

    has_ceiling = hasattr(given, "ceiling")
    ceiling_mc = given.ceiling if has_ceiling else guilds.usual_ceiling(settings)
    _say(await guilds.admit(settings, given.guild, ceiling_mc))


async def _refuse(settings: Settings, given: argparse.Namespace) -> None:
    from bot.cli import guilds

    _say(await guilds.refuse(settings, given.guild))


async def _set_ceiling(settings: Settings, given: argparse.Namespace) -> None:
    from bot.cli import guilds

    _say(await guilds.set_ceiling(settings, given.guild, given.ceiling))


async def _status(settings: Settings, _: argparse.Namespace) -> None:
    from bot.cli import status

    _say(await status.told(settings))


def _id(text: str) -> int:
    """An id of Discord's."""
    try:
        return read_id(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} cannot be used: {error}") from None


def _ceiling(text: str) -> int | None:
    """Credits as millicredits, or no limit."""
    try:
        return read_limit(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} cannot be used: {error}") from None


def _credits(text: str) -> int:
    """Some credits, as millicredits."""
    amount_mc = _ceiling(text)
    if not amount_mc:
        raise argparse.ArgumentTypeError(f"{text} cannot be used: give at least 0.001 credits")
    return amount_mc


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
