"""Discord's JSON objects for what the world holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.world.messages import REPLY, MessageFlag
from playground.world.snowflakes import iso
from playground.world.world import DIRECT

if TYPE_CHECKING:
    from playground.cdn import Cdn
    from playground.wire import Json
    from playground.world.messages import Message
    from playground.world.world import Channel, Guild, Member, Role, User, World

_ABSENT = (
    *("icon", "description", "home_header", "splash", "discovery_splash", "banner"),
    *("application_id", "afk_channel_id", "system_channel_id", "widget_channel_id"),
    *("max_presences", "vanity_url_code", "rules_channel_id", "safety_alerts_channel_id"),
    *("public_updates_channel_id", "incidents_data"),
)
_ZERO = (
    *("system_channel_flags", "verification_level", "default_message_notifications"),
    *("mfa_level", "explicit_content_filter", "premium_subscription_count", "nsfw_level"),
)
"""What a guild object promises to have, and this guild does not use."""

_FORWARDED = (
    *("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags"),
    *("mentions", "mention_roles", "components"),
)


def user(account: User) -> Json:
    """A user object."""
    body: Json = {
        "id": account.id,
        "username": account.username,
        "discriminator": "0000" if account.bot else "0",
        "global_name": None if account.bot else account.name,
        "avatar": None,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }
    if account.bot:
        body["bot"] = True
    return body


def member(someone: Member, granted: int | None = None) -> Json:
    """A member object with its user; `granted` adds the permissions in some channel."""
    body = partial_member(someone, granted)
    body["user"] = user(someone.user)
    return body


def partial_member(someone: Member, granted: int | None = None) -> Json:
    """A member object without its user, as in resolved data."""
    body: Json = {
        "roles": list(someone.roles),
        "nick": None,
        "avatar": None,
        "banner": None,
        "joined_at": iso(someone.joined_at),
        "premium_since": None,
        "communication_disabled_until": None,
        "pending": False,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }
    if granted is not None:
        body["permissions"] = str(granted)
    return body


def role(one: Role) -> Json:
    """A role object."""
    return {
        "id": one.id,
        "name": one.name,
        "description": None,
        "permissions": str(one.permissions),
        "position": one.position,
        "color": one.color,
        "colors": {"primary_color": one.color, "secondary_color": None, "tertiary_color": None},
        "hoist": one.color != 0,
        "managed": one.managed,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def channel(place: Channel, granted: int | None = None) -> Json:
    """A channel object; `granted` adds the permissions of whoever asks."""
    if place.type == DIRECT:
        recipient = place.recipient
        people = [] if recipient is None else [user(recipient)]
        return {"id": place.id, "type": DIRECT, "flags": 0, "recipients": people}
    body: Json = {
        "id": place.id,
        "type": place.type,
        "guild_id": place.guild_id,
        "name": place.name,
        "topic": place.topic,
        "nsfw": place.nsfw,
        "position": place.position,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "flags": 0,
        "permission_overwrites": [
            {
                "id": key,
                "type": int(rule.is_member),
                "allow": str(rule.allow),
                "deny": str(rule.deny),
            }
            for key, rule in place.overwrites.items()
        ],
    }
    if granted is not None:
        body["permissions"] = str(granted)
    return body


def guild(one: Guild) -> Json:
    """A guild object without its members and channels."""
    absent: Json = dict.fromkeys(_ABSENT)
    numbers: Json = dict.fromkeys(_ZERO, 0)
    own: Json = {
        "id": one.id,
        "name": one.name,
        "owner_id": one.owner_id,
        "region": "us-east",
        "afk_timeout": 300,
        "widget_enabled": False,
        "features": [],
        "roles": [role(r) for r in one.roles.values()],
        "emojis": [],
        "stickers": [],
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "preferred_locale": one.locale,
        "premium_tier": one.premium_tier,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
    }
    return absent | numbers | own


def guild_create(world: World, one: Guild) -> Json:
    """A guild as the gateway announces it; without the members intent only the bot is named."""
    bot = one.members[world.bot.id]
    return guild(one) | {
        "unavailable": False,
        "large": False,
        "joined_at": iso(bot.joined_at),
        "member_count": len(one.members),
        "members": [member(bot)],
        "channels": [channel(place) for place in one.channels.values()],
        "threads": [],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def message(world: World, cdn: Cdn, one: Message) -> Json:
    """A message object as the REST API gives it."""
    cdn.refresh(one)
    body: Json = {
        "id": one.id,
        "channel_id": one.channel_id,
        "type": one.type,
        "author": user(world.users[one.author_id]),
        "content": one.content,
        "timestamp": iso(one.created_at),
        "edited_timestamp": None if one.edited_at is None else iso(one.edited_at),
        "tts": one.tts,
        "mention_everyone": one.mention_everyone,
        "mentions": [user(world.users[key]) for key in one.mentions],
        "mention_roles": one.mention_roles,
        "attachments": [cdn.payload(a) for a in one.attachments],
        "embeds": one.embeds,
        "components": one.components,
        "flags": one.flags,
        "pinned": False,
    }
    optional: dict[str, Any] = {
        "nonce": one.nonce,
        "message_reference": one.reference,
        "message_snapshots": one.snapshots,
        "interaction_metadata": one.interaction_metadata,
        "webhook_id": one.webhook_id,
        "application_id": one.author_id if one.author_id == world.bot.id else None,
    }
    body.update((key, value) for key, value in optional.items() if value is not None)
    if one.type == REPLY:
        body["referenced_message"] = _referenced(world, cdn, one)
    return body


def _referenced(world: World, cdn: Cdn, one: Message) -> Json | None:
    """The message that a reply answers, without what that one answers in its turn."""
    place = world.channels.get(one.channel_id)
    target = str((one.reference or {}).get("message_id"))
    found = None if place is None else place.messages.get(target)
    if found is None:
        return None
    body = message(world, cdn, found)
    body.pop("referenced_message", None)
    return body


def snapshot(world: World, cdn: Cdn, one: Message) -> Json:
    """What a forward shows of the message it forwards."""
    body = message(world, cdn, one)
    return {"message": {key: body[key] for key in _FORWARDED}}


def message_for_page(world: World, cdn: Cdn, one: Message) -> Json:
    """A message object with the two marks that the page shows."""
    body = message(world, cdn, one)
    if one.visible_to is not None:
        body["ephemeral"] = True
    if one.has(MessageFlag.LOADING):
        body["thinking"] = True
    return body


def message_event(world: World, cdn: Cdn, one: Message, place: Channel, content: bool) -> Json:
    """A message as the gateway dispatches it; without the content intent, what others wrote is
    hidden."""
    body = message(world, cdn, one)
    body["channel_type"] = place.type
    if place.guild_id is not None:
        body["guild_id"] = place.guild_id
        someone = world.guilds[place.guild_id].members.get(one.author_id)
        if someone is not None:
            body["member"] = partial_member(someone)
    own = one.author_id == world.bot.id or world.bot.id in one.mentions
    if not content and not own and place.type != DIRECT:
        body |= {"content": "", "embeds": [], "attachments": [], "components": []}
    return body
