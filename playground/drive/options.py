"""What Discord's client does with a slash command: checks the options and builds the data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from playground.world import payloads

if TYPE_CHECKING:
    from playground.cdn import Cdn
    from playground.wire import Json
    from playground.world.world import Channel, Guild, World

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE = 1, 2, 3, 4, 5, 6, 7, 8
MENTIONABLE, NUMBER, ATTACHMENT = 9, 10, 11
LARGEST = 2**53


class DriveError(Exception):
    """Something that Discord's client would not let a member do, in one sentence."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


@dataclass(slots=True)
class Resolver:
    """Looks up what options and selects point at, and gathers Discord's resolved data."""

    world: World
    cdn: Cdn
    channel: Channel
    data: Json = field(default_factory=dict[str, Any])

    @property
    def guild(self) -> Guild | None:
        return self.world.guild_of(self.channel)

    def user(self, key: str) -> bool:
        """Resolve a user, and their membership where there is one."""
        user = self.world.users.get(key)
        if user is None:
            return False
        self.data.setdefault("users", {})[key] = payloads.user(user)
        guild = self.guild
        if guild is not None and key in guild.members:
            granted = self.world.permissions_of(user, self.channel)
            partial = payloads.partial_member(guild.members[key], granted)
            self.data.setdefault("members", {})[key] = partial
        return True

    def role(self, key: str) -> bool:
        """Resolve a role of this guild."""
        role = None if self.guild is None else self.guild.roles.get(key)
        if role is None:
            return False
        self.data.setdefault("roles", {})[key] = payloads.role(role)
        return True

    def place(self, key: str, types: list[int] | None) -> bool:
        """Resolve a channel of this guild, of one of the types."""
        channel = None if self.guild is None else self.guild.channels.get(key)
        if channel is None or (types and channel.type not in types):
            return False
        granted = self.world.permissions_of(self.world.bot, channel)
        self.data.setdefault("channels", {})[key] = payloads.channel(channel, granted)
        return True

    def attachment(self, key: str) -> bool:
        """Resolve an upload."""
        attachment = self.cdn.get(key)
        if attachment is None:
            return False
        self.data.setdefault("attachments", {})[key] = self.cdn.payload(attachment)
        return True


def descend(command: Json, path: list[str]) -> tuple[list[Json], list[Json]]:
    """The options at the end of a subcommand path, and the path's own option objects."""
    options: list[Json] = command.get("options") or []
    steps: list[Json] = []
    for name in path:
        nested = [o for o in options if o["type"] in (SUBCOMMAND, GROUP) and o["name"] == name]
        if not nested:
            raise DriveError(f"/{command['name']} has no subcommand {name}.")
        steps.append(nested[0])
        options = nested[0].get("options") or []
    if any(option["type"] in (SUBCOMMAND, GROUP) for option in options):
        raise DriveError(f"/{command['name']} needs a subcommand.")
    return options, steps


def command_data(
    command: Json,
    path: list[str],
    given: Json,
    resolver: Resolver,
    focused: str | None = None,
) -> Json:
    """The interaction data of a slash command; `focused` makes it an autocomplete request."""
    options, steps = descend(command, path)
    known = {option["name"]: option for option in options}
    for name in [*given, *([] if focused is None else [focused])]:
        if name not in known:
            raise DriveError(f"There is no option {name}.")
    filled = [
        _filled(option, given, resolver, focused)
        for option in options
        if option["name"] in given or option["name"] == focused
    ]
    if focused is None:
        for option in options:
            if option.get("required") and option["name"] not in given:
                raise DriveError(f"The option {option['name']} is required.")
    for step in reversed(steps):
        filled = [{"name": step["name"], "type": step["type"], "options": filled}]
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    if filled:
        data["options"] = filled
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    if resolver.data:
        data["resolved"] = resolver.data
    return data


def _filled(option: Json, given: Json, resolver: Resolver, focused: str | None) -> Json:
    name, kind = option["name"], option["type"]
    value = given.get(name, "")
    filled: Json = {"name": name, "type": kind, "value": value}
    if name == focused:
        # What is being typed is sent as it stands, whatever the option's type.
        return filled | {"value": str(value), "focused": True}
    if focused is None:
        complaint = _complaint(option, value, resolver)
        if complaint is not None:
            raise DriveError(f"{name}: {complaint}")
    return filled


def _complaint(option: Json, value: Any, resolver: Resolver) -> str | None:
    kind = option["type"]
    if kind == STRING:
        return _text_complaint(option, value)
    if kind in (INTEGER, NUMBER):
        return _number_complaint(option, value)
    if kind == BOOLEAN:
        return None if isinstance(value, bool) else "choose true or false."
    if not isinstance(value, str):
        return "an id is needed."
    found = {
        USER: lambda: resolver.user(value),
        ROLE: lambda: resolver.role(value),
        MENTIONABLE: lambda: resolver.user(value) or resolver.role(value),
        CHANNEL: lambda: resolver.place(value, option.get("channel_types")),
        ATTACHMENT: lambda: resolver.attachment(value),
    }[kind]()
    return None if found else "there is no such thing here."


def _text_complaint(option: Json, value: Any) -> str | None:
    if not isinstance(value, str):
        return "a text is needed."
    at_least, at_most = option.get("min_length") or 0, option.get("max_length") or 6000
    if not value and not at_least:
        at_least = 1
    if not at_least <= len(value) <= at_most:
        return f"the text must have {at_least} to {at_most} characters."
    return _choice_complaint(option, value)


def _number_complaint(option: Json, value: Any) -> str | None:
    wanted = int if option["type"] == INTEGER else (int, float)
    if not isinstance(value, wanted) or isinstance(value, bool) or abs(value) > LARGEST:
        return "a number is needed." if option["type"] == NUMBER else "a whole number is needed."
    at_least, at_most = option.get("min_value"), option.get("max_value")
    if at_least is not None and value < at_least:
        return f"the smallest value is {at_least}."
    if at_most is not None and value > at_most:
        return f"the largest value is {at_most}."
    return _choice_complaint(option, value)


def _choice_complaint(option: Json, value: Any) -> str | None:
    choices = cast("list[Json]", option.get("choices") or [])
    if choices and value not in [choice["value"] for choice in choices]:
        return "choose one of the offered values."
    return None
