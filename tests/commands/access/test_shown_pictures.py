"""Every picture that a message shows is found once, wherever in it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from discord.components import MediaGalleryComponent, SectionComponent

from commands.access.shown_pictures import pictures_of, usable_pictures
from commands.errors import BadInput
from tests.commands.interactions import CHANNEL, MEMBER, an_interaction

CDN = "https://cdn.discordapp.com/attachments/1/2"
PROXY = "https://images-ext-1.discordapp.net/external/x/https/elsewhere.example/far%20away.png"


def attached(name: str, content_type: str | None = "image/png", query: str = "?ex=1") -> Any:
    return SimpleNamespace(
        url=f"{CDN}/{name}{query}",
        filename=name,
        size=9,
        content_type=content_type,
        width=8,
        height=6,
    )


def media(url: str, proxy_url: str = "", content_type: str = "image/png") -> dict[str, Any]:
    return {
        "url": url,
        "proxy_url": proxy_url or url,
        "width": 8,
        "height": 6,
        "content_type": content_type,
    }


def a_message(author_id: int = MEMBER, channel_id: int = CHANNEL, **values: Any) -> Any:
    return SimpleNamespace(
        **{
            "attachments": [],
            "embeds": [],
            "components": [],
            "message_snapshots": [],
            "channel": SimpleNamespace(id=channel_id),
            "author": SimpleNamespace(id=author_id),
            **values,
        }
    )


def names(message: Any) -> list[str]:
    return [upload.filename for upload in pictures_of(message)]


def embed(**values: Any) -> discord.Embed:
    return discord.Embed.from_dict(cast("Any", {"type": "rich", **values}))


def test_attached_pictures():
    files = [attached("a.png"), attached("b.mp4", "video/mp4"), attached("c.txt", "text/plain")]
    assert names(a_message(attachments=[*files, attached("d.jpg", None)])) == ["a.png", "d.jpg"]


def test_embeds():
    shown = [
        embed(image=media("https://elsewhere.example/far%20away.png", PROXY)),
        embed(type="image", thumbnail=media("https://elsewhere.example/link.png")),
        embed(type="video", thumbnail=media("https://elsewhere.example/film.png")),
        embed(title="no picture"),
    ]
    found = pictures_of(a_message(embeds=shown))
    assert [upload.filename for upload in found] == ["far away.png", "link.png"]
    assert found[0].url == PROXY
    assert (found[0].width, found[0].height) == (8, 6)


def test_cards():
    gallery = MediaGalleryComponent(
        cast(
            "Any",
            {
                "type": 12,
                "items": [{"media": media(f"{CDN}/a.png?ex=2")}, {"media": media(f"{CDN}/b.webp")}],
            },
        ),
        None,
    )
    section = SectionComponent(
        cast(
            "Any",
            {
                "type": 9,
                "components": [],
                "accessory": {"type": 11, "media": media(f"{CDN}/c.png")},
            },
        ),
        cast("Any", None),
    )
    film = MediaGalleryComponent(
        cast(
            "Any",
            {"type": 12, "items": [{"media": media(f"{CDN}/d.mp4", content_type="video/mp4")}]},
        ),
        None,
    )
    box = SimpleNamespace(children=[gallery, section, film])
    message = a_message(attachments=[attached("a.png")], components=[box])
    # The gallery shows what is attached, with another signature.
    assert names(message) == ["a.png", "b.webp", "c.png"]


def test_forwarded_messages():
    forwarded = a_message(
        attachments=[attached("f.png")], embeds=[embed(image=media(f"{CDN}/g.png"))]
    )
    assert names(a_message(message_snapshots=[forwarded])) == ["f.png", "g.png"]


def test_whose_pictures_may_be_used():
    mine, theirs = (
        a_message(attachments=[attached("a.png")]),
        a_message(MEMBER + 1, attachments=[attached("a.png")]),
    )
    interaction = an_interaction(application_id=5, client=SimpleNamespace(user=None))
    assert usable_pictures(interaction, mine, allows_others=False)
    assert usable_pictures(interaction, theirs, allows_others=True)
    for message, said in (
        (theirs, "another member's"),
        (a_message(channel_id=99, attachments=[attached("a.png")]), "another channel"),
        (a_message(), "no picture"),
    ):
        with pytest.raises(BadInput, match=said):
            usable_pictures(interaction, message, allows_others=False)
