"""Variations of a picture: its words drawn again, starting from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commands.errors import REFUSALS
from commands.kinds.image.read import ImageRequestForm, read
from commands.kinds.kept_request import Quote
from commands.kinds.pricing import pictures_price_mc
from commands.languages import marked, say, say_count
from commands.ui.facts import drawn_by
from generation import credits as money
from generation.abilities import can_start
from prompts import Options, PromptError, parse, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from commands.kinds.image.kept_picture import KeptPicture
    from commands.kinds.view import OfferedEngines
    from jobs.orders.image import ImageOrder
    from prompts import Prompt

VARIATIONS = {marked("Vary subtle"): 35, marked("Vary strong"): 70}
"""How much of the picture may change, in percent, by the names of the buttons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaryOffer:
    """One variation: what to ask for, how its button reads, its price, and what it draws."""

    form: ImageRequestForm
    label: str
    quote: Quote
    pictures: int


def vary_offers(
    order: ImageOrder,
    position: int,
    picture: KeptPicture,
    engines: OfferedEngines,
    usual: str | None = None,
) -> list[VaryOffer]:
    """The variations of a picture; none where no engine starts from pictures.

    The order drew it at that position, perhaps before it was made larger.

    The picture's own engine draws them, else the one that /imagine chooses for a picture: `usual`,
    which the member prefers, or the default.
    """
    try:
        prompt = _words_of(parse(order.prompt), position)
    except PromptError:
        return []
    if prompt is None:
        return []
    size = (order.first.width, order.first.height)
    for form, wants_size in _forms(prompt, order.engine_id, size, picture, engines, usual):
        drawn = _read(form, engines)
        if drawn and (not wants_size or size == (drawn.first.width, drawn.first.height)):
            price_mc = pictures_price_mc(drawn, engines.catalogue)
            quote = Quote(price_mc=price_mc, engine_id=drawn.engine_id)
            return [
                VaryOffer(
                    form=replace(form, strength=percent),
                    label=f"{say(name)} · {money.price(price_mc)}",
                    quote=quote,
                    pictures=drawn.pictures,
                )
                for name, percent in VARIATIONS.items()
            ]
    return []


def vary_line(offers: Sequence[VaryOffer], engines: OfferedEngines) -> str:
    """What the variations are, as a line of a card; empty where there are none."""
    if not offers:
        return ""
    count, engine_id = offers[0].pictures, offers[0].quote.engine_id
    name = drawn_by(engines.known.find(engine_id), engine_id)
    *most, last = (f"{offer.form.strength} %" for offer in offers)
    shares = say("{others} or {last}", others=", ".join(most), last=last) if most else last
    return say_count(
        "**Vary** draws a picture from this one by {engine}; {shares} of it may change.",
        "**Vary** draws {count} pictures from this one by {engine}; {shares} of it may change.",
        count,
        engine=name,
        shares=shares,
    )


def _words_of(prompt: Prompt, position: int) -> Prompt | None:
    """The prompt without its permutations, as it drew the picture of that position."""
    number = position // (prompt.options.count or 1)
    if number >= len(prompt.variants):
        return None
    options = replace(prompt.options, seed=None, strength=None)
    return replace(prompt, segments=prompt.variants[number], options=options)


def _forms(
    prompt: Prompt,
    engine_id: str,
    size: tuple[int, int],
    picture: KeptPicture,
    engines: OfferedEngines,
    usual: str | None,
) -> Iterator[tuple[ImageRequestForm, bool]]:
    """The forms to try in turn, and whether each has to keep the size of the picture's order."""

    def form(options: Options, preferred: str | None) -> ImageRequestForm:
        return ImageRequestForm(
            prompt=render(replace(prompt, options=options)),
            strength=min(VARIATIONS.values()),
            preferred_engine=preferred,
            kept_image=picture,
        )

    options = prompt.options
    own = engines.catalogue.find(engine_id)
    if own is not None and can_start(own, has_image=True, has_mask=False):
        yield form(options, own.id), True
        yield form(replace(options, size=size, aspect=None), own.id), True
    yield form(replace(options, engine=None), usual), False
    # What another engine has none of, or not within those limits, is left to it.
    yield form(Options(count=options.count), usual), False


def _read(form: ImageRequestForm, engines: OfferedEngines) -> ImageOrder | None:
    try:
        return read(form, engines.catalogue, engines.default.id)
    except REFUSALS:
        return None
