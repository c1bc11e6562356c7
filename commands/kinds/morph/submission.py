"""How walks between prompts become jobs: quoted first, then accepted with a press."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from commands.access.requester import account_of, asker_of
from commands.access.subjects import own_draft
from commands.errors import DraftGone
from commands.kinds.image.offers import TooDear, order_price_mc
from commands.kinds.morph.cards import morph_quote_card, morph_waiting_card
from commands.kinds.morph.read import MORPH, MorphAsk, at_fault, read_walk
from commands.submission import Accepting, Plan, Prepared, Refusal, check_permissions
from commands.ui import money
from commands.ui.answers import answer_privately
from commands.ui.cards import refusal_card
from jobs.orders.morph import MIN_FRAMES

if TYPE_CHECKING:
    from discord import Interaction

    from commands.tools import Tools
    from jobs.orders.morph import MorphOrder


class Morphing:
    """Quotes walks and places orders for them."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._accepting = Accepting(tools)

    async def quote(self, interaction: Interaction[Any], ask: MorphAsk) -> None:
        """Say privately what the walk will be and what it costs, or why there is none."""
        try:
            check_permissions(interaction)
            self._tools.space.check()
            order = self._read(ask)
            price_mc = order_price_mc(order, self._tools.catalogue)
            asker = asker_of(interaction)
            await self._tools.limits.check(asker, order, price_mc)
            available_mc = (await self._tools.limits.means(asker)).balance.available_mc
            draft_id = await self._keep(interaction, ask)
            engine = self._tools.catalogue.get(order.engine_id)
            card = morph_quote_card(order, engine, price_mc, available_mc, draft_id)
            await answer_privately(interaction, card)
        except Refusal as error:
            await self._refuse(interaction, ask, error)

    async def draw(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Draw the walk that was quoted; a second press of the button is refused."""
        ask = await self.kept(interaction, draft_id)
        try:
            check_permissions(interaction)
            self._tools.space.check()
            plan = self._plan(interaction, ask, f"morph:{draft_id}")
            await self._accepting.accept(interaction, plan)
        except Refusal as error:
            await self._refuse(interaction, ask, error)

    async def kept(self, interaction: Interaction[Any], draft_id: str) -> MorphAsk:
        """A kept ask.

        Raises:
            DraftGone, NotYours
        """
        draft = await own_draft(self._tools, interaction, draft_id)
        if draft.content.get("kind") != MORPH:
            raise DraftGone
        return MorphAsk.from_json(draft.content)

    def _read(self, ask: MorphAsk) -> MorphOrder:
        return read_walk(ask, self._tools.catalogue, self._tools.default_engine_id)

    def _plan(self, interaction: Interaction[Any], ask: MorphAsk, key: str) -> Plan:
        order = self._read(ask)
        engine = self._tools.catalogue.get(order.engine_id)
        price_mc = order_price_mc(order, self._tools.catalogue)
        author_id = interaction.user.id

        async def prepare(job_id: str) -> Prepared:
            outlook = await self._tools.jobs.outlook(
                asker_of(interaction), order.engine_id, price_mc
            )
            return Prepared(
                inputs=(),
                make_card=lambda: morph_waiting_card(
                    author_id, order, engine, job_id, price_mc, outlook
                ),
            )

        return Plan(order=order, price_mc=price_mc, key=key, draft=ask.to_json(), prepare=prepare)

    async def _refuse(self, interaction: Interaction[Any], ask: MorphAsk, error: Exception) -> None:
        card = refusal_card(
            error,
            at_fault(ask),
            await self._keep(interaction, ask),
            offers=await self._fewer(interaction, ask, error),
            offer_action="morph_draw",
            redo_action="morph_redo",
        )
        await answer_privately(interaction, card)

    async def _fewer(
        self, interaction: Interaction[Any], ask: MorphAsk, error: Exception
    ) -> list[tuple[str, str]]:
        """As many frames as there is room for, where the walk was refused for its price."""
        if not isinstance(error, TooDear):
            return []
        order = self._read(ask)
        each_mc = order_price_mc(order, self._tools.catalogue) // order.frames
        count = await self._tools.limits.room(asker_of(interaction)) // each_mc
        if not MIN_FRAMES <= count < order.frames:
            return []
        draft_id = await self._keep(interaction, replace(ask, frames=str(count)))
        return [(f"{count} frames · {money.price(each_mc * count)}", draft_id)]

    async def _keep(self, interaction: Interaction[Any], ask: MorphAsk) -> str:
        return await self._tools.drafts.keep(
            account_of(interaction), ask.to_json(), interaction.channel_id
        )
