"""How what a member asked to draw becomes a job, or a private answer that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.access.requester import account_of, asker_of
from commands.kinds.image.offers import cheaper, order_price_mc
from commands.kinds.image.read import ImageRequestForm, Upload, read
from commands.submission import REFUSALS, Plan, Prepared, Submission, check_permissions, own_key
from commands.ui import cards
from commands.ui.answers import answer_privately
from jobs.errors import TooDear
from jobs.orders.image import ImageOrder
from jobs.orders.order import Input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord import Interaction

    from commands.tools import Tools

CONFIRM_ABOVE = 4
"""Permutations with more pictures than this are confirmed with their price."""


class ImageSubmission:
    """Places orders for pictures."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self.submission = Submission(tools)

    async def submit(
        self,
        interaction: Interaction[Any],
        form: ImageRequestForm,
        *,
        key: str | None = None,
        parent_id: str | None = None,
        is_confirmed: bool = False,
        video_mc: int = 0,
    ) -> None:
        """Turn what a member asked for into a job, or answer privately why not.

        `video_mc` is what the film costs that the picture is drawn for; who has not enough for both
        hears so before the picture.
        """
        try:
            check_permissions(interaction)
            self._tools.space.check()
            order = await self._read(form)
            plan = self._plan(interaction, form, order, key or own_key(interaction), parent_id)
            if video_mc:
                both_mc = plan.price_mc + video_mc
                await self._tools.limits.check(asker_of(interaction), order, both_mc)
            if not is_confirmed and _needs_confirmation(order):
                await self._ask_back(interaction, form, order, plan.price_mc)
            else:
                await self.submission.accept(interaction, plan)
        except REFUSALS as error:
            draft_id = await self._keep(interaction, form)
            offers = await self._offers(interaction, form, error)
            card = cards.refusal_card(error, form.prompt, draft_id, offers=offers)
            await answer_privately(interaction, card)

    async def _keep(self, interaction: Interaction[Any], form: ImageRequestForm) -> str:
        """Keep what the member typed and return the draft's id."""
        return await self._tools.drafts.keep(
            account_of(interaction), form.to_json(), interaction.channel_id
        )

    async def _read(self, form: ImageRequestForm) -> ImageOrder:
        order = read(
            form,
            self._tools.catalogue,
            self._tools.default_engine_id,
            uploads_of=await self._source(form),
        )
        for field, upload in _attached(form):
            self._tools.uploads.check(field, upload)
        return order

    def _plan(
        self,
        interaction: Interaction[Any],
        form: ImageRequestForm,
        order: ImageOrder,
        key: str,
        parent_id: str | None,
    ) -> Plan:
        price_mc = order_price_mc(order, self._tools.catalogue)

        async def prepare(job_id: str) -> Prepared:
            inputs = await self._inputs(interaction.user.id, form, order)
            outlook = await self._tools.forecast.outlook(
                asker_of(interaction), order.engine_id, price_mc
            )
            author_id = interaction.user.id
            return Prepared(
                inputs=inputs,
                make_card=lambda: cards.waiting_card(author_id, order, job_id, price_mc, outlook),
            )

        return Plan(
            order=order,
            price_mc=price_mc,
            key=key,
            draft=form.to_json(),
            prepare=prepare,
            parent_id=parent_id,
        )

    async def _source(self, form: ImageRequestForm) -> ImageOrder | None:
        """The job whose uploads are used again."""
        if not form.uploads_of or form.image is not None:
            return None
        return ImageOrder.from_json((await self._tools.jobs.get(form.uploads_of)).spec)

    async def _offers(
        self, interaction: Interaction[Any], form: ImageRequestForm, error: Exception
    ) -> list[tuple[str, str]]:
        """Cheaper variants of what was refused for its price: the label and the draft of each."""
        if not isinstance(error, TooDear):
            return []
        offers = cheaper(
            form,
            self._tools.catalogue,
            self._tools.default_engine_id,
            uploads_of=await self._source(form),
            room_mc=await self._tools.limits.room(asker_of(interaction)),
        )
        return [(one.label, await self._keep(interaction, one.form)) for one in offers]

    async def _ask_back(
        self,
        interaction: Interaction[Any],
        form: ImageRequestForm,
        order: ImageOrder,
        price_mc: int,
    ) -> None:
        asker = asker_of(interaction)
        await self._tools.limits.check(asker, order, price_mc)
        balance = (await self._tools.limits.means(asker)).balance
        draft_id = await self._keep(interaction, form)
        card = cards.confirm_card(order, price_mc, balance.available_mc, draft_id)
        await answer_privately(interaction, card)

    async def _inputs(
        self, member_id: int, form: ImageRequestForm, order: ImageOrder
    ) -> list[Input]:
        found: dict[str, bytes] = {}
        size = (order.first.width, order.first.height)
        if form.uploads_of:
            kept = await self._tools.jobs.uploads(await self._tools.jobs.get(form.uploads_of))
            for role, data in kept.items():
                # An edit may have changed the size.
                found[role] = await self._tools.uploads.fit(member_id, role, data, size)
        for field, upload in _attached(form):
            role = "init" if field == "image" else "mask"
            found[role] = await self._tools.uploads.prepare(member_id, field, upload, size)
        return [Input(role=role, data=data, size=size) for role, data in found.items()]


def _needs_confirmation(order: ImageOrder) -> bool:
    has_permutations = len({request.prompts for request in order.requests}) > 1
    return has_permutations and order.pictures > CONFIRM_ABOVE


def _attached(form: ImageRequestForm) -> Sequence[tuple[str, Upload]]:
    return [(name, one) for name, one in (("image", form.image), ("mask", form.mask)) if one]
