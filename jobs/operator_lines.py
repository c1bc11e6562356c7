"""What the operator reads, in a shell or on a card: guilds and how the whole is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation import credits as money
from storage.ledger.entries import BillReason
from storage.rules import Admission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jobs.guilds import Spending
    from jobs.status import HostAccount, Status

UNITS = ("bytes", "kB", "MB", "GB", "TB")
DIGITS_A_UNIT = 3

BILLED = {
    BillReason.FILTERED: "Filtered but billed",
    BillReason.LOST: "Lost on the way, perhaps billed",
    BillReason.UNDELIVERED: "Drawn but never shown",
}


def guild_line(spending: Spending, show: Callable[[str], str] = str) -> str:
    """One guild; `show` makes its name harmless where it is read."""
    guild = spending.guild
    facts = [_standing(spending), f"{money.price(spending.spent_mc)} spent this month"]
    if guild.rules.budget_mc is not None:
        facts.append(f"its own budget is {money.balance(guild.rules.budget_mc)}")
    name = show(guild.name) if guild.name else "not seen yet"
    return f"{guild.id} · {name} · {', '.join(facts)}"


def _standing(spending: Spending) -> str:
    admission, ceiling_mc = spending.guild.admission, spending.ceiling_mc
    if admission is Admission.REFUSED:
        return "refused"
    if admission is Admission.NEW and ceiling_mc == 0:
        return "not approved yet"
    limit = "no limit" if ceiling_mc is None else f"up to {money.balance(ceiling_mc)} a month"
    return f"{admission}, {limit}"


def status_lines(status: Status) -> list[str]:
    """How the whole is doing, a line for each part."""
    return [
        *_hosts_lines(status.hosts),
        *_guilds_lines(status),
        *_billed_lines(status),
        "Jobs: " + ", ".join(f"{count} {state}" for state, count in status.open_jobs.items()),
        _disk_line(status),
    ]


def _hosts_lines(hosts: Sequence[HostAccount] | None) -> Iterator[str]:
    if hosts is None:
        yield "Engine: the painter beside the bot, which costs nothing"
    for host in hosts or ():
        if host.problem:
            yield f"Engines: {host.problem} (since {host.since:%Y-%m-%d %H:%M} UTC)"
            continue
        names = [
            engine.id if engine.ready else f"{engine.id} (not ready)" for engine in host.engines
        ]
        yield f"Engines: {', '.join(names) or 'none'} ({host.name})"
        if host.balance_mc is not None:
            balance = money.credits_of(money.balance(host.balance_mc))
            yield f"Balance at the API: {balance} ({host.name})"


def _guilds_lines(status: Status) -> list[str]:
    """The sum of what servers may spend, beside what is there for it."""
    bounded = [spending for spending in status.guilds if spending.limit_mc]
    unlimited = sum(spending.limit_mc is None for spending in status.guilds)
    total_mc = sum(spending.limit_mc or 0 for spending in bounded)
    line = f"Servers: {len(bounded) + unlimited} of {len(status.guilds)} may draw"
    if bounded:
        line += f", for up to {money.balance(total_mc)} credits a month"
    if unlimited:
        line += f", {unlimited} without a limit"
    spent_mc = sum(spending.spent_mc for spending in status.guilds)
    lines = [f"{line}; {money.price(spent_mc)} spent this month"]
    open_mc = sum(max(0, (spending.limit_mc or 0) - spending.spent_mc) for spending in bounded)
    # Hosts of one account say the same.
    balances = [host.balance_mc for host in status.hosts or () if host.balance_mc is not None]
    balance_mc = max(balances, default=None)
    if balance_mc is not None and open_mc > balance_mc:
        still = money.balance(open_mc)
        lines.append(f"They may still spend {still} this month: more than the balance")
    return lines


def _billed_lines(status: Status) -> Iterator[str]:
    """What was paid for that nobody got to see, or may have been."""
    for reason, what in BILLED.items():
        if billed := status.billed.get(reason):
            noun = "picture" if billed.pictures == 1 else "pictures"
            cost = money.credits_of(money.price(billed.mc))
            yield f"{what} this month: {billed.pictures} {noun}, {cost}"


def _disk_line(status: Status) -> str:
    cap = "no cap" if status.cap_bytes is None else f"cap {size(status.cap_bytes)}"
    free = "" if status.free_bytes is None else f", {size(status.free_bytes)} free on the disk"
    return f"Results: {size(status.kept_bytes)} kept, {cap}{free}"


def size(count: int) -> str:
    """A number of bytes in the unit that suits it."""
    power = min(len(UNITS) - 1, (len(str(count)) - 1) // DIGITS_A_UNIT)
    if not power:
        return f"{count} {UNITS[0]}"
    return f"{count / 10 ** (DIGITS_A_UNIT * power):,.1f} {UNITS[power]}"
