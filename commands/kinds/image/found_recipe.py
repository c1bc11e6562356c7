"""A recipe that was found in a file, as a prompt for /imagine, and what of it does not fit."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commands.kinds.image.loras import takes_loras
from commands.languages import say, say_again
from commands.ui.facts import engine_label
from commands.ui.text import weight
from generation.catalogue.engine import IMAGE
from generation.request import Sampler, StylePreset
from prompts import MAX_CHARS, Lora, Options, Prompt, PromptError, Segment, escape, parse, render

if TYPE_CHECKING:
    from commands.kinds.view import OfferedEngines
    from generation.catalogue.catalogue import Engine
    from media.origins.found import FoundRecipe

OWN = "Atelier"
MAX_LORA_WEIGHT = 4
MOST_CHARS = f"{MAX_CHARS:,}"


@dataclass(frozen=True, slots=True)
class FittedRecipe:
    """A line for /imagine, empty where none can be typed, and what is other than in the file."""

    paste: str
    notices: tuple[str, ...] = ()


def fit_recipe(found: FoundRecipe, engines: OfferedEngines) -> FittedRecipe:
    """The line that comes nearest to a recipe with what is offered here now.

    Raises:
        EngineAway: nothing draws now.
    """
    engine = _engine_for(found, engines)
    prompt = _prompt(found, engine)
    if prompt is None:
        return FittedRecipe("", (say("The file says no words to draw."),))
    told = [say_again(notice.text) for notice in prompt.notices]
    told += _model_notices(found, engine)
    options = prompt.options
    for fit in (_size, _steps, _cfg, _sampler, _style, _seed, _strength):
        fitted, notices = fit(found, engine)
        options = replace(options, **fitted)
        told += notices
    named = engine.id if engine is not engines.find_default() else None
    whole = replace(prompt, options=replace(options, engine=named))
    if found.others:
        names = ", ".join(name for name, _ in found.others)
        told.append(say("{names} cannot be chosen here.", names=names))
    if whole.loras and not takes_loras(engine):
        told.append(
            say("{engine} takes no LoRA; it would be left out.", engine=engine_label(engine))
        )
    text = _rendered(whole)
    if text is None:
        told.append(
            say(
                "It is too long to be pasted; a prompt has {most} characters at most.",
                most=MOST_CHARS,
            )
        )
    return FittedRecipe(text or "", tuple(dict.fromkeys(told)))


def _rendered(prompt: Prompt) -> str | None:
    """The prompt as it is typed, if it is read as the same one then."""
    plain = replace(
        prompt,
        segments=tuple(Segment(escape(one.plain), one.weight) for one in prompt.segments),
    )
    for one in (prompt, plain):
        text = render(one)
        try:
            if parse(text) == one:
                return text
        except PromptError:
            continue
    return None


def _engine_for(found: FoundRecipe, engines: OfferedEngines) -> Engine:
    """The engine of the recipe, or one of the model's name, or what draws here by default."""
    wanted = {_plain(name) for name in (found.engine_id, found.model) if name}
    for engine in engines.catalogue:
        names = {_plain(name) for name in (engine.id, engine.name, engine.model, *engine.aliases)}
        if engine.kind == IMAGE and wanted & (names - {""}):
            return engine
    return engines.default


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _prompt(found: FoundRecipe, engine: Engine) -> Prompt | None:
    """The words, read as they would be here; as plain text where that is another language."""
    if not found.prompts:
        return None
    if found.program == OWN:
        # As they went over the wire: with signs only where the engine reads them.
        texts = [(text if engine.emphasis else escape(text), w) for text, w in found.prompts]
        return _with_loras(Prompt(tuple(Segment(*pair) for pair in texts)), found)
    wanted = ", ".join(text for text, weight in found.prompts if weight > 0)
    unwanted = ", ".join(text for text, weight in found.prompts if weight < 0)
    try:
        typed = parse(f"{wanted}\nNegative prompt: {unwanted}" if unwanted else wanted)
        prompt = replace(typed, options=Options())
    except PromptError:
        plain = ((escape(wanted), 1.0), (escape(unwanted), -1.0))
        prompt = Prompt(tuple(Segment(text, weight) for text, weight in plain if text))
    return _with_loras(prompt, found)


def _with_loras(prompt: Prompt, found: FoundRecipe) -> Prompt:
    known = {lora.name for lora in prompt.loras}
    more = [
        Lora(name, weight)
        for name, weight in found.loras
        if name not in known and abs(weight) <= MAX_LORA_WEIGHT and not re.search(r"[<>:]", name)
    ]
    return replace(prompt, loras=(*prompt.loras, *more))


Fitted = tuple[dict[str, object], list[str]]
"""Options of the line, and what is told of them."""


def _model_notices(found: FoundRecipe, engine: Engine) -> list[str]:
    named = found.engine_id or found.model
    if not named or _plain(named) in {
        _plain(name) for name in (engine.id, engine.name, engine.model, *engine.aliases)
    }:
        return []
    return [
        say(
            "{model} is not offered here; {engine} draws it in its own way.",
            model=named,
            engine=engine_label(engine),
        )
    ]


def _size(found: FoundRecipe, engine: Engine) -> Fitted:
    if not found.width or not found.height:
        return {}, []
    size = (found.width, found.height)
    if engine.size_problem(*size) is None:
        return {"size": size}, []
    near = engine.nearest_size(*size)
    told = say(
        "{engine} does not draw {size}; the nearest is {near}.",
        engine=engine_label(engine),
        size="{}×{}".format(*size),
        near="{}×{}".format(*near),
    )
    return {"size": near}, [told]


def _steps(found: FoundRecipe, engine: Engine) -> Fitted:
    if found.steps is None or not found.steps:
        return {}, []
    if not engine.has_steps:
        return {}, [say("{engine} has no steps to choose.", engine=engine_label(engine))]
    fitted = min(max(found.steps, engine.min_steps), engine.max_steps)
    told = say(
        "{engine} takes {steps} steps in place of {asked}.",
        engine=engine_label(engine),
        steps=fitted,
        asked=found.steps,
    )
    return {"steps": fitted}, [told] if fitted != found.steps else []


def _cfg(found: FoundRecipe, engine: Engine) -> Fitted:
    if found.cfg_scale is None or engine.min_cfg_scale == engine.max_cfg_scale:
        return {}, []
    fitted = round(min(max(found.cfg_scale, engine.min_cfg_scale), engine.max_cfg_scale), 2)
    told = say(
        "{engine} takes cfg {cfg} in place of {asked}.",
        engine=engine_label(engine),
        cfg=weight(fitted),
        asked=weight(found.cfg_scale),
    )
    return {"cfg": fitted}, [told] if fitted != round(found.cfg_scale, 2) else []


def _sampler(found: FoundRecipe, engine: Engine) -> Fitted:
    if not found.sampler:
        return {}, []
    try:
        read = parse(f'- --sampler "{found.sampler.replace(chr(34), "")}"')
    except PromptError:
        read = None
    sampler = read.options.sampler if read else None
    if sampler in {str(one) for one in engine.samplers} & {str(one) for one in Sampler}:
        return {"sampler": sampler}, [say_again(one.text) for one in read.notices] if read else []
    told = say(
        "{engine} has no sampler {sampler}; it uses its own.",
        engine=engine_label(engine),
        sampler=found.sampler,
    )
    return {}, [told]


def _style(found: FoundRecipe, engine: Engine) -> Fitted:
    is_known = engine.styles and found.style in {str(one) for one in StylePreset}
    return ({"style": found.style} if is_known else {}), []


def _seed(found: FoundRecipe, engine: Engine) -> Fitted:
    if not found.seed:
        return {}, []
    if found.seed <= engine.max_seed:
        return {"seed": found.seed}, []
    return {}, [
        say("The seed {seed} is larger than any here; another one is drawn.", seed=found.seed)
    ]


def _strength(found: FoundRecipe, engine: Engine) -> Fitted:
    if found.strength is None or not 0 <= found.strength <= 1:
        return {}, []
    if any("hires" in name.lower() for name, _ in found.others):
        # It is that of a second pass, which is none of ours.
        return {}, []
    if not engine.init_image:
        return {}, [
            say("It starts from a picture, which {engine} cannot.", engine=engine_label(engine))
        ]
    told = say("It starts from a picture; attach the same one.")
    return {"strength": round(found.strength * 100)}, [told]
