"""/credits: the member's balance and history, what a picture would cost, and gifts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord import Interaction, app_commands

from commands.access.requester import account_of, asker_for, asker_of
from commands.access.subjects import whole_number
from commands.access.visible_results import movements_here
from commands.errors import REFUSALS, BadInput, GiftsOff, GiftWithoutAmount, GiftWithoutMember
from commands.kinds.image.preferred import complete
from commands.kinds.image.read import ImageRequestForm, read
from commands.kinds.pricing import pictures_price_mc
from commands.kinds.quotes import blend_quote, edit_quote, morph_quote, upscale_quote, video_quote
from commands.languages import say
from commands.languages.audience import shown_to
from commands.options.mentions import readable
from commands.options.slash import runs_command, slash
from commands.options.values import read_with
from commands.ui.answers import answer_privately, turn_over
from commands.ui.cards import refusal_card
from commands.ui.credit_cards import credits_card, gift_card, quote_card
from generation import credits as money
from storage.ledger import history
from storage.ledger.accounts import Account, NotEnough

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import AccountServices, RuleServices
    from commands.studio.member_preferences import MemberPreferences
    from commands.ui.cards import Card
    from storage.ledger.accounts import Balance

PAGE = 10
MAX_PROMPT = 6000

Range = app_commands.Range


def build(
    accounts: AccountServices,
    rules: RuleServices,
    engines: OfferedEngines,
    preferences: MemberPreferences,
    now: Callable[[], datetime],
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command and the actions of its card's buttons."""
    own = Credits(accounts, rules, engines, preferences, now)
    actions: dict[str, Action] = {
        "credits": own.open,
        "credits_page": own.turn,
        "mention": own.switch_mention,
    }
    return [slash("credits", own.command)], actions


class Credits:
    """What a member sees of their credits and does with them."""

    def __init__(
        self,
        accounts: AccountServices,
        rules: RuleServices,
        engines: OfferedEngines,
        preferences: MemberPreferences,
        now: Callable[[], datetime],
    ) -> None:
        self._accounts = accounts
        self._rules = rules
        self._engines = engines
        self._preferences = preferences
        self._now = now

    # One command, not a group: a group could not show the balance by itself.
    @runs_command
    async def command(
        self,
        interaction: Interaction[Any],
        quote: Range[str, 1, MAX_PROMPT] | None = None,
        gift: discord.Member | discord.User | None = None,
        amount: Range[float, 0.001, 1_000_000.0] | None = None,
    ) -> None:
        """Show your credits and what they were spent on; quote a prompt's price, or give a gift.

        Args:
            quote: What would this prompt cost as a picture, film or morph? Nothing is charged
            gift: Who gets some of your credits
            amount: How many credits to give
        """
        if gift is not None:
            await self.give(interaction, gift, amount)
        elif amount is not None:
            raise GiftWithoutMember
        elif quote is not None:
            await self.quote(interaction, quote)
        else:
            await self.show(interaction)

    async def show(self, interaction: Interaction[Any]) -> None:
        """Answer with the balance and the newest movements."""
        await answer_privately(interaction, await self._card(interaction, 0))

    async def open(self, interaction: Interaction[Any], _subject: str) -> None:
        """The same from a button of another card."""
        await self.show(interaction)

    async def turn(self, interaction: Interaction[Any], page: str) -> None:
        """Show another page on the card."""
        await turn_over(interaction, await self._card(interaction, whole_number(page)))

    async def switch_mention(self, interaction: Interaction[Any], wanted: str) -> None:
        """Choose whether long jobs end with a mention."""
        account = account_of(interaction)
        await self._rules.database.write(
            self._rules.store.change_member,
            account.guild_id,
            account.member_id,
            None,
            wants_mention=wanted == "on",
        )
        await turn_over(interaction, await self._card(interaction, 0))

    async def quote(self, interaction: Interaction[Any], prompt: str) -> None:
        """Say what a prompt would cost, with the member's defaults where they count."""
        prompt = readable(interaction, prompt)
        form = await complete(self._preferences, interaction, ImageRequestForm(prompt=prompt))
        try:
            order = read(form, self._engines.catalogue, self._engines.default.id)
        except REFUSALS as error:
            await answer_privately(interaction, refusal_card(error, form.prompt, typed=prompt))
            return
        _, balance = await self._rules.limits.account(asker_of(interaction))
        engine = self._engines.catalogue.get(order.first.engine_id)
        price_mc = pictures_price_mc(order, self._engines.catalogue)
        await answer_privately(
            interaction,
            quote_card(
                order,
                engine,
                price_mc,
                balance.available_mc,
                others=(
                    video_quote(prompt, self._engines),
                    morph_quote(prompt, self._engines),
                    upscale_quote(order, self._engines),
                    edit_quote(order, self._engines),
                    blend_quote(order, self._engines),
                ),
            ),
        )

    async def give(
        self,
        interaction: Interaction[Any],
        receiver: discord.Member | discord.User,
        amount: float | None,
    ) -> None:
        """Give another member credits, and tell the channel so that they hear of it."""
        account = account_of(interaction)
        guild = await self._rules.guild(account.guild_id)
        if not guild.rules.allows_gifts:
            raise GiftsOff
        if not isinstance(receiver, discord.Member) or receiver.bot:
            raise BadInput("gift", say("only members of this server have credits"))
        if receiver.id == account.member_id:
            raise BadInput("gift", say("these credits are yours already"))
        if amount is None:
            raise GiftWithoutAmount
        amount_mc = amount_of(amount)
        await self._move(interaction, receiver, amount_mc)
        with shown_to(interaction):
            card = gift_card(account.member_id, receiver.id, amount_mc)
        await interaction.response.send_message(
            view=card,
            allowed_mentions=discord.AllowedMentions(
                everyone=False, roles=False, users=[discord.Object(receiver.id)]
            ),
        )

    async def _move(
        self, interaction: Interaction[Any], receiver: discord.Member, amount_mc: int
    ) -> None:
        giver, to = asker_of(interaction), asker_for(interaction, receiver)
        try:
            await self._accounts.database.write(
                self._accounts.ledger.gift,
                account_of(interaction),
                Account(to.guild_id, to.member_id),
                amount_mc,
                giver_policy=await self._rules.limits.policy(
                    giver.guild_id, giver.member_id, giver.roles
                ),
                receiver_policy=await self._rules.limits.policy(
                    to.guild_id, to.member_id, to.roles
                ),
                giver_reason=f"to {receiver.display_name}",
                receiver_reason=f"from {interaction.user.display_name}",
            )
        except NotEnough as error:
            raise BadInput("amount", _too_much(error.balance)) from error

    async def _card(self, interaction: Interaction[Any], page: int) -> Card:
        account = account_of(interaction)
        read = partial(
            history.movements_with_jobs, account=account, limit=PAGE + 1, skipped=page * PAGE
        )
        terms, balance, (found, jobs) = await self._rules.limits.account_with(
            asker_of(interaction), read
        )
        return credits_card(
            balance,
            terms.policy.next_refill(balance.available_mc, self._now()),
            movements_here(interaction, found[:PAGE], jobs),
            page=page,
            has_more=len(found) > PAGE,
            wants_mention=terms.member.wants_mention,
            allows_gifts=terms.rules.allows_gifts,
            jobs=jobs,
        )


def amount_of(credits_: float) -> int:
    """An amount as Discord gives it, in millicredits; its digits are what somebody typed.

    Raises:
        BadInput
    """
    amount_mc = read_with(money.read_credits, "amount", f"{credits_!r}")
    if not amount_mc:
        raise BadInput("amount", say("the least is 0.001 credits"))
    return amount_mc


def _too_much(balance: Balance) -> str:
    giftable = money.balance(balance.giftable_mc)
    if balance.giftable_mc == balance.available_mc:
        return say("you can give away {giftable}, which is all you have", giftable=giftable)
    return say("you can give away {giftable}; starting credits stay with you", giftable=giftable)
