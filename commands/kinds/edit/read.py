"""From what a member asks to be done to a picture to what an engine does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commands.kinds.edit.layout import layout_of, usual_sides
from commands.kinds.image.notices import one_line
from commands.languages import say, say_on_card
from generation.abilities import MAX_NAMES
from generation.catalogue.engine import EDIT
from generation.edits import NO_SIDES, SEARCHING, Edit, EditAction, check_search, check_sides
from generation.errors import BadRequest
from generation.request import ImageRequest, TextPrompt, draw_seed
from generation.validation import validate
from jobs.orders.edit import EditOrder

if TYPE_CHECKING:
    from commands.kinds.edit.form import EditForm
    from commands.kinds.edit.layout import Layout
    from commands.kinds.view import OfferedEngines
    from generation.catalogue.engine import Engine
    from generation.edits import Sides

MAX_TITLE = 300


def read(form: EditForm, engines: OfferedEngines, title: str, words: str) -> EditOrder:
    """The validated order; `title` and `words` are those of the picture, where it has any.

    Raises:
        BadUpload, BadRequest, UnknownEngine, EngineAway
    """
    form.check()
    engine = engine_for(form, engines)
    typed = one_line(form.words).strip()
    if form.action in SEARCHING and not typed:
        raise BadRequest("prompt", say("it is empty"))
    sides = sides_of(form)
    edit = Edit(form.action, one_line(form.search).strip(), sides)
    check_search(edit)
    check_sides(edit)
    layout = layout_of(engine, form.picture_size, sides)
    is_own_work = engine.kind == EDIT
    told = typed if is_own_work or typed or form.action is not EditAction.OUTPAINT else words
    request = ImageRequest(
        engine_id=engine.id,
        prompts=(TextPrompt(told),),
        width=layout.result[0],
        height=layout.result[1],
        seed=min(draw_seed(), engine.max_seed),
        steps=engine.default_steps,
        cfg_scale=engine.default_cfg_scale,
        strength=1.0,
        edit=replace(edit, sides=layout.sides) if is_own_work else None,
    )
    if is_own_work:
        _check_length(told, engine)
    else:
        validate(request, engine)
    return EditOrder(
        action=form.action,
        title=(typed or title or say_on_card("an attached picture"))[:MAX_TITLE],
        request=request,
        size=layout.size,
        marked_as=engine.id,
        search=edit.search,
        uses_mask=form.action is EditAction.ERASE or not is_own_work,
        notices=layout.notices(form.picture_size),
    )


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


def _check_length(words: str, engine: Engine) -> None:
    if len(words) > engine.max_prompt_chars:
        reason = say(
            "{count:,} characters are more than the {most:,} that {engine} takes",
            count=len(words),
            most=engine.max_prompt_chars,
            engine=engine.id,
        )
        raise BadRequest("prompt", reason)
