"""The cards of `/mod`: what moderators read about members, spending and changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import MediaGalleryItem
from discord.ui import File, MediaGallery

from commands.languages import marked, say, say_count
from commands.ui import text
from commands.ui.buttons import Press
from commands.ui.caps import CAPS
from commands.ui.cards import Card
from commands.ui.credit_cards import NO_JOBS, movement_lines
from commands.ui.error_messages import words
from commands.ui.instants import date, since
from commands.ui.job_links import linked
from commands.ui.rule_lines import EVERY
from commands.ui.text import credits_of, listed
from generation import credits as money
from storage.rules import Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from jobs.rules.limits import Explanation
    from storage.jobs.jobs import Job
    from storage.ledger.accounts import Refill
    from storage.ledger.history import Movement
    from storage.ledger.reports import Spent

UNREFUNDED = marked("it cost nothing, or was refunded before")
MAX_LIST = 1200


def granted_card(member_id: int, moved_mc: int, available_mc: int) -> Card:
    """What a member was given."""
    given = credits_of(money.balance(moved_mc))
    return Card(
        say(
            "{member} was given **{given}** and has {available} now.",
            member=f"<@{member_id}>",
            given=given,
            available=money.balance(available_mc),
        )
    )


def taken_card(
    member_id: int, asked_mc: int, taken_mc: int, available_mc: int, held_mc: int
) -> Card:
    """What was taken from a member, which may be less than was asked for."""
    taken = credits_of(money.price(taken_mc))
    left = money.balance(available_mc)
    lines = [
        say(
            "**{taken}** taken from {member}, who has {left} now.",
            taken=taken,
            member=f"<@{member_id}>",
            left=left,
        )
    ]
    if taken_mc < asked_mc:
        lines.append(
            say(
                "You asked for {asked}; that was all there was to take.",
                asked=money.price(asked_mc),
            )
        )
        if held_mc:
            held = money.price(held_mc)
            lines.append(
                say("Another {held} is held by running jobs and cannot be taken.", held=held)
            )
    return Card("\n".join(lines))


def refunded_card(job: Job, refunded_mc: int) -> Card:
    """What a job's refund gave back."""
    if not refunded_mc:
        return Card(
            say("Nothing to refund for {job}: {why}.", job=linked(job), why=say(UNREFUNDED))
        )
    return Card(
        say(
            "**{amount}** of {job} went back to {member}.",
            amount=credits_of(money.price(refunded_mc)),
            job=linked(job),
            member=f"<@{job.member_id}>",
        )
    )


def removed_card(job_id: str, member_id: int, refunded_mc: int, *, is_gone: bool) -> Card:
    """What became of a result that a moderator removed."""
    done = say("Card and files are gone.")
    if not is_gone:
        done = say("The files are gone, but I could not delete the card; please do.")
    refund = say("There was nothing to refund: {why}.", why=say(UNREFUNDED))
    if refunded_mc:
        amount = credits_of(money.price(refunded_mc))
        refund = say("**{amount}** went back to {member}.", amount=amount, member=f"<@{member_id}>")
    return Card(
        say(
            "**Job {job_id} was removed.** {done}\n{refund}",
            job_id=job_id,
            done=done,
            refund=refund,
        )
    )


def standing_card(member_id: int, standing: Standing, until: datetime | None) -> Card:
    """What now holds for a member."""
    return Card(_standing(f"<@{member_id}>", standing, until))


def show_card(
    explained: Explanation,
    refill: Refill,
    movements: Sequence[Movement],
    jobs: Mapping[str, Job] = NO_JOBS,
) -> Card:
    """Everything about a member, with the rule that gives each figure.

    `jobs` are those that the movements name, as far as they are known.
    """
    obstacles = [words(error).headline for error in explained.obstacles]
    member = f"<@{explained.member.id}>"
    activity = movement_lines(movements, jobs)
    return Card(
        f"**{_standing(member, explained.standing, explained.member.until)}**",
        "\n".join(_credits(explained, refill)),
        "\n".join(_limits(explained)),
        "\n".join(
            say("Their next job would be refused: {obstacle}", obstacle=obstacle)
            for obstacle in obstacles
        ),
        "\n".join([f"**{say('Recent activity')}**", *activity] if movements else []),
    )


def report_card(
    days: int, spent: Sequence[Spent], members: Mapping[int, int], plot: str, table: str
) -> Card:
    """What a server spent: the plot and the table are attachments; `members` are ranked."""
    total = credits_of(money.price(sum(members.values())))
    during = say_count("today", "in the last {count} days", days)
    if not spent:
        return Card(say("**Nothing was spent {during}.**", during=during))
    jobs = sum(row.jobs for row in spent)
    lines = [
        f"{rank}. {_who(member_id)} {money.price(amount_mc)}"
        for rank, (member_id, amount_mc) in enumerate(members.items(), start=1)
    ]
    return Card(
        say(
            "**{total} spent {during}**, {jobs} of {members}",
            total=total,
            during=during,
            jobs=text.jobs(jobs),
            members=say_count("1 member", "{count} members", len(members)),
        ),
        MediaGallery(
            MediaGalleryItem(
                plot, description=say("Plot: {total} spent {during}", total=total, during=during)
            )
        ),
        listed(lines, "\n", MAX_LIST),
        File(table),
    )


def _who(member_id: int) -> str:
    """A member, or one of those who had everything of theirs deleted: no id is left of them."""
    return f"<@{member_id}>" if member_id > 0 else say("a former member")


def audit_card(lines: str, *, page: int, has_more: bool) -> Card:
    """A page of the audit log, the newest line first; pages count from 0."""
    buttons: list[Press] = []
    if page:
        buttons.append(Press("desk_audit", str(page - 1), say("Newer")))
    if has_more:
        buttons.append(Press("desk_audit", str(page + 1), say("Older")))
    title = say("**Audit log**, page {page}", page=page + 1) if page else say("**Audit log**")
    return Card(title, lines or say("Nothing was changed yet."), buttons=buttons)


def _credits(explained: Explanation, refill: Refill) -> list[str]:
    balance, policy = explained.means.balance, explained.terms.policy
    lines = [say("**Credits: {available}**", available=money.balance(balance.available_mc))]
    if balance.held_mc:
        lines[0] += say(", and {held} held by running jobs", held=money.price(balance.held_mc))
    if balance.bound_mc:
        bound = money.balance(min(balance.bound_mc, balance.available_mc + balance.held_mc))
        lines.append(
            say("Starting credits among them: {bound}, which cannot be given away", bound=bound)
        )
    source = {
        "member": say("set for this member, whatever their roles"),
        "role": say(
            "from the role {role}, the largest of theirs", role=f"<@&{explained.refill_role}>"
        ),
        "everyone": say("as for everyone"),
    }[explained.refill_by]
    lines.append(
        say(
            "Refill: {refill} {period}, {source}",
            refill=money.balance(policy.refill_mc),
            period=say(EVERY[policy.period]),
            source=source,
        )
    )
    if refill.amount_mc:
        lines.append(
            say("Next: {amount} {at}", amount=money.signed(refill.amount_mc), at=since(refill.at))
        )
    elif policy.refill_mc:
        lines.append(say("Next: nothing; refills stop at four times their amount"))
    return lines


def _limits(explained: Explanation) -> list[str]:
    rules, means = explained.terms.rules, explained.means
    lines = [
        say("**Limits**"),
        *(cap.of_member(rules, means) for cap in CAPS),
        say("Queue priority: {priority}", priority=_priority(explained)),
    ]
    if means.budget is not None:
        left, limit = money.balance(means.budget.left_mc), money.balance(means.budget.limit_mc)
        resets = since(means.budget.resets_at)
        lines.append(
            say(
                "The server's month: {left} of {limit} left; the next month begins {resets}",
                left=left,
                limit=limit,
                resets=resets,
            )
        )
    return lines


def _priority(explained: Explanation) -> str:
    if not explained.terms.tier:
        return say("normal")
    return say(
        "{tier}, from the role {role}",
        tier=explained.terms.tier,
        role=f"<@&{explained.tier_role}>",
    )


def _standing(member: str, standing: Standing, until: datetime | None) -> str:
    end = say("until {until}", until=date(until)) if until else say("until a moderator resets it")
    match standing:
        case Standing.ALLOWED:
            return say(
                "{member} may draw in every channel, without a role and however new, {end}.",
                member=member,
                end=end,
            )
        case Standing.BLOCKED:
            return say("{member} can't draw {end}.", member=member, end=end)
        case Standing.NORMAL:
            return say("No special rules for {member}.", member=member)
