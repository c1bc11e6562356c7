"""The servers that the playground plays, with their channels, members and roles."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from playground.wire import unknown_channel, unknown_guild, unknown_user
from playground.world.messages import MessageLog
from playground.world.permissions import (
    ADMINISTRATOR,
    ALL,
    BOT,
    DIRECT_MESSAGE,
    EVERYONE,
    MODERATOR,
    Permission,
)
from playground.world.snowflakes import Clock, Snowflakes

_FOUNDED = 289_224_000_000 << 22


def fixed_id(number: int) -> str:
    """An id that is the same in every playground, so that a bot's database stays valid."""
    return str(_FOUNDED + (number * 1000 << 22))


APPLICATION_ID = fixed_id(1)
GUILD_ID = fixed_id(2)
OWNER_ID = fixed_id(10)
MINA_ID = fixed_id(11)
JUN_ID = fixed_id(12)
ROWAN_ID = fixed_id(13)
ADA_ID = fixed_id(14)
STUDIO_ID = fixed_id(20)
GALLERY_ID = fixed_id(21)
AFTER_DARK_ID = fixed_id(22)
READ_ONLY_ID = fixed_id(23)

TEXT, DIRECT = 0, 1
LOCALE = "en-US"
"""The language of a person or a server that chose none."""


@dataclass(slots=True, eq=False)
class User:
    """An account, of a person or of the bot."""

    id: str
    username: str
    name: str
    bot: bool = False
    avatar_color: str = "#5865f2"
    locale: str = LOCALE


@dataclass(slots=True, eq=False)
class Role:
    """A role with its colour (0xRRGGBB) and permission bits."""

    id: str
    name: str
    permissions: int
    color: int = 0
    position: int = 0
    managed: bool = False


@dataclass(slots=True, eq=False)
class Overwrite:
    """What a channel allows and denies to a role or a member."""

    allow: int = 0
    deny: int = 0
    is_member: bool = False


@dataclass(slots=True, eq=False)
class Member:
    """A user's membership of one guild."""

    user: User
    roles: list[str] = field(default_factory=list[str])
    joined_at: float = 1_709_294_400.0


@dataclass(slots=True, eq=False)
class Channel:
    """A text channel, or the direct messages between the bot and one user."""

    id: str
    name: str
    guild_id: str | None
    messages: MessageLog
    type: int = TEXT
    topic: str | None = None
    nsfw: bool = False
    position: int = 0
    overwrites: dict[str, Overwrite] = field(default_factory=dict[str, Overwrite])
    recipient: User | None = None
    is_locked: bool = False
    """As an archived and locked thread: nothing in it can be posted or edited."""


@dataclass(slots=True, eq=False)
class Guild:
    """A guild; the role with the guild's own id is @everyone."""

    id: str
    name: str
    owner_id: str
    roles: dict[str, Role]
    members: dict[str, Member]
    channels: dict[str, Channel]
    premium_tier: int = 0
    locale: str = LOCALE


class World:
    """Everybody and every place that the playground knows; `keep` messages per channel stay.

    `guests` are members without a role of their own, for load: guest1, guest2 and so on.
    `attachment_size_limit` in bytes stands above what any guild's boost tier allows.
    """

    def __init__(self, clock: Clock, guilds: int = 1, keep: int = 10_000, guests: int = 0) -> None:
        self.clock = clock
        self.ids = Snowflakes(clock)
        self.keep = keep
        self.attachment_size_limit: int | None = None
        self.bot = User(APPLICATION_ID, "atelier", "Atelier", bot=True, avatar_color="#c2410c")
        self.users = {user.id: user for user in (self.bot, *_people(), *_guests(guests))}
        self.guilds: dict[str, Guild] = {}
        self.channels: dict[str, Channel] = {}
        self._direct: dict[str, Channel] = {}
        self._numbers = itertools.count()
        for _ in range(guilds):
            self.found_guild()

    @property
    def guild(self) -> Guild:
        """The first guild, where the page plays."""
        return next(iter(self.guilds.values()))

    def find_guild(self, guild_id: str) -> Guild:
        """The guild with this id, or Discord's refusal."""
        if (guild := self.guilds.get(guild_id)) is None:
            raise unknown_guild()
        return guild

    def find_channel(self, channel_id: str) -> Channel:
        """The channel with this id, or Discord's refusal."""
        if (channel := self.channels.get(channel_id)) is None:
            raise unknown_channel()
        return channel

    def find_user(self, user_id: str) -> User:
        """The user with this id, or Discord's refusal."""
        if (user := self.users.get(user_id)) is None:
            raise unknown_user()
        return user

    def guild_of(self, channel: Channel) -> Guild | None:
        """The guild of a channel; None for direct messages."""
        return None if channel.guild_id is None else self.guilds[channel.guild_id]

    def direct_channel(self, user: User) -> Channel:
        """The direct messages between the bot and a user, opened when they do not exist."""
        channel = self._direct.get(user.id)
        if channel is None:
            log = MessageLog(self.keep)
            channel = Channel(self.ids.next(), user.name, None, log, type=DIRECT, recipient=user)
            self._direct[user.id] = self.channels[channel.id] = channel
        return channel

    def permissions_of(self, user: User, channel: Channel) -> int:
        """What a user may do in a channel; 0 where they are not even let in."""
        guild = self.guild_of(channel)
        if guild is None:
            ours = user.bot or user is channel.recipient
            return DIRECT_MESSAGE if ours else 0
        member = guild.members.get(user.id)
        return 0 if member is None else in_channel(guild, member, channel)

    def found_guild(self, owner_id: str = OWNER_ID) -> Guild:
        """One more guild, with the same people and rooms, that the bot was invited to.

        Ines, who owns the application, is an administrator where she is not the owner.
        """
        number = next(self._numbers)
        base = 1000 * number
        guild_id = fixed_id(2 + base)
        roles = {role.id: role for role in _roles(guild_id, base)}
        moderator, painter, bot, administrator = (fixed_id(n + base) for n in (31, 32, 33, 34))
        belongs = {
            MINA_ID: [painter],
            ROWAN_ID: [moderator],
            ADA_ID: [administrator],
            APPLICATION_ID: [bot],
        }
        if owner_id != OWNER_ID:
            belongs[OWNER_ID] = [administrator]
        members = {u.id: Member(u, belongs.get(u.id, [])) for u in self.users.values()}
        name = "Atelier" if number == 0 else f"Atelier {number + 1}"
        channels = {c.id: c for c in self._rooms(guild_id, base, bot)}
        guild = Guild(guild_id, name, owner_id, roles, members, channels)
        self.guilds[guild_id] = guild
        self.channels.update(channels)
        return guild

    def leave_guild(self, guild: Guild) -> None:
        """Take a guild away, as when somebody removes the bot from it."""
        del self.guilds[guild.id]
        for channel_id in guild.channels:
            del self.channels[channel_id]

    def _rooms(self, guild_id: str, base: int, bot_role: str) -> list[Channel]:
        position = itertools.count()

        def room(number: int, name: str, topic: str, nsfw: bool = False) -> Channel:
            log = MessageLog(self.keep)
            where = next(position)
            channel = Channel(fixed_id(number + base), name, guild_id, log, position=where)
            channel.topic, channel.nsfw = topic, nsfw
            return channel

        rooms = [
            room(20, "studio", "Make something"),
            room(21, "gallery", "What came out well"),
            room(22, "after-dark", "Age-restricted", nsfw=True),
            room(23, "read-only", "The bot may look here, but not speak"),
        ]
        mute = Permission.SEND_MESSAGES | Permission.ATTACH_FILES
        rooms[-1].overwrites[bot_role] = Overwrite(deny=mute)
        return rooms


def _people() -> list[User]:
    return [
        User(OWNER_ID, "ines", "Ines", avatar_color="#64748b"),
        User(MINA_ID, "mina", "Mina", avatar_color="#db2777"),
        User(JUN_ID, "jun", "Jun", avatar_color="#0891b2"),
        User(ROWAN_ID, "rowan", "Rowan", avatar_color="#65a30d"),
        User(ADA_ID, "ada", "Ada", avatar_color="#7c3aed"),
    ]


def _guests(count: int) -> list[User]:
    numbers = range(1, count + 1)
    return [User(fixed_id(500 + n), f"guest{n}", f"Guest {n}") for n in numbers]


def _roles(guild_id: str, base: int) -> list[Role]:
    return [
        Role(guild_id, "@everyone", EVERYONE),
        Role(fixed_id(31 + base), "Moderator", MODERATOR, 0x2ECC71, 3),
        Role(fixed_id(32 + base), "Painter", 0, 0xE67E22, 1),
        Role(fixed_id(33 + base), "Atelier", BOT, 0xC2410C, 2, managed=True),
        Role(fixed_id(34 + base), "Administrator", ADMINISTRATOR, 0x9B59B6, 4),
    ]


def in_guild(guild: Guild, member: Member) -> int:
    """The permissions that a member's roles give, before any channel's overwrites."""
    if member.user.id == guild.owner_id:
        return ALL
    granted = guild.roles[guild.id].permissions
    for role_id in member.roles:
        granted |= guild.roles[role_id].permissions
    return ALL if granted & Permission.ADMINISTRATOR else granted


def in_channel(guild: Guild, member: Member, channel: Channel) -> int:
    """The permissions of a member in a channel, by Discord's documented order of overwrites."""
    granted = in_guild(guild, member)
    overwrites = channel.overwrites
    if overwrites and granted != ALL:
        for keys in ((guild.id,), tuple(member.roles), (member.user.id,)):
            found = [overwrites[key] for key in keys if key in overwrites]
            for overwrite in found:
                granted &= ~overwrite.deny
            for overwrite in found:
                granted |= overwrite.allow
    return granted if granted & Permission.VIEW_CHANNEL else 0
