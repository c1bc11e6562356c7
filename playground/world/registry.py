"""The application's commands as Discord keeps them: global ones and each guild's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from playground.rules.commands import check_command, check_scope
from playground.wire import Json, Refusal, unknown_command

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.world.world import World

CREATES_PER_DAY = 200
DAY_S = 86_400.0

_OPTION_KEYS = (
    "choices",
    "channel_types",
    "min_value",
    "max_value",
    "min_length",
    "max_length",
)


class Registry:
    """Commands by scope; a scope is a guild's id, or None for the global ones."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._scopes: dict[str | None, dict[str, Json]] = {None: {}}
        self._created: dict[str | None, list[float]] = {}
        self.on_change: Callable[[], None] | None = None

    def all(self, scope: str | None) -> list[Json]:
        """The commands of one scope."""
        return list(self._scopes.get(scope, {}).values())

    def usable_in(self, guild_id: str | None) -> list[Json]:
        """The commands that a member can pick there; a guild's own shadow global namesakes."""
        merged = {_key(command): command for command in self.all(None)}
        if guild_id is not None:
            merged |= {_key(command): command for command in self.all(guild_id)}
        return list(merged.values())

    def find(self, guild_id: str | None, kind: int, name: str) -> Json | None:
        """A usable command by type and name."""
        for scope in (guild_id, None):
            for command in self._scopes.get(scope, {}).values():
                if _key(command) == (kind, name):
                    return command
        return None

    def get(self, scope: str | None, command_id: str) -> Json:
        """A command by its id, or Discord's refusal."""
        command = self._scopes.get(scope, {}).get(command_id)
        if command is None:
            raise unknown_command()
        return command

    def replace_all(self, scope: str | None, sent: list[Json]) -> list[Json]:
        """Bulk overwrite: unchanged commands keep id and version, missing ones are gone."""
        for index, command in enumerate(sent):
            check_command(command, (index,))
        check_scope(sent)
        before = {_key(command): command for command in self.all(scope)}
        fresh = sum((item.get("type") or 1, item["name"]) not in before for item in sent)
        self._count_creates(scope, fresh)
        after = [self._merge(scope, item, before) for item in sent]
        self._scopes[scope] = {command["id"]: command for command in after}
        self._changed()
        return after

    def upsert(self, scope: str | None, sent: Json) -> tuple[Json, bool]:
        """Create a command or overwrite its namesake; True when it was created."""
        check_command(sent, ())
        key = (sent.get("type") or 1, sent["name"])
        before = {_key(command): command for command in self.all(scope)}
        is_new = key not in before
        check_scope([*(c for k, c in before.items() if k != key), sent])
        self._count_creates(scope, int(is_new))
        command = self._merge(scope, sent, before)
        self._scopes.setdefault(scope, {})[command["id"]] = command
        self._changed()
        return command, is_new

    def patch(self, scope: str | None, command_id: str, sent: Json) -> Json:
        """Change some fields of a command."""
        before = self.get(scope, command_id)
        merged = before | sent | {"type": before["type"]}
        check_command(merged, ())
        others = [c for c in self.all(scope) if c["id"] != command_id]
        check_scope([*others, merged])
        after = self._normal(scope, merged) | {"id": command_id, "version": before["version"]}
        if after != before:
            after["version"] = self._world.ids.next()
        self._scopes[scope][command_id] = after
        self._changed()
        return after

    def delete(self, scope: str | None, command_id: str) -> None:
        """Remove a command."""
        self.get(scope, command_id)
        del self._scopes[scope][command_id]
        self._changed()

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()

    def _count_creates(self, scope: str | None, fresh: int) -> None:
        now = self._world.clock.now()
        recent = [at for at in self._created.get(scope, []) if at > now - DAY_S]
        if len(recent) + fresh > CREATES_PER_DAY:
            message = f"Max number of daily application command creates reached ({CREATES_PER_DAY})"
            raise Refusal(400, 30034, message)
        self._created[scope] = recent + [now] * fresh

    def _merge(self, scope: str | None, sent: Json, before: dict[Any, Json]) -> Json:
        after = self._normal(scope, sent)
        old = before.get(_key(after))
        if old is None:
            return {"id": self._world.ids.next(), "version": self._world.ids.next()} | after
        kept = {"id": old["id"], "version": old["version"]} | after
        return old if kept == old else kept | {"version": self._world.ids.next()}

    def _normal(self, scope: str | None, sent: Json) -> Json:
        """A command the way Discord gives it back."""
        kind = sent.get("type") or 1
        permissions = sent.get("default_member_permissions")
        command: Json = {
            "application_id": self._world.bot.id,
            "type": kind,
            "name": sent["name"],
            "name_localizations": sent.get("name_localizations") or None,
            "description": sent.get("description") or "",
            "description_localizations": sent.get("description_localizations") or None,
            "default_member_permissions": None if permissions is None else str(permissions),
            "nsfw": bool(sent.get("nsfw")),
            "contexts": _sorted(sent.get("contexts")),
            "integration_types": _sorted(sent.get("integration_types")) or [0],
            "dm_permission": sent.get("dm_permission") is not False,
        }
        if scope is not None:
            command["guild_id"] = scope
        if sent.get("options"):
            command["options"] = [_option(option) for option in sent["options"]]
        return command


def _key(command: Json) -> tuple[int, str]:
    return command["type"], command["name"]


def _sorted(values: list[int] | None) -> list[int] | None:
    return sorted(values) if values else None


def _option(sent: Json) -> Json:
    option: Json = {
        "type": sent["type"],
        "name": sent["name"],
        "name_localizations": sent.get("name_localizations") or None,
        "description": sent["description"],
        "description_localizations": sent.get("description_localizations") or None,
    }
    # Discord leaves out what is false, and what was sent as null or as an empty list.
    for flag in ("required", "autocomplete"):
        if sent.get(flag):
            option[flag] = True
    for name in _OPTION_KEYS:
        value = sent.get(name)
        if value is not None and value != []:
            option[name] = value
    nested = cast("list[Json]", sent.get("options") or [])
    if nested or sent["type"] in (1, 2):
        option["options"] = [_option(child) for child in nested]
    return option


def without_localizations(command: Json) -> Json:
    """A command as a list gives it when localizations were not asked for."""
    hidden = ("name_localizations", "description_localizations")
    shown = {key: value for key, value in command.items() if key not in hidden}
    for name in ("options", "choices"):
        if name in shown:
            shown[name] = [without_localizations(inner) for inner in shown[name]]
    return shown
