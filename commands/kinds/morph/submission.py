"""How walks between prompts become jobs: quoted first, then accepted with a press."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from commands.access.requester import account_of, asker_of
from commands.access.subjects import own_draft
from commands.errors import DraftGone
from commands.kinds.image.offers import order_price_mc
from commands.kinds.morph.cards import morph_quote_card, morph_waiting_card
from commands.kinds.morph.read import MORPH, MorphRequestForm, at_fault, read_morph
from commands.submission import REFUSALS, Plan, Prepared, Submission, check_permissions
from commands.ui.answers import answer_privately
from commands.ui.cards import refusal_card
from generation import credits as money
from jobs.errors import TooDear
from jobs.orders.morph import MIN_FRAMES

if TYPE_CHECKING:
    from discord import Interaction

    from commands.tools import Tools
    from jobs.orders.morph import MorphOrder


class MorphSubmission:
    """Quotes walks and places orders for them."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._submission = Submission(tools)

    async def quote(self, interaction: Interaction[Any], form: MorphRequestForm) -> None:
        """Say privately what the walk will be and what it costs, or why there is none."""
        try:
            check_permissions(interaction)
            self._tools.space.check()
            order = self._read(form)
            price_mc = order_price_mc(order, self._tools.catalogue)
            asker = asker_of(interaction)
            await self._tools.limits.check(asker, order, price_mc)
            available_mc = (await self._tools.limits.means(asker)).balance.available_mc
            draft_id = await self._keep(interaction, form)
            engine = self._tools.catalogue.get(order.engine_id)
            card = morph_quote_card(order, engine, price_mc, available_mc, draft_id)
            await answer_privately(interaction, card)
        except REFUSALS as error:
            await self._refuse(interaction, form, error)

    async def submit(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Draw the walk that was quoted; a second press of the button is refused."""
        form = await self.kept(interaction, draft_id)
        try:
            check_permissions(interaction)
            self._tools.space.check()
            plan = self._plan(interaction, form, f"morph:{draft_id}")
            await self._submission.accept(interaction, plan)
        except REFUSALS as error:
            await self._refuse(interaction, form, error)

    async def kept(self, interaction: Interaction[Any], draft_id: str) -> MorphRequestForm:
        """A kept ask.

        Raises:
            DraftGone, NotYours
        """
        draft = await own_draft(self._tools, interaction, draft_id)
        if draft.content.get("kind") != MORPH:
            raise DraftGone
        return MorphRequestForm.from_json(draft.content)

    def _read(self, form: MorphRequestForm) -> MorphOrder:
        return read_morph(form, self._tools.catalogue, self._tools.default_engine_id)

    def _plan(self, interaction: Interaction[Any], form: MorphRequestForm, key: str) -> Plan:
        order = self._read(form)
        engine = self._tools.catalogue.get(order.engine_id)
        price_mc = order_price_mc(order, self._tools.catalogue)
        author_id = interaction.user.id

        async def prepare(job_id: str) -> Prepared:
            outlook = await self._tools.forecast.outlook(
                asker_of(interaction), order.engine_id, price_mc
            )
            return Prepared(
                inputs=(),
                make_card=lambda: morph_waiting_card(
                    author_id, order, engine, job_id, price_mc, outlook
                ),
            )

        return Plan(order=order, price_mc=price_mc, key=key, draft=form.to_json(), prepare=prepare)

    async def _refuse(
        self, interaction: Interaction[Any], form: MorphRequestForm, error: Exception
    ) -> None:
        card = refusal_card(
            error,
            at_fault(form),
            await self._keep(interaction, form),
            offers=await self._fewer(interaction, form, error),
            offer_action="morph_draw",
            redo_action="morph_redo",
        )
        await answer_privately(interaction, card)

    async def _fewer(
        self, interaction: Interaction[Any], form: MorphRequestForm, error: Exception
    ) -> list[tuple[str, str]]:
        """As many frames as there is room for, where the walk was refused for its price."""
        if not isinstance(error, TooDear):
            return []
        order = self._read(form)
        each_mc = order.charge_mc(order_price_mc(order, self._tools.catalogue), 1)
        count = await self._tools.limits.room(asker_of(interaction)) // each_mc
        if not MIN_FRAMES <= count < order.frames:
            return []
        draft_id = await self._keep(interaction, replace(form, frames=str(count)))
        return [(f"{count} frames · {money.price(each_mc * count)}", draft_id)]

    async def _keep(self, interaction: Interaction[Any], form: MorphRequestForm) -> str:
        return await self._tools.drafts.keep(
            account_of(interaction), form.to_json(), interaction.channel_id
        )
