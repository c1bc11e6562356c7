"""What members type and choose: values for the options of commands and the fields of forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playground.drive.options import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    INTEGER,
    NUMBER,
    ROLE,
    STRING,
    USER,
)
from playground.world.components import SELECTS, Kind

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from playground.wire import Json

MARK = "quokka"
"""Stands in every prompt: the log of the bot must not have it."""

TEXTS = (
    f"a red lighthouse with a {MARK}",
    f"two foxes::2, {MARK}::-0.5",
    f"**bold** _{MARK}_ `code` ||hidden|| # heading",
    f"@everyone <@1> <#2> [{MARK}](https://example.com)",
    f"a {MARK} --count 2 --seed 7",
    f"a {MARK} --count 99",
    f"a {MARK}::1,5",
    f"{MARK} منارة حمراء",
    f"{MARK} " + "\N{FOX FACE}\N{ZERO WIDTH JOINER}" * 40,
    f"a {MARK} " * 150,
    f"a {MARK} --style noir",
    f"a {MARK} --style nowhere",
    f"a {MARK} --no hat",
    f"a {MARK} --glow 3",
    f"a {MARK} --count 16 --steps 150 --size 768x768",
    f"a {{red|blue}} {MARK}",
    f"\N{RIGHT-TO-LEFT OVERRIDE}{MARK}",
)
VALUES: dict[str, tuple[Any, ...]] = {
    "size": ("64x64", "64x64", "128x64", "1000x7", "wide"),
    "aspect": ("1:1", "16:9", "9:16", "7:"),
    "engine": ("painter", "nowhere"),
    "motion": ("calm", "wild", "300"),
    "count": (1, 1, 2, 3),
    "frames": (8, 8, 12),
    "length": (2, 2, 4),
    "ask_from": ("always", "always", "never", "1", "x"),
    "style": ("noir", "sea", "nowhere"),
    "name": ("noir", "sea", "Noir!", "two words"),
    "scope": ("member",),
}
PLAIN = 0.4
"""How likely a text has nothing about it that may be refused."""

INCLUDED = 0.1
"""How likely an option that may be left out is given."""


@dataclass(slots=True)
class Known:
    """What members can name: ids of people, places, roles, uploads and jobs."""

    members: list[str]
    channels: list[str]
    roles: list[str]
    uploads: list[str]
    jobs: list[str] = field(default_factory=lambda: ["zzzzzzzz"])


def options_of(
    options: Sequence[Json], chance: random.Random, known: Known, always: Sequence[str]
) -> Json:
    """Values for a command; what is required and what is `always` given is there."""
    return {
        option["name"]: _option(option, chance, known)
        for option in options
        if option.get("required") or option["name"] in always or chance.random() < INCLUDED
    }


def _option(option: Json, chance: random.Random, known: Known) -> Any:
    name, kind = option["name"], option["type"]
    if kind in (STRING, INTEGER) and name in VALUES:
        return chance.choice(VALUES[name])
    if choices := option.get("choices"):
        return chance.choice(choices)["value"]
    match kind:
        case k if k == INTEGER:
            return option.get("min_value", 0) + chance.randrange(8)
        case k if k == NUMBER:
            return chance.randint(1, 8) / 2
        case k if k == BOOLEAN:
            return chance.random() < 0.5
        case _:
            ids = {
                USER: known.members,
                CHANNEL: known.channels,
                ROLE: known.roles,
                ATTACHMENT: known.uploads,
            }
            if kind in ids:
                return chance.choice(ids[kind])
            return _job_or_text(option, chance, known)


def _job_or_text(option: Json, chance: random.Random, known: Known) -> str:
    if option["name"] in ("id", "job") or option["name"].startswith("result"):
        return chance.choice(known.jobs)
    return _text(option, chance)


def _text(field: Json, chance: random.Random) -> str:
    typed = TEXTS[0] if chance.random() < PLAIN else chance.choice(TEXTS)
    text = typed[: field.get("max_length") or 4000]
    return text.ljust(field.get("min_length") or 1, "x")


def answers_to(form: Sequence[Json], chance: random.Random, known: Known) -> Json:
    """What a member enters into a form: mostly what is there already."""
    inner = (one.get("component") or (one.get("components") or [None])[0] for one in form)
    return {one["custom_id"]: _answer(one, chance, known) for one in inner if one}


def _answer(component: Json, chance: random.Random, known: Known) -> Any:
    kind, keeps = component["type"], chance.random() < 0.7
    if kind == Kind.TEXT_INPUT:
        value = component.get("value") or ""
        is_needed = component.get("required") is not False
        return value if keeps and (value or not is_needed) else _text(component, chance)
    if kind == Kind.CHECKBOX:
        return chance.random() < 0.5
    if kind == Kind.RADIO_GROUP:
        return chance.choice(component["options"])["value"]
    return chosen(component, chance, known, keeps=keeps)


def chosen(
    component: Json, chance: random.Random, known: Known, *, keeps: bool = False
) -> list[str]:
    """Values for a select, a group of boxes or a field for files; `keeps` those that are set."""
    kind: int = component["type"]
    options: list[Json] = component.get("options") or []
    marked = [one["value"] for one in options if one.get("default")]
    marked += [one["id"] for one in component.get("default_values") or []]
    least = component.get("min_values")
    is_needed = kind in SELECTS or component.get("required") is not False
    least = (1 if is_needed else 0) if least is None else least
    if keeps and len(marked) >= least:
        return marked
    ids: dict[int, list[str]] = {
        Kind.USER_SELECT: known.members,
        Kind.ROLE_SELECT: known.roles,
        Kind.CHANNEL_SELECT: known.channels,
        Kind.FILE_UPLOAD: known.uploads,
    }
    offered = [one["value"] for one in options] or ids.get(kind, known.members)
    if len(marked) == 1 and len(offered) > 1 and kind in SELECTS:
        # Choosing what is chosen is not sent.
        offered = [one for one in offered if one not in marked]
    most = min(component.get("max_values") or 1, len(offered))
    return chance.sample(offered, chance.randint(min(least, most), most))
