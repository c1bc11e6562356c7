"""What a member can do next: commands, and the buttons and selects on what they see."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from playground.drive.options import GROUP, SUBCOMMAND
from playground.world.components import LINK, PREMIUM, SELECTS, Kind, walk
from playground.world.world import AFTER_DARK_ID, GALLERY_ID, STUDIO_ID

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from playground.wire import Json
    from playground.world.messages import Message
    from playground.world.world import User, World

USUAL = 5
EDITS = tuple(
    f"edit {name}" for name in ("inpaint", "outpaint", "erase", "replace", "recolour", "background")
)
OFTEN = {
    "imagine": 26,
    **dict.fromkeys(EDITS, 1),
    "settings": 7,
    "history": 7,
    "style save": 3,
    "style list": 2,
}
"""How often commands that everybody has are used beside each other, where not as usual."""

OF_MODERATORS = {
    "limits show": 3,
    "limits setup": 3,
    "limits audit": 1,
    "limits reports": 2,
    "limits words list": 1,
    "limits words test": 1,
    "mod grant": 2,
    "mod remove-credits": 1,
    "mod refund": 2,
    "mod show": 2,
    "mod report": 2,
    "mod audit": 4,
    "mod reset": 1,
}
MODERATORS, OPERATOR = ("rowan", "ada", "ines"), "ines"
MODERATES, AT_IT = 0.1, 0.7
"""How likely a turn is a moderator's, and a command of theirs one that others do not have."""

GUEST = "guest"
"""How the names of members begin who are there for load."""

REGULARS = 10
"""Members with a long history: the first of the guests."""

COMES_BACK = 0.25
"""How likely a turn is one of theirs."""

FOLLOWS = {
    "settings": "imagine",
    "animate_confirm": "jobs",
    "morph_draw": "jobs",
    "style save": "imagine",
}
"""What the same member mostly does next: what has just changed is tried, what runs is looked at."""

OF_OPERATORS = {"operator status": 5, "operator guilds": 5}
ALWAYS = {
    "imagine": (("prompt", "size", "count"), ("prompt", "size", "private"), ("prompt",)),
    "edit inpaint": (("image", "area"), ("image", "mask"), ("job",)),
    "edit erase": (("image", "area"), ("image", "mask"), ("job",)),
    "edit outpaint": (("image", "left"), ("job", "down", "prompt")),
    "edit replace": (("image",), ("job",)),
    "edit recolour": (("image",), ("job",)),
    "edit background": (("image",), ("job",)),
    "morph": (("size", "frames"),),
    "blend": (("image1", "image2", "size"),),
    "animate": (("image", "length"), ("prompt", "length")),
    "settings": (("ask_from",), ("ask_from", "private"), ("style",), ("count",), ()),
    "limits reports": (("channel",),),
}
"""Options of which a member gives one set each time: what is drawn stays small."""

CHANNELS = {STUDIO_ID: 16, GALLERY_ID: 3, AFTER_DARK_ID: 1}
SEEN = 40
"""How many of the newest messages a member looks at."""

FADES = 0.9
"""How much less likely each message is than the one after it."""

OWN = 8
"""How much likelier a message of one's own is than another member's."""


class Place(NamedTuple):
    """Who acts, and in which channel."""

    user: User
    channel_id: str


class Control(NamedTuple):
    """A button or a select on a message."""

    message: Message
    component: Json

    @property
    def action(self) -> str:
        """What it is for: the part of its id that is the same on every card."""
        return self.component["custom_id"].partition(":")[0]


def members_of(world: World) -> list[User]:
    """Everybody in the guild but the bots."""
    return [user for user in world.users.values() if not user.bot]


def regulars(world: World) -> list[User]:
    """The members with a long history."""
    guests = [user for user in members_of(world) if user.username.startswith(GUEST)]
    return guests[:REGULARS]


def place_of(world: World, chance: random.Random) -> Place:
    """Whose turn it is, and where: now and then a moderator's, who has most to press, or a
    regular's."""
    users, kind = members_of(world), chance.random()
    if kind < MODERATES:
        users = [user for user in users if user.username in MODERATORS]
    elif kind < MODERATES + COMES_BACK:
        users = regulars(world) or users
    (channel_id,) = chance.choices(list(CHANNELS), list(CHANNELS.values()))
    return Place(chance.choice(users), channel_id)


def of_everybody(commands: list[Json]) -> dict[str, int]:
    """The commands that every member has, whatever they are, with how often they are used."""
    names = [
        name
        for root in commands
        if root["type"] == 1 and root["default_member_permissions"] is None
        for name in _leaves(root)
    ]
    return {name: OFTEN.get(name, USUAL) for name in names}


def _leaves(command: Json) -> list[str]:
    groups = [one for one in command.get("options") or [] if one["type"] in (SUBCOMMAND, GROUP)]
    below = [f"{command['name']} {leaf}" for one in groups for leaf in _leaves(one)]
    return below or [command["name"]]


def command_of(username: str, offered: dict[str, int], chance: random.Random) -> str:
    """One of the commands that a member has beside those that are `offered` to everybody."""
    if username in MODERATORS and chance.random() < AT_IT:
        offered = OF_MODERATORS | (OF_OPERATORS if username == OPERATOR else {})
    (command,) = chance.choices(list(offered), list(offered.values()))
    return command


def leaf(commands: list[Json], path: str) -> list[Json]:
    """The options of a command, or of a subcommand."""
    options = commands
    for name in path.split():
        (found,) = [o for o in options if o["name"] == name and o["type"] in (1, SUBCOMMAND, GROUP)]
        options = found.get("options") or []
    return options


def control_of(
    world: World, place: Place, chance: random.Random, used: Counter[str]
) -> Control | None:
    """A button or select that the member sees: rather a new one, their own, and one of a kind
    that was not `used` much yet."""
    channel = world.channels[place.channel_id]
    seen = [*channel.messages.seen_by(place.user.id, SEEN)]
    controls: list[Control] = []
    weights: list[float] = []
    for age, message in enumerate(reversed(seen)):
        likely = FADES**age * (OWN if author_of(message) == place.user.id else 1)
        for component in controls_on(message):
            control = Control(message, component)
            controls.append(control)
            weights.append(likely / (1 + used[control.action]) ** 2)
    return chance.choices(controls, weights)[0] if controls else None


def controls_on(message: Message) -> Iterator[Json]:
    """The buttons and selects of a message that can be used."""
    for _, component in walk(message.components):
        kind = component["type"]
        is_button = kind == Kind.BUTTON and component["style"] not in (LINK, PREMIUM)
        if (is_button or kind in SELECTS) and not component.get("disabled"):
            yield component


def author_of(message: Message) -> str | None:
    """The id of the member who asked for a message of the bot's."""
    about = message.interaction_metadata
    return message.visible_to or (about["user"]["id"] if about else None)
