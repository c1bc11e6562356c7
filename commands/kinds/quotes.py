"""What a prompt would cost as a film, a morph, a blend and larger, beside its price as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.errors import REFUSALS
from commands.kinds.edit.cards import NAMES
from commands.kinds.edit.offers import edit_offers
from commands.kinds.image.read import ImageRequestForm, read
from commands.kinds.pricing import pictures_price_mc
from commands.kinds.upscale.offers import offers_for
from commands.kinds.video.read import lengths
from commands.languages import say
from commands.ui.text import seconds
from generation import credits as money
from generation.pricing import picture_price_mc, segment_price_mc
from jobs.orders.morph import DEFAULT_FRAMES, MAX_FRAMES, MIN_FRAMES

if TYPE_CHECKING:
    from commands.kinds.view import OfferedEngines
    from jobs.orders.image import ImageOrder


def video_quote(prompt: str, engines: OfferedEngines) -> str:
    """The price of a film for each length, and of its picture; empty where none are made."""
    engine = engines.video
    if engine is None:
        return ""
    each_mc = segment_price_mc(engine)
    films = [
        f"{seconds(length)} {money.price(each_mc * parts)}"
        for length, parts in lengths(engine).items()
    ]
    picture_mc = _video_picture_mc(prompt, engines)
    told = " · ".join(films)
    if picture_mc is None:
        return say("As a film (`/animate`): {films}", films=told)
    return say(
        "As a film (`/animate`): {films}; {price} more for its picture",
        films=told,
        price=money.price(picture_mc),
    )


def morph_quote(prompt: str, engines: OfferedEngines) -> str:
    """The price of a morph that begins with the prompt, for several numbers of frames.

    No defaults count in morphs; empty where the prompt cannot be read without them.
    """
    try:
        order = read(ImageRequestForm(prompt=prompt), engines.catalogue, engines.default.id)
    except REFUSALS:
        return ""
    each_mc = order.charge_mc(pictures_price_mc(order, engines.catalogue), 1)
    counts = dict.fromkeys((MIN_FRAMES, DEFAULT_FRAMES, MAX_FRAMES))
    morphs = [
        say("{count} frames {price}", count=count, price=money.price(each_mc * count))
        for count in counts
    ]
    return say("As a morph (`/morph`): {morphs}", morphs=" · ".join(morphs))


def upscale_quote(order: ImageOrder, engines: OfferedEngines) -> str:
    """The price of making one of these pictures larger, by each engine that takes it."""
    size = (order.first.width, order.first.height)
    offers = offers_for(size, engines.upscalers)
    if not offers:
        return ""
    told = " · ".join(f"{offer.what} {money.price(offer.price_mc)}" for offer in offers)
    return say("Larger (**Upscale** on a result): {offers}", offers=told)


def blend_quote(order: ImageOrder, engines: OfferedEngines) -> str:
    """The price of one blend of pictures; empty where no engine blends."""
    able = engines.blenders
    if not able:
        return ""
    engine = next((one for one in able if one.id == order.engine_id), able[0])
    if engine.id == order.engine_id:
        price_mc = order.charge_mc(pictures_price_mc(order, engines.catalogue), 1)
    else:
        price_mc = picture_price_mc(engine, *engine.default_size, engine.default_steps)
    return say("As a blend of pictures (`/blend`): {price}", price=money.price(price_mc))


def edit_quote(order: ImageOrder, engines: OfferedEngines) -> str:
    """The price of each edit of one of these pictures."""
    offers = edit_offers((order.first.width, order.first.height), engines)
    if not offers:
        return ""
    told = [f"{say(NAMES[offer.action])} {money.price(offer.price_mc)}" for offer in offers]
    return say("Edits (**Edit** on a result): {edits}", edits=" · ".join(told))


def _video_picture_mc(prompt: str, engines: OfferedEngines) -> int | None:
    """What the picture of a film costs; None where a film cannot be made of the prompt."""
    form = ImageRequestForm(prompt=prompt, video={"segments": 1})
    try:
        order = read(form, engines.catalogue, engines.default.id)
    except REFUSALS:
        return None
    return pictures_price_mc(order, engines.catalogue)
