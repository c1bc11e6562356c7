"""Whom a message mentions, as far as `allowed_mentions` lets it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from playground.wire import Json
    from playground.world.world import World

_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_EVERYONE = re.compile(r"@(everyone|here)\b")


@dataclass(frozen=True, slots=True)
class Mentions:
    """The users and roles that are pinged, by id."""

    users: list[str]
    roles: list[str]
    everyone: bool


def mentioned(
    world: World,
    text: str,
    allowed: Json | None,
    *,
    may_ping_everyone: Callable[[], bool],
    replied_to: str | None = None,
) -> Mentions:
    """Resolve the mentions in a text (Discord's defaults when nothing is said of them)."""
    if "@" not in text and replied_to is None:
        return Mentions([], [], everyone=False)
    rules: Json = {"parse": ["users", "roles", "everyone"]} if allowed is None else allowed
    parse: list[str] = rules.get("parse") or []
    users = _pick(_USER.findall(text), "users" in parse, rules.get("users"))
    roles = _pick(_ROLE.findall(text), "roles" in parse, rules.get("roles"))
    everyone = "everyone" in parse and bool(_EVERYONE.search(text)) and may_ping_everyone()
    pings_author = allowed is None or bool(rules.get("replied_user"))
    if replied_to is not None and pings_author and replied_to not in users:
        users.append(replied_to)
    known_roles = {role for guild in world.guilds.values() for role in guild.roles}
    known_users = [key for key in users if key in world.users]
    return Mentions(known_users, [key for key in roles if key in known_roles], everyone)


def _pick(found: Iterable[str], all_of_them: bool, listed: list[Any] | None) -> list[str]:
    unique = list(dict.fromkeys(found))
    if all_of_them:
        return unique
    wanted = {str(key) for key in listed or []}
    return [key for key in unique if key in wanted]
