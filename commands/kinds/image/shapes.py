"""The shape of pictures that start from another one, which is known once that has been read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commands.kinds.image.cuts import CUT, cut_of
from commands.languages import say_on_card
from generation.stability.start_sizes import start_size
from prompts import PromptError, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from commands.kinds.image.read import ImageRequestForm
    from generation.catalogue.catalogue import Engine
    from jobs.orders.image import ImageOrder
    from prompts import Options

Size = tuple[int, int]

VIDEO_ASPECT = (16, 9)
"""The shape of a picture that is drawn for a film, where nothing else is said."""

SHAPES = ((1, 1), (5, 4), (4, 3), (3, 2), (16, 9), (2, 1))
"""Width to height, of which each is tried upright as well."""


def start_shape(form: ImageRequestForm, uploads_of: ImageOrder | None) -> Size | None:
    """The size of the picture to start from, if known, so that no more than needed is cut off."""
    start = form.image or form.kept_image
    if start is not None:
        return (start.width, start.height) if start.width and start.height else None
    if uploads_of is not None and uploads_of.uses_init:
        return uploads_of.first.width, uploads_of.first.height
    return None


def size_of(
    form: ImageRequestForm, options: Options, engine: Engine, uploads_of: ImageOrder | None
) -> Size:
    """The size of the pictures of a form whose prompt has those options.

    An edit, and what is drawn again with its mask, keeps the size of the picture that it starts
    from, where the engine draws that.
    """
    if options.size:
        return options.size
    if options.aspect:
        return engine.size_for_aspect(*options.aspect)
    if form.video is not None:
        return engine.size_for_shape(*VIDEO_ASPECT)
    start = start_shape(form, uploads_of)
    if start is None:
        return engine.default_size
    is_edit = form.area is not None or bool(uploads_of and uploads_of.uses_mask)
    if size := start_size(engine, start, has_mask=is_edit or form.mask is not None):
        return size
    is_kept = is_edit and engine.size_problem(*start) is None
    return start if is_kept else engine.size_for_shape(*start)


def has_free_shape(form: ImageRequestForm) -> bool:
    """Whether nobody named a size or an aspect, so that the picture to start from decides."""
    if form.size or form.aspect or form.video is not None:
        return False
    try:
        options = parse(form.prompt).options
    except PromptError:
        return False
    return options.size is None and options.aspect is None


def cut_for(
    form: ImageRequestForm, size: Size, engine: Engine, uploads_of: ImageOrder | None
) -> tuple[str, ...]:
    """What that size cuts off of the picture that a form starts from."""
    start = start_shape(form, uploads_of)
    return cut_of(start, size, engine, is_free=has_free_shape(form))


def equal_sizes(
    order: ImageOrder, engine: Engine, price_mc: Callable[[ImageOrder], int]
) -> list[Size]:
    """The engine's sizes of other shapes at which the order costs the same."""
    width, height = order.first.width, order.first.height
    shapes = [(height, width), *SHAPES, *((down, across) for across, down in SHAPES)]
    sizes = dict.fromkeys(engine.size_for_shape(*shape) for shape in shapes)
    price = price_mc(order)
    return [size for size in sizes if price_mc(_sized(order, size)) == price]


def reshaped(
    order: ImageOrder, size: Size, seen: Size, engine: Engine, *, is_free: bool
) -> ImageOrder:
    """The order in that size, and what of the picture to start from is cut off.

    `is_free` says that nobody named a size or an aspect.
    """
    told = [notice for notice in order.notices if not notice.startswith(say_on_card(CUT))]
    cut = cut_of(seen, size, engine, is_free=is_free)
    return replace(_sized(order, size), notices=(*told, *cut))


def _sized(order: ImageOrder, size: Size) -> ImageOrder:
    width, height = size
    requests = (replace(request, width=width, height=height) for request in order.requests)
    return replace(order, requests=tuple(requests))
