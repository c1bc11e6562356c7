"""From what a member asks to be done to a picture to what an engine does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commands.kinds.edit.layout import layout_of, usual_sides
from commands.kinds.edit.words import WHOLE_STRENGTH, fit_words, read_words
from commands.kinds.image.notices import one_line, title_of
from commands.kinds.image.requests import base_request
from commands.languages import say, say_on_card
from generation.abilities import MAX_NAMES
from generation.catalogue.engine import EDIT
from generation.edits import NO_SIDES, SEARCHING, Edit, EditAction, check_search, check_sides
from generation.errors import BadRequest
from generation.request import TextPrompt
from generation.validation import validate, validate_settings
from jobs.orders.edit import EditOrder
from prompts import Options, render

if TYPE_CHECKING:
    from commands.kinds.edit.form import EditForm
    from commands.kinds.edit.layout import Layout
    from commands.kinds.view import OfferedEngines
    from generation.catalogue.engine import Engine
    from generation.edits import Sides
    from generation.request import ImageRequest
    from prompts import Prompt

MAX_TITLE = 300


def read(form: EditForm, engines: OfferedEngines, title: str, words: str) -> EditOrder:
    """The validated order; `title` and `words` are those of the picture, where it has any.

    Raises:
        PromptError, BadUpload, BadRequest, UnknownEngine, EngineAway
    """
    form.check()
    prompt = read_words(form)
    if prompt is not None:
        form = replace(form, engine=prompt.options.engine)
    engine = engine_for(form, engines)
    if form.action in SEARCHING and prompt is None:
        raise BadRequest("prompt", say("it is empty"))
    sides = sides_of(form)
    edit = Edit(form.action, one_line(form.search).strip(), sides)
    check_search(edit)
    check_sides(edit)
    layout = layout_of(engine, form.picture_size, sides)
    request, notices = _requested(form, prompt, engine, layout, words, engines)
    if engine.kind == EDIT:
        done = replace(edit, sides=layout.sides)
        request = validate_settings(replace(request, edit=done), engine)
    else:
        request = validate(request, engine)
    seen = title_of(prompt) if prompt else title
    return EditOrder(
        action=form.action,
        title=(seen or say_on_card("an attached picture"))[:MAX_TITLE],
        request=request,
        size=layout.size,
        marked_as=engine.id,
        search=edit.search,
        typed=render(prompt) if prompt else "",
        uses_mask=_uses_mask(form, engine),
        notices=(*layout.notices(form.picture_size), *notices),
    )


def _requested(
    form: EditForm,
    prompt: Prompt | None,
    engine: Engine,
    layout: Layout,
    words: str,
    engines: OfferedEngines,
) -> tuple[ImageRequest, tuple[str, ...]]:
    """What the engine is told, and what is different from what was asked."""
    size, has_mask = layout.result, _uses_mask(form, engine)
    if prompt is not None:
        return fit_words(prompt, engine, size, engines.catalogue, has_mask=has_mask)
    # What draws beyond the edges has to be told what is there.
    is_told = engine.kind != EDIT and form.action is EditAction.OUTPAINT
    request = base_request(Options(), engine, size, WHOLE_STRENGTH)
    return replace(request, prompts=(TextPrompt(words if is_told else ""),)), ()


def _uses_mask(form: EditForm, engine: Engine) -> bool:
    return form.action is EditAction.ERASE or engine.kind != EDIT


def with_layout(order: EditOrder, layout: Layout) -> EditOrder:
    """The order for a picture that turned out to lie in another way."""
    width, height = layout.result
    edit = order.request.edit and replace(order.request.edit, sides=layout.sides)
    request = replace(order.request, width=width, height=height, edit=edit)
    return replace(order, request=request, size=layout.size)


def engine_for(form: EditForm, engines: OfferedEngines) -> Engine:
    """What edits: the engine that is named, else the first that can.

    Raises:
        UnknownEngine, EngineAway: there is none of that name now.
        BadRequest: it does not do that, or none does; names those that do.
    """
    able = engines.editors_for(form.action)
    if not form.engine:
        if not able:
            reason = say("no engine here does that to a picture now")
            raise BadRequest("edit", reason)
        return next((engine for engine in able if _takes(engine, form)), able[0])
    for engine in able:
        if engine.id == form.engine:
            return engine
    # What is unknown or away says so itself.
    named = engines.find_editor(form.engine)
    names = ", ".join(engine.id for engine in able[:MAX_NAMES])
    if not names:
        raise BadRequest("engine", say("{engine} does not do that", engine=named.id))
    reason = say("{engine} does not do that; {names} can", engine=named.id, names=names)
    raise BadRequest("engine", reason)


def _takes(engine: Engine, form: EditForm) -> bool:
    """Whether an engine takes the picture of a form."""
    try:
        layout_of(engine, form.picture_size, sides_of(form))
    except BadRequest:
        return False
    return True


def sides_of(form: EditForm) -> Sides:
    """By how many pixels the picture grows."""
    if form.action is not EditAction.OUTPAINT:
        return NO_SIDES
    return usual_sides(form.picture_size) if form.sides is None else form.sides
