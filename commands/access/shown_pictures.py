"""The pictures that a message shows: attached, embedded or in its cards, its own or forwarded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from commands.errors import BadInput
from commands.languages import say
from commands.upload import Upload
from commands.uploads import OTHER_MEDIA, uploaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import discord
    from discord import Interaction

NAMELESS = "picture"


def check_message_here(interaction: Interaction[Any], message: discord.Message) -> None:
    """Refuse a message of another channel than the one where it was asked about.

    Raises:
        BadInput
    """
    if message.channel.id != interaction.channel_id:
        raise BadInput("message", say("it is in another channel"))


def usable_pictures(
    interaction: Interaction[Any], message: discord.Message, *, allows_others: bool
) -> Sequence[Upload]:
    """What a member may go on with: pictures of their own or the bot's, and others' where allowed.

    Raises:
        BadInput: there is none, or it is another member's.
    """
    check_message_here(interaction, message)
    author_id, me = message.author.id, interaction.client.user
    is_known = author_id in (interaction.user.id, interaction.application_id, me and me.id)
    if not is_known and not allows_others:
        raise BadInput("message", say("that picture is another member's; use your own, or mine"))
    found = pictures_of(message)
    if not found:
        raise BadInput("message", say("it has no picture; attached and embedded ones count"))
    return found


def pictures_of(message: discord.Message) -> Sequence[Upload]:
    """The pictures of a message and of those that it forwards, each once."""
    found: dict[str, Upload] = {}
    for shown in (message, *getattr(message, "message_snapshots", ())):
        for upload in _pictures_of(shown):
            # The same file has other signatures wherever it is shown.
            found.setdefault(urlsplit(upload.url).path, upload)
    return list(found.values())


def _pictures_of(shown: discord.Message | discord.MessageSnapshot) -> Iterator[Upload]:
    for attachment in shown.attachments:
        if not (attachment.content_type or "").startswith(OTHER_MEDIA):
            yield uploaded(attachment)
    for embed in shown.embeds:
        for media in (embed.image, embed.thumbnail):
            # A film's thumbnail is its first frame, which nobody sees as a picture.
            if media.url and embed.type in ("rich", "image"):
                yield _of_media(media)
    for media in _media_of(shown.components):
        if not (media.content_type or "image/").startswith(OTHER_MEDIA):
            yield _of_media(media)


def _media_of(components: Sequence[Any]) -> Iterator[Any]:
    """What galleries and thumbnails show."""
    for component in components:
        holders = (component, getattr(component, "accessory", None))
        for one in (*holders, *getattr(component, "items", ())):
            media = getattr(one, "media", None)
            if media is not None and not hasattr(one, "size"):
                yield media
        yield from _media_of(getattr(component, "children", ()))


def _of_media(media: Any) -> Upload:
    """A picture that Discord fetches from elsewhere; its size in bytes is not told."""
    url = str(media.proxy_url or media.url)
    return Upload(
        url=url,
        filename=unquote(urlsplit(str(media.url)).path).rpartition("/")[2] or NAMELESS,
        size=0,
        content_type=getattr(media, "content_type", None) or "",
        width=media.width,
        height=media.height,
    )
