"""/mod: members' credits, blocks and spending, and the audit log."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import discord
from discord import Interaction, app_commands

from commands.access.moderators import check_moderator, is_moderator
from commands.access.requester import asker_for, guild_of
from commands.access.subjects import job_here, whole_number
from commands.access.visible_results import movements_here
from commands.credits import amount_of
from commands.errors import BadInput, NotModerator, StillAtWork
from commands.languages import say
from commands.moderation import spending
from commands.moderation.audit import line, mirror
from commands.moderation.plots import SpendingPlots
from commands.moderation.standing import set_standing
from commands.options.jobs import JobSuggestions
from commands.options.pictures import JobId
from commands.options.slash import suggest
from commands.ui import mod_cards
from commands.ui.answers import answer_privately, turn_over
from commands.ui.job_links import link_jobs
from generation import credits as money
from jobs.errors import TooLate
from storage.jobs.jobs import OPEN_STATES
from storage.ledger import history, reports
from storage.ledger.accounts import Account
from storage.rules import Change, Period, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import AccountServices, JobServices, MediaServices, RuleServices
    from commands.ui.cards import Card
    from jobs.records import JobRecords
    from jobs.rules.grants import Moved
    from storage.jobs.jobs import Job
    from storage.ledger.accounts import Balance
    from storage.ledger.periods import Calendar

LINES = 10
MAX_DETAIL = 150
"""Characters of a line's detail: a page of them fits on a card."""

MAX_REPORT_DAYS = 365
Range = app_commands.Range
Person = discord.Member | discord.User
Credits = Range[float, 0.001, 1_000_000.0]
Reason = Range[str, 1, 200]
Days = Range[int, 1, 3650]


class Moderation(app_commands.Group):
    """What only moderators may do."""

    def __init__(
        self,
        records: JobRecords,
        accounts: AccountServices,
        rules: RuleServices,
        plots: SpendingPlots,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(
            name="mod",
            description="Members' credits, blocks, spending, audit log.",
            default_permissions=discord.Permissions(moderate_members=True),
        )
        self._records = records
        self._accounts = accounts
        self._rules = rules
        self._plots = plots
        self._now = now

    async def interaction_check(self, interaction: Interaction[Any], /) -> bool:
        """Stop everybody else, whatever the server set for the command."""
        if is_moderator(interaction):
            return True
        command = interaction.command
        assert command
        # The tree hears of no other errors from here.
        raise app_commands.CommandInvokeError(command, NotModerator())

    @app_commands.command(name="grant")
    async def grant(
        self, interaction: Interaction[Any], member: Person, amount: Credits, reason: Reason
    ) -> None:
        """Give credits to a member.

        Args:
            member: Who gets them
            amount: How many credits
            reason: What for; the member reads it in their history
        """

        def tell(moved_mc: int) -> Change:
            detail = f"{money.balance(moved_mc)} credits: {reason}"
            return _change(interaction, "grant", detail, member.id)

        moved, balance = await self._adjust(interaction, member, amount_of(amount), reason, tell)
        card = mod_cards.granted_card(member.id, moved.amount_mc, balance.available_mc)
        await answer_privately(interaction, card)
        await mirror(interaction, self._rules, moved.change)

    @app_commands.command(name="remove-credits")
    async def remove_credits(
        self, interaction: Interaction[Any], member: Person, amount: Credits, reason: Reason
    ) -> None:
        """Remove credits from a member, never more than they have.

        Args:
            member: Whose credits
            amount: How many credits
            reason: What for; the member reads it in their history
        """
        asked_mc = amount_of(amount)

        def tell(moved_mc: int) -> Change:
            detail = f"{money.price(-moved_mc)} of {money.price(asked_mc)} credits: {reason}"
            return _change(interaction, "remove credits", detail, member.id)

        moved, balance = await self._adjust(interaction, member, -asked_mc, reason, tell)
        card = mod_cards.taken_card(
            member.id, asked_mc, -moved.amount_mc, balance.available_mc, balance.held_mc
        )
        await answer_privately(interaction, card)
        await mirror(interaction, self._rules, moved.change)

    @app_commands.command(name="refund")
    async def refund(self, interaction: Interaction[Any], job: JobId) -> None:
        """Refund what a result cost, once.

        Args:
            job: The job's id; each card names it
        """
        found = await self._job(interaction, job)

        def tell(refunded_mc: int) -> Change:
            detail = f"{money.price(refunded_mc)} credits of job {found.id}"
            return _change(interaction, "refund", detail, found.member_id)

        moved = await self._accounts.grants.refund(found.id, interaction.user.id, tell)
        card = mod_cards.refunded_card(found, moved.amount_mc)
        await answer_privately(interaction, card)
        if moved.amount_mc:
            await mirror(interaction, self._rules, moved.change)

    @app_commands.command(name="exempt")
    async def exempt(
        self, interaction: Interaction[Any], member: Person, days: Days | None = None
    ) -> None:
        """Let a member draw in every channel, without a role and however new they are.

        Args:
            member: Who is exempt
            days: For how many days; without it, until you reset it
        """
        await self._stand(interaction, member, Standing.ALLOWED, "exempt", days)

    @app_commands.command(name="block")
    async def block(
        self,
        interaction: Interaction[Any],
        member: Person,
        days: Days | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Stop a member from drawing; jobs that they already have are finished.

        Args:
            member: Who is blocked
            days: For how many days; without it, until you reset it
            reason: Why; moderators read it in the audit log
        """
        await self._stand(interaction, member, Standing.BLOCKED, "block", days, reason)

    @app_commands.command(name="reset")
    async def reset(self, interaction: Interaction[Any], member: Person) -> None:
        """End a member's block or exemption: the usual rules apply again.

        Args:
            member: Whose
        """
        await self._stand(interaction, member, Standing.NORMAL, "reset", None)

    @app_commands.command(name="show")
    async def show(self, interaction: Interaction[Any], member: Person) -> None:
        """Show a member's credits and limits, and which rule gives each figure.

        Args:
            member: Whose
        """
        asker = asker_for(interaction, member)
        found = await self._rules.limits.explain(asker)
        account = Account(asker.guild_id, asker.member_id)
        movements, jobs = await self._accounts.database.read(
            history.movements_with_jobs, account, LINES
        )
        available_mc = found.means.balance.available_mc
        refill = found.terms.policy.next_refill(available_mc, self._now())
        movements = movements_here(interaction, movements, jobs)
        await answer_privately(interaction, mod_cards.show_card(found, refill, movements, jobs))

    @app_commands.command(name="report")
    async def report(
        self, interaction: Interaction[Any], days: Range[int, 1, MAX_REPORT_DAYS] = 30
    ) -> None:
        """Chart what was spent by day, member and engine, with a table to download.

        Args:
            days: How many days, today included; without it, 30
        """
        # Drawing takes longer than Discord waits.
        await interaction.response.defer(ephemeral=True)
        guild = await self._rules.guild(guild_of(interaction))
        now, calendar = self._now(), guild.rules.calendar
        since = _days_ago(now, days - 1, calendar)
        spent = await self._accounts.database.read(reports.spending, guild.id, since, now, calendar)
        members = spending.by_member(spent)
        files: list[discord.File] = []
        plot, table = f"spending-{days}-days.png", f"spending-{days}-days.csv"
        if spent:
            picture = await self._plots.draw(interaction.guild, spent, since, now, calendar)
            files = [_file(picture, plot), _file(spending.table(spent), table)]
        card = mod_cards.report_card(
            days, spent, members, plot=f"attachment://{plot}", table=f"attachment://{table}"
        )
        await interaction.followup.send(view=card, files=files, ephemeral=True)

    @app_commands.command(name="audit")
    async def audit(self, interaction: Interaction[Any]) -> None:
        """Show who changed what, the newest first."""
        await answer_privately(interaction, await self._audit_page(interaction, 0))

    async def turn_audit(self, interaction: Interaction[Any], page: str) -> None:
        """Show another page of the audit log on the card."""
        check_moderator(interaction)
        card = await self._audit_page(interaction, whole_number(page))
        await turn_over(interaction, card)

    async def _audit_page(self, interaction: Interaction[Any], page: int) -> Card:
        guild_id = guild_of(interaction)
        changes = await self._accounts.database.read(
            history.changes, guild_id, LINES + 1, page * LINES
        )
        lines = "\n".join(f"-# {line(change, MAX_DETAIL)}" for change in changes[:LINES])
        linked_lines = await link_jobs(self._accounts.database, guild_id, lines)
        return mod_cards.audit_card(linked_lines, page=page, has_more=len(changes) > LINES)

    async def _adjust(
        self,
        interaction: Interaction[Any],
        member: Person,
        amount_mc: int,
        reason: str,
        tell: Callable[[int], Change],
    ) -> tuple[Moved, Balance]:
        asker = asker_for(interaction, member)
        if member.bot:
            raise BadInput("member", say("bots have no credits"))
        policy = await self._rules.limits.policy(asker.guild_id, asker.member_id, asker.roles)
        account = Account(asker.guild_id, asker.member_id)
        return await self._accounts.grants.adjust(
            account, policy, amount_mc, reason, interaction.user.id, tell
        )

    async def _stand(
        self,
        interaction: Interaction[Any],
        member: Person,
        standing: Standing,
        action: str,
        days: int | None,
        reason: str | None = None,
    ) -> None:
        until = self._now() + timedelta(days=days) if days else None
        ends = f"for {days} days" if days else "until it is reset"
        details = [ends] if standing is not Standing.NORMAL else []
        detail = ": ".join([*details, *([reason] if reason else [])])
        change = await set_standing(
            interaction, self._rules, member.id, standing, until, action=action, detail=detail
        )
        await answer_privately(interaction, mod_cards.standing_card(member.id, standing, until))
        await mirror(interaction, self._rules, change)

    async def _job(self, interaction: Interaction[Any], job_id: str) -> Job:
        try:
            job = await job_here(self._records, interaction, job_id.strip().lower())
        except TooLate:
            raise BadInput("job", say("this server has no job of that id")) from None
        if job.state in OPEN_STATES:
            raise StillAtWork
        return job


def build(
    jobs: JobServices,
    accounts: AccountServices,
    rules: RuleServices,
    media: MediaServices,
    engines: OfferedEngines,
    now: Callable[[], datetime],
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The commands and the actions of the audit log's buttons."""
    plots = SpendingPlots(media.pool, engines)
    moderation = Moderation(jobs.records, accounts, rules, plots, now)
    refund = cast("app_commands.Command[Any, ..., Any]", moderation.get_command("refund"))
    suggest(refund, "job", JobSuggestions(jobs.history).of_guild)
    return [moderation], {"desk_audit": moderation.turn_audit}


def _change(interaction: Interaction[Any], action: str, detail: str, subject_id: int) -> Change:
    return Change(
        guild_id=guild_of(interaction),
        actor_id=interaction.user.id,
        action=action,
        subject_id=subject_id,
        detail=detail,
    )


def _days_ago(now: datetime, days: int, calendar: Calendar) -> datetime:
    """When the day began that was so many days ago on the server's calendar."""
    # From the middle of a day, so that an hour more or less does not matter.
    midday = calendar.start_of(now, Period.DAY) + timedelta(hours=12)
    return calendar.start_of(midday - timedelta(days=days), Period.DAY)


def _file(data: bytes, name: str) -> discord.File:
    return discord.File(io.BytesIO(data), filename=name)
