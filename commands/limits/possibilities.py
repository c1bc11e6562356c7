"""What a guild's caps make impossible, told to who sets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.languages import marked, say
from generation import credits as money
from generation.catalogue.engine import IMAGE, smallest_size
from generation.edits import EditAction
from generation.pricing import picture_price_mc, segment_price_mc, upscale_price_mc
from jobs.orders.morph import MIN_FRAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands.kinds.view import OfferedEngines
    from generation.catalogue.catalogue import Engine
    from storage.rules import Rules


def impossible(rules: Rules, ceiling_mc: int | None, engines: OfferedEngines) -> list[str]:
    """A sentence for each kind of job that costs more than the least of the caps."""
    caps = (rules.job_cap_mc, rules.day_cap_mc, rules.budget_mc, ceiling_mc)
    least_mc = min((cap_mc for cap_mc in caps if cap_mc is not None), default=None)
    if least_mc is None:
        return []
    return [
        say(sentence, price=money.price(price_mc))
        for sentence, price_mc in _prices(engines)
        if price_mc > least_mc
    ]


def _prices(engines: OfferedEngines) -> Iterator[tuple[str, int]]:
    """What is said of each kind of job, and the least that it costs, in millicredits."""
    pictures_mc = [_cheapest_picture_mc(engine) for engine in engines.catalogue.of_kind(IMAGE)]
    if pictures_mc:
        picture_mc = min(pictures_mc)
        yield marked("No picture can be drawn: the cheapest costs {price}."), picture_mc
        yield (
            marked("No morph can be made: the cheapest costs {price}."),
            MIN_FRAMES * picture_mc,
        )
    upscales_mc = [upscale_price_mc(upscaler) for upscaler in engines.upscalers]
    if upscales_mc:
        yield (
            marked("No picture can be made larger: the cheapest costs {price}."),
            min(upscales_mc),
        )
    edits_mc = [
        _cheapest_picture_mc(editor)
        for action in EditAction
        for editor in engines.editors_for(action)
    ]
    if edits_mc:
        yield marked("No picture can be edited: the cheapest edit costs {price}."), min(edits_mc)
    films_mc = [segment_price_mc(engine) for engine in engines.videos]
    if films_mc:
        yield marked("No film can be made: one costs {price}."), min(films_mc)


def _cheapest_picture_mc(engine: Engine) -> int:
    return picture_price_mc(engine, *smallest_size(engine), engine.min_steps)
