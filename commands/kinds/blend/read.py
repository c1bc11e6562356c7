"""From what a member typed to what an engine makes of several pictures."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from commands.errors import BadUpload
from commands.kinds.image.read import read
from commands.kinds.image.shapes import has_free_shape
from commands.languages import say, say_on_card
from generation.abilities import find_blending, validate_blending
from generation.errors import BadRequest
from generation.request import MAX_BLENDED, MIN_BLENDED, BlendPicture, TextPrompt
from generation.validation import validate
from jobs.orders.blend import BlendOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.kinds.blend.form import BlendForm, BlendSource
    from commands.kinds.image.read import ImageRequestForm
    from generation.catalogue.catalogue import Catalogue, Engine
    from generation.request import ImageRequest

WORDLESS = "blend"
"""Stands for words while the options are read; nothing of it is drawn or kept."""


def read_blend(form: BlendForm, catalogue: Catalogue, default_engine_id: str) -> BlendOrder:
    """The validated order.

    Raises:
        PromptError, BadRequest, BadUpload, UnknownEngine, TooManyPictures
    """
    check_count(form.sources)
    asked = form.asked if form.has_words else replace(form.asked, prompt=WORDLESS)
    preferred = catalogue.find(asked.preferred_engine or "")
    if preferred is None or not preferred.blends:
        asked = replace(asked, preferred_engine=None)
    usual = find_blending(catalogue.find(default_engine_id), catalogue)
    drawn = read(asked, catalogue, usual.id if usual else default_engine_id)
    engine = catalogue.get(drawn.engine_id)
    validate_blending(engine, catalogue)
    requests = [_blended(request, form, engine, asked) for request in drawn.requests]
    kept = [source.kept for source in form.sources]
    values: dict[str, Any] = {field.name: getattr(drawn, field.name) for field in fields(drawn)}
    values["requests"] = tuple(validate(request, engine) for request in requests)
    if not form.has_words:
        values |= {
            "prompt": "",
            "title": say_on_card("A blend of {count} pictures", count=len(kept)),
        }
    origins = tuple(one and (one.job_id, one.position) for one in kept)
    return BlendOrder(**values, origins=origins)


def read_weights(typed: str | None, count: int) -> list[float]:
    """The weights of so many pictures, typed as numbers with commas, colons or blanks between.

    Raises:
        BadRequest: they are no numbers, or not as many.
    """
    if typed is None:
        return [1.0] * count
    words = typed.replace(",", " ").replace(":", " ").split()
    try:
        weights = [float(word) for word in words]
    except ValueError:
        reason = say("they are numbers, one for each picture: 2, 1")
        raise BadRequest("weights", reason) from None
    if len(weights) != count:
        reason = say(
            "there are {weights} for {count} pictures; say one for each",
            weights=len(weights),
            count=count,
        )
        raise BadRequest("weights", reason)
    return weights


def check_count(sources: Sequence[BlendSource]) -> None:
    """Whether there are two to four pictures.

    Raises:
        BadUpload: there are fewer or more; with the way out.
    """
    count = len(sources)
    if count < MIN_BLENDED:
        one = say("there is only one; attach two to four, or name results by their job ids")
        none = say("there is none; attach two to four, or name results by their job ids")
        raise BadUpload("image", one if count else none)
    if count > MAX_BLENDED:
        reason = say(
            "{count} are more than the {most} of one blend; leave some out",
            count=count,
            most=MAX_BLENDED,
        )
        raise BadUpload("image", reason)


def _blended(
    request: ImageRequest, form: BlendForm, engine: Engine, asked: ImageRequestForm
) -> ImageRequest:
    """The request with the pictures, in the shape of the first where nobody named one."""
    blend = tuple(BlendPicture(b"", source.weight) for source in form.sources)
    prompts = request.prompts if form.has_words else (TextPrompt(""),)
    width, height = request.width, request.height
    first = form.sources[0].size
    if first is not None and has_free_shape(asked):
        width, height = engine.size_for_aspect(*first)
    return replace(request, blend=blend, prompts=prompts, width=width, height=height)
