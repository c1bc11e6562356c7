"""Discord's rules for the body of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.cdn import stored_name
from playground.rules.components import COLORS, ComponentRules
from playground.rules.fields import Fields
from playground.wire import ErrorTree, Json, empty_message
from playground.world.messages import MessageFlag

if TYPE_CHECKING:
    from playground.rest.bodies import Body
    from playground.world.messages import Message

MAX_CONTENT = 2000
MAX_EMBEDS, MAX_EMBED_TEXT = 10, 6000
MAX_ATTACHMENTS = 10
_V2 = MessageFlag.IS_COMPONENTS_V2
_MENTION_TYPES = ("users", "roles", "everyone")


def check_message(body: Body, before: Message | None) -> None:
    """Refuse a new message (`before` None) or an edit that Discord would refuse."""
    data, errors = body.object(), ErrorTree()
    fields = Fields(errors, body.path, data)
    v2 = _is_v2(data, before)
    fields.text("content", 0, MAX_CONTENT)
    fields.integer("flags", 0, 2**31 - 1)
    fields.boolean("tts")
    _nonce(fields)
    _embeds(fields)
    _allowed_mentions(fields)
    names = _attachments(fields, body, before)
    if data.get("components"):
        ComponentRules(names, v2=v2).check(fields)
    fields.forbid("poll", "The playground plays no polls")
    fields.forbid("sticker_ids", "The playground has no stickers")
    if v2:
        _no_legacy_fields(fields, before)
    errors.raise_if_any()
    if _is_empty(body, before, v2=v2):
        raise empty_message()


def _is_v2(data: Json, before: Message | None) -> bool:
    flags = data.get("flags")
    asked = isinstance(flags, int) and bool(flags & _V2)
    return asked or (before is not None and before.has(_V2))


def _no_legacy_fields(fields: Fields, before: Message | None) -> None:
    text = "The message was sent with IS_COMPONENTS_V2 and cannot have this field"
    code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
    for name in ("content", "embeds"):
        given = fields.data.get(name)
        if name not in fields.data and before is not None:
            given = before.content if name == "content" else before.embeds
        if given:
            fields.fault(name, code, text)


def _is_empty(body: Body, before: Message | None, *, v2: bool) -> bool:
    data = body.object()

    def after(name: str, old: object) -> bool:
        value = data.get(name) if name in data else old
        return bool(value.strip() if isinstance(value, str) else value)

    if v2:
        return not after("components", before.components if before else [])
    content = after("content", before.content if before else "")
    embeds = after("embeds", before.embeds if before else [])
    files = bool(body.files) or after("attachments", before.attachments if before else [])
    forwarded = before is not None and before.snapshots is not None
    return not (content or embeds or files or forwarded)


def _nonce(fields: Fields) -> None:
    fields.boolean("enforce_nonce")
    nonce = fields.data.get("nonce")
    if nonce is None or (isinstance(nonce, int) and not isinstance(nonce, bool)):
        return
    fields.text("nonce", 0, 25)


def _embeds(fields: Fields) -> None:
    characters = 0
    for embed in fields.objects("embeds", 0, MAX_EMBEDS):
        characters += _embed(embed)
        if not any(name not in ("type", "color") for name in embed.data):
            embed.fault("description", "BASE_TYPE_REQUIRED", "This field is required")
    if characters > MAX_EMBED_TEXT:
        text = f"Embed size exceeds maximum size of {MAX_EMBED_TEXT}"
        fields.fault("embeds", "MAX_EMBED_SIZE_EXCEEDED", text)


def _embed(embed: Fields) -> int:
    """Check one embed; the characters that count towards the sum over all of them."""
    embed.integer("color", 0, COLORS)
    embed.web_address("url")
    for name in ("image", "thumbnail"):
        picture = embed.inner(name)
        if picture is not None:
            picture.web_address("url", "attachment://")
    characters = _counted(embed, "title", 0, 256) + _counted(embed, "description", 0, 4096)
    footer, author = embed.inner("footer"), embed.inner("author")
    if footer is not None:
        characters += _counted(footer, "text", 0, 2048)
        footer.web_address("icon_url", "attachment://")
    if author is not None:
        author.require("name")
        characters += _counted(author, "name", 1, 256)
        author.web_address("url")
        author.web_address("icon_url", "attachment://")
    for field in embed.objects("fields", 0, 25):
        field.require("name")
        field.require("value")
        field.boolean("inline")
        characters += _counted(field, "name", 1, 256) + _counted(field, "value", 1, 1024)
    return characters


def _counted(fields: Fields, name: str, at_least: int, at_most: int) -> int:
    fields.text(name, at_least, at_most)
    value = fields.data.get(name)
    return len(value) if isinstance(value, str) else 0


def _allowed_mentions(fields: Fields) -> None:
    rules = fields.inner("allowed_mentions")
    if rules is None:
        return
    parse = rules.items("parse", 0, len(_MENTION_TYPES))
    for index, kind in enumerate(parse):
        if kind not in _MENTION_TYPES:
            text = f"Value must be one of {_MENTION_TYPES}."
            rules.errors.add((*rules.path, "parse", index), "BASE_TYPE_CHOICES", text)
    for name in ("users", "roles"):
        listed = rules.items(name, 0, 100)
        if listed and name in parse:
            text = f'parse:["{name}"] and {name}: [ids...] are mutually exclusive.'
            rules.fault(name, "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", text)
        if len({str(key) for key in listed}) != len(listed):
            rules.fault(name, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set has duplicates")


def _attachments(fields: Fields, body: Body, before: Message | None) -> set[str]:
    """The names that components may refer to, after this request."""
    old = {a.id: a.filename for a in before.attachments} if before is not None else {}
    listed = "attachments" in fields.data and fields.data["attachments"] is not None
    notes: dict[str, Json] = {}
    for note in fields.objects("attachments", 0, MAX_ATTACHMENTS):
        note.text("description", 0, 1024)
        note.text("filename", 1, 1024)
        if not note.require("id"):
            continue
        key = str(note.data["id"])
        if key in notes or not (key in old or (key.isdecimal() and int(key) in body.files)):
            text = "The attachment was neither uploaded nor is it on the message"
            note.fault("id", "ATTACHMENT_NOT_FOUND", text)
        notes[key] = note.data
    kept = [key for key in old if not listed or key in notes]
    names = {old[key] for key in kept}
    for number, file in body.files.items():
        given = notes.get(str(number), {}).get("filename")
        names.add(stored_name(given if isinstance(given, str) and given else file.filename))
    if len(kept) + len(body.files) > MAX_ATTACHMENTS:
        text = f"Must be {MAX_ATTACHMENTS} or fewer in length."
        fields.fault("attachments", "BASE_TYPE_MAX_LENGTH", text)
    return names
