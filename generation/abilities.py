"""What an engine is able to do beside drawing words, and which of those offered can instead."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from generation.errors import BadRequest
from sentences import Sentence, message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generation.catalogue.catalogue import Engine

MAX_NAMES = 6
"""How many other engines a refusal names."""


MASKS = (message("{engine} takes no mask"), message("{engine} takes no mask; {others} can"))


STARTS = (
    message("{engine} cannot start from a picture"),
    message("{engine} cannot start from a picture; {others} can"),
)


CONTROLS = (
    message("{engine} follows no control picture"),
    message("{engine} follows no control picture; {others} can"),
)


BLENDS = (
    message("{engine} blends no pictures"),
    message("{engine} blends no pictures; {others} can"),
)
"""What an engine does not do, and the same where others do."""


def validate_start(
    engine: Engine, offered: Iterable[Engine], *, has_image: bool, has_mask: bool
) -> None:
    """Whether the engine starts from a picture, with a mask or without, before there is one.

    Raises:
        BadRequest: names those of the offered engines that do.
    """
    if can_start(engine, has_image=has_image, has_mask=has_mask):
        return
    if has_mask:
        raise BadRequest("mask", _others(MASKS, engine, offered, "mask"))
    raise BadRequest("image", _others(STARTS, engine, offered, "init_image"))


def can_start(engine: Engine, *, has_image: bool, has_mask: bool) -> bool:
    """Whether the engine starts from what there is: words, a picture, or one with a mask."""
    if has_mask:
        return engine.mask
    return engine.init_image or not has_image


def find_able(
    default: Engine, offered: Iterable[Engine], *, has_image: bool, has_mask: bool
) -> Engine:
    """What draws where no engine is named: the default, or the first of its service that can."""
    if can_start(default, has_image=has_image, has_mask=has_mask):
        return default
    able = (
        engine
        for engine in offered
        if (engine.kind, engine.transport) == (default.kind, default.transport)
        and can_start(engine, has_image=has_image, has_mask=has_mask)
    )
    return next(able, default)


def find_blending(default: Engine | None, offered: Iterable[Engine]) -> Engine | None:
    """What blends where no engine is named: the default, or the first that does."""
    if default is not None and default.blends:
        return default
    return next((engine for engine in offered if engine.blends), None)


def validate_control(engine: Engine, offered: Iterable[Engine], kind: str) -> None:
    """Whether the engine follows control pictures of that kind, before there is one.

    Raises:
        BadRequest: names the kinds that it has, or the offered engines that have that one.
    """
    if kind in engine.controls:
        return
    if engine.controls:
        raise BadRequest("control_kind", no_control(engine, kind))
    able = (other for other in offered if not kind or kind in other.controls)
    raise BadRequest("control", _others(CONTROLS, engine, able, "controls"))


def validate_blending(engine: Engine, offered: Iterable[Engine]) -> None:
    """Whether the engine mixes several pictures into one.

    Raises:
        BadRequest: names those of the offered engines that do.
    """
    if not engine.blends:
        raise BadRequest("image", _others(BLENDS, engine, offered, "blends"))


def _others(
    problem: tuple[str, str], engine: Engine, offered: Iterable[Engine], feature: str
) -> Sentence:
    able = [other for other in offered if other.kind == engine.kind and getattr(other, feature)]
    # Those of the same service first: who has chosen one of them means it.
    able.sort(key=lambda other: other.transport != engine.transport)
    alone, with_others = problem
    if not able:
        return Sentence(alone, engine=engine.id)
    return Sentence(
        with_others, engine=engine.id, others=", ".join(other.id for other in able[:MAX_NAMES])
    )


def no_control(engine: Engine, kind: str) -> Sentence:
    """Why control pictures of that kind are of no use to the engine."""
    if not engine.controls:
        return Sentence(
            "{engine} has no control of the kind {kind}; it has none",
            engine=engine.id,
            kind=kind[:40],
        )
    return Sentence(
        "{engine} has no control of the kind {kind}; it has {known}",
        engine=engine.id,
        kind=kind[:40],
        known=", ".join(engine.controls),
    )


def validate_lora(engine: Engine, offered: Iterable[Engine], name: str) -> None:
    """Whether the engine has a LoRA of that name.

    Raises:
        BadRequest: says why it cannot be used, which offered engine has it, or the nearest names.
    """
    if name in engine.loras:
        return
    shown = name[:60]
    reason = dict(engine.unusable_loras).get(name)
    if reason is not None:
        raise BadRequest(
            "lora",
            Sentence(
                "{lora} cannot be used with {engine}: {reason}",
                lora=shown,
                engine=engine.id,
                reason=reason,
            ),
        )
    if engine.has_more_adapters:
        return
    raise BadRequest("lora", _no_lora(engine, offered, name))


def _no_lora(engine: Engine, offered: Iterable[Engine], name: str) -> Sentence:
    """What is there instead: an engine that has it, the nearest names, or all that it has."""
    values: dict[str, object] = {"engine": engine.id, "lora": name[:60]}
    having = [other.id for other in offered if name in other.loras]
    if having:
        others = ", ".join(having[:MAX_NAMES])
        return Sentence("{engine} has no LoRA {lora}; {others} has it", **values, others=others)
    if near := _nearest(name, engine.loras):
        names = Sentence("{one} or {other}", one=near[0], other=near[1]) if near[1:] else near[0]
        return Sentence(
            "{engine} has no LoRA {lora}; did you mean {nearest}?", **values, nearest=names
        )
    if not engine.loras:
        return Sentence("{engine} has no LoRA {lora}; it has none", **values)
    known = ", ".join(engine.loras[:MAX_NAMES])
    return Sentence("{engine} has no LoRA {lora}; it has {known}", **values, known=known)


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    """Up to three known names that are like it, whatever their case."""
    by_small = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(name.casefold(), by_small, n=3, cutoff=0.4)
    return [by_small[small] for small in near]
