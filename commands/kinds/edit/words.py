"""The words of an edit: read like any prompt, and brought to what edits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commands.kinds.image.loras import find_loras
from commands.kinds.image.notices import notices_of
from commands.kinds.image.requests import asked_of, base_request, fit_variants
from commands.languages import say, say_on_card
from generation.catalogue.engine import EDIT
from generation.errors import BadRequest
from generation.request import GuidancePreset
from generation.stability.fit import Fitted, option_notices
from prompts import Options, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commands.kinds.edit.form import EditForm
    from generation.catalogue.engine import Engine
    from generation.request import ImageRequest
    from generation.stability.fit import Asked
    from prompts import Prompt

WHOLE_STRENGTH = 100
"""In percent: what is edited makes way for what is asked for."""


def read_words(form: EditForm) -> Prompt | None:
    """What the words say, with the engine of the form; None where there are no words.

    Raises:
        PromptError: they cannot be read.
        BadRequest: they ask for more than one picture.
    """
    if not form.words.strip():
        return None
    prompt = parse(form.words, slash=Options(engine=form.engine))
    if prompt.pictures > 1:
        reason = say(
            "an edit makes one picture, not {count}; leave out braces and --count",
            count=prompt.pictures,
        )
        raise BadRequest("count", reason)
    return prompt


def fit_words(
    prompt: Prompt,
    engine: Engine,
    size: tuple[int, int],
    offered: Iterable[Engine],
    *,
    has_mask: bool,
) -> tuple[ImageRequest, tuple[str, ...]]:
    """The request of the words as the engine takes it, and what is different from what they ask.

    Raises:
        BadRequest: an option, or the name of a LoRA, is none.
    """
    left_out = _left_out(prompt.options)
    options = replace(prompt.options, size=None, aspect=None, strength=None)
    used = replace(prompt, options=options)
    base = base_request(options, engine, size, WHOLE_STRENGTH)
    base = replace(base, loras=find_loras(used, engine, offered))
    asked = asked_of(options, has_strength=False, has_image=True, has_mask=has_mask)
    (fitted,) = fit_variants(used, base, engine, asked)
    if engine.kind == EDIT and not engine.is_rest:
        fitted = _without_sampling(fitted.request, asked, engine)
    return fitted.request, (*notices_of(used, engine, [fitted]), *left_out)


def _without_sampling(request: ImageRequest, asked: Asked, engine: Engine) -> Fitted:
    """The request to an engine that edits without drawing in steps."""
    plain = replace(
        request,
        steps=engine.default_steps,
        cfg_scale=engine.default_cfg_scale,
        sampler=None,
        guidance=GuidancePreset.NONE,
        style=None,
    )
    return Fitted(plain, tuple(option_notices(request, asked, engine.id, ())))


def _left_out(options: Options) -> tuple[str, ...]:
    """What an edit has no use for, since the picture decides it."""
    shape = {"--ar": options.aspect, "--size": options.size, "--strength": options.strength}
    names = ", ".join(name for name, value in shape.items() if value is not None)
    if not names:
        return ()
    return (say_on_card("Left out, since here the picture decides: {options}.", options=names),)
