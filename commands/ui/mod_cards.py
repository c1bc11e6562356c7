"""The cards of `/mod`: what moderators read about members, spending and changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import MediaGalleryItem
from discord.ui import File, MediaGallery

from commands.ui.buttons import Press
from commands.ui.caps import CAPS
from commands.ui.cards import Card
from commands.ui.credit_cards import movement_line
from commands.ui.error_messages import words
from commands.ui.instants import date, since
from commands.ui.text import listed
from generation import credits as money
from storage.rules import Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from jobs.rules.limits import Explanation
    from storage.ledger.accounts import Refill
    from storage.ledger.history import Movement
    from storage.ledger.reports import Spent

UNREFUNDED = "it cost nothing, or was refunded before"
MAX_LIST = 1200


def granted_card(member_id: int, moved_mc: int, available_mc: int) -> Card:
    """What a member was given."""
    given = money.credits_of(money.balance(moved_mc))
    return Card(f"<@{member_id}> was given **{given}** and has {money.balance(available_mc)} now.")


def taken_card(
    member_id: int, asked_mc: int, taken_mc: int, available_mc: int, held_mc: int
) -> Card:
    """What was taken from a member, which may be less than was asked for."""
    taken = money.credits_of(money.price(taken_mc))
    left = money.balance(available_mc)
    lines = [f"**{taken}** taken from <@{member_id}>, who has {left} now."]
    if taken_mc < asked_mc:
        lines.append(f"You asked for {money.price(asked_mc)}; that was all there was to take.")
        if held_mc:
            held = money.price(held_mc)
            lines.append(f"Another {held} is held by running jobs and cannot be taken.")
    return Card("\n".join(lines))


def refunded_card(job_id: str, member_id: int, refunded_mc: int) -> Card:
    """What a job's refund gave back."""
    if not refunded_mc:
        return Card(f"Nothing to refund for job {job_id}: {UNREFUNDED}.")
    amount = money.credits_of(money.price(refunded_mc))
    return Card(f"**{amount}** of job {job_id} went back to <@{member_id}>.")


def removed_card(job_id: str, member_id: int, refunded_mc: int, *, is_gone: bool) -> Card:
    """What became of a result that a moderator removed."""
    done = "Card and files are gone."
    if not is_gone:
        done = "The files are gone, but I could not delete the card; please do."
    refund = f"There was nothing to refund: {UNREFUNDED}."
    if refunded_mc:
        amount = money.credits_of(money.price(refunded_mc))
        refund = f"**{amount}** went back to <@{member_id}>."
    return Card(f"**Job {job_id} was removed.** {done}\n{refund}")


def standing_card(member_id: int, standing: Standing, until: datetime | None) -> Card:
    """What now holds for a member."""
    return Card(_standing(f"<@{member_id}>", standing, until))


def show_card(explained: Explanation, refill: Refill, movements: Sequence[Movement]) -> Card:
    """Everything about a member, with the rule that gives each figure."""
    obstacles = [words(error).headline for error in explained.obstacles]
    member = f"<@{explained.member.id}>"
    return Card(
        f"**{_standing(member, explained.standing, explained.member.until)}**",
        "\n".join(_credits(explained, refill)),
        "\n".join(_limits(explained)),
        "\n".join([f"Their next job would be refused: {obstacle}" for obstacle in obstacles]),
        "\n".join(["**Recent activity**", *map(movement_line, movements)] if movements else []),
    )


def report_card(
    days: int, spent: Sequence[Spent], members: Mapping[int, int], plot: str, table: str
) -> Card:
    """What a server spent: the plot and the table are attachments; `members` are ranked."""
    total = money.credits_of(money.price(sum(members.values())))
    during = "today" if days == 1 else f"in the last {days} days"
    if not spent:
        return Card(f"**Nothing was spent {during}.**")
    jobs = sum(row.jobs for row in spent)
    lines = [
        f"{rank}. {_who(member_id)} {money.price(amount_mc)}"
        for rank, (member_id, amount_mc) in enumerate(members.items(), start=1)
    ]
    return Card(
        f"**{total} spent {during}**, {_count(jobs, 'job')} of {_count(len(members), 'member')}",
        MediaGallery(MediaGalleryItem(plot, description=f"Plot: {total} spent {during}")),
        listed(lines, "\n", MAX_LIST),
        File(table),
    )


def _who(member_id: int) -> str:
    """A member, or one of those who had everything of theirs deleted: no id is left of them."""
    return f"<@{member_id}>" if member_id > 0 else "a former member"


def audit_card(lines: Sequence[str], *, page: int, has_more: bool) -> Card:
    """A page of the audit log, the newest line first; pages count from 0."""
    buttons: list[Press] = []
    if page:
        buttons.append(Press("desk_audit", str(page - 1), "Newer"))
    if has_more:
        buttons.append(Press("desk_audit", str(page + 1), "Older"))
    title = f"**Audit log**, page {page + 1}" if page else "**Audit log**"
    return Card(title, "\n".join(lines) or "Nothing was changed yet.", buttons=buttons)


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def _credits(explained: Explanation, refill: Refill) -> list[str]:
    balance, policy = explained.means.balance, explained.terms.policy
    lines = [f"**Credits: {money.balance(balance.available_mc)}**"]
    if balance.held_mc:
        lines[0] += f", and {money.price(balance.held_mc)} held by running jobs"
    if balance.bound_mc:
        bound = money.balance(min(balance.bound_mc, balance.available_mc + balance.held_mc))
        lines.append(f"Starting credits among them: {bound}, which cannot be given away")
    source = {
        "member": "set for this member, whatever their roles",
        "role": f"from the role <@&{explained.refill_role}>, the largest of theirs",
        "everyone": "as for everyone",
    }[explained.refill_by]
    lines.append(f"Refill: {money.balance(policy.refill_mc)} a {policy.period}, {source}")
    if refill.amount_mc:
        lines.append(f"Next: {money.signed(refill.amount_mc)} {since(refill.at)}")
    elif policy.refill_mc:
        lines.append("Next: nothing; refills stop at four times their amount")
    return lines


def _limits(explained: Explanation) -> list[str]:
    rules, means = explained.terms.rules, explained.means
    lines = [
        "**Limits**",
        *(cap.of_member(rules, means) for cap in CAPS),
        f"Queue priority: {_priority(explained)}",
    ]
    if means.budget is not None:
        left, limit = money.balance(means.budget.left_mc), money.balance(means.budget.limit_mc)
        resets = since(means.budget.resets_at)
        lines.append(f"The server's month: {left} of {limit} left; the next month begins {resets}")
    return lines


def _priority(explained: Explanation) -> str:
    if not explained.terms.tier:
        return "normal"
    return f"{explained.terms.tier}, from the role <@&{explained.tier_role}>"


def _standing(member: str, standing: Standing, until: datetime | None) -> str:
    end = f"until {date(until)}" if until else "until a moderator resets it"
    match standing:
        case Standing.ALLOWED:
            return f"{member} may draw in every channel, without a role and however new, {end}."
        case Standing.BLOCKED:
            return f"{member} can't draw {end}."
        case Standing.NORMAL:
            return f"No special rules for {member}."
