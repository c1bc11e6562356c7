"""What a film can start from: one's own pictures and the bot's, others' where that is allowed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from commands.errors import BadInput
from commands.kinds.video.sources import (
    MAX_SOURCES,
    Source,
    numbered_titles,
    of_message,
    of_upload,
)
from commands.ui.error_messages import words
from commands.upload import Upload

MINA, ROWAN, ATELIER = 10, 20, 99


def attachment(filename: str = "a.png", content_type: str | None = "image/png", **more: Any) -> Any:
    """A file as Discord describes it."""
    facts = {"url": "https://cdn.example/a", "size": 9, "width": 900, "height": 600, **more}
    return SimpleNamespace(filename=filename, content_type=content_type, **facts)


def said_in(
    *files: Any, author: int = MINA, allows_others: bool = False, channel_id: int = 5
) -> list[Source]:
    """The pictures of a message, as Mina asks for them."""
    interaction: Any = SimpleNamespace(
        user=SimpleNamespace(id=MINA),
        application_id=ATELIER,
        channel_id=5,
        client=SimpleNamespace(user=SimpleNamespace(id=ATELIER)),
    )
    message: Any = SimpleNamespace(
        author=SimpleNamespace(id=author),
        channel=SimpleNamespace(id=channel_id),
        attachments=[
            SimpleNamespace(**{**vars(file), "url": f"{file.url}{number or ''}"})
            for number, file in enumerate(files)
        ],
        embeds=[],
        components=[],
    )
    return list(of_message(interaction, message, allows_others=allows_others))


@pytest.mark.parametrize("author", [MINA, ATELIER])
def test_ones_own_pictures_and_the_bots_are_taken(author: int):
    (source,) = said_in(attachment(), author=author)
    assert (source.title, source.size) == ("a.png", (900, 600))
    assert source.upload
    assert source.upload.url == "https://cdn.example/a"


def test_others_pictures_are_taken_where_moderators_allow_it():
    with pytest.raises(BadInput) as refused:
        said_in(attachment(), author=ROWAN)
    assert words(refused.value).detail == (
        "That picture is another member's; use your own, or mine."
    )
    assert said_in(attachment(), author=ROWAN, allows_others=True)


def test_a_forwarded_message_has_its_pictures_in_the_snapshot():
    interaction: Any = SimpleNamespace(
        user=SimpleNamespace(id=MINA),
        application_id=ATELIER,
        channel_id=5,
        client=SimpleNamespace(user=SimpleNamespace(id=ATELIER)),
    )
    message: Any = SimpleNamespace(
        author=SimpleNamespace(id=MINA),
        channel=SimpleNamespace(id=5),
        attachments=[],
        embeds=[],
        components=[],
        message_snapshots=[
            SimpleNamespace(attachments=[attachment("b.jfif", None)], embeds=[], components=[])
        ],
    )
    (source,) = of_message(interaction, message, allows_others=False)
    assert source.title == "b.jfif"


@pytest.mark.parametrize(
    "files", [(), (attachment("a.mp4", "video/mp4"), attachment("a.txt", "text/plain; x=y"))]
)
def test_a_message_without_a_picture_is_told_so(files: tuple[Any, ...]):
    with pytest.raises(BadInput) as refused:
        said_in(*files)
    said = words(refused.value)
    assert f"{said.headline} {said.detail}{said.money}" == (
        "That message cannot be used. It has no picture; attached and embedded ones count."
    )


def test_other_files_are_passed_over_and_unknown_ones_looked_at_later():
    found = said_in(attachment("a.mp4", "video/mp4"), attachment("b", None), attachment("c.png"))
    assert [one.title for one in found] == ["b", "c.png"]


def test_there_are_no_more_than_a_form_offers():
    assert len(said_in(*[attachment()] * (MAX_SOURCES + 5))) == MAX_SOURCES


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(900, 600, (900, 600)), (None, None, None), (0, 0, None), (900, None, None)],
)
def test_a_size_is_known_where_discord_says_both_sides(
    width: int | None, height: int | None, size: tuple[int, int] | None
):
    (source,) = said_in(attachment(width=width, height=height))
    assert source.size == size


@pytest.mark.parametrize(
    ("filename", "title"),
    [("boat.png", "boat.png"), ("", "a picture"), ("\x00\u202e", "a picture"), (" a\tb ", "ab")],
)
def test_a_name_is_without_what_cannot_be_seen(filename: str, title: str):
    assert said_in(attachment(filename))[0].title == title


def test_sources_come_back_from_a_draft():
    upload = Upload(url="u", filename="a.png", size=9, content_type="image/png", width=9, height=6)
    drawn = Source(title="a fox", size=(512, 512), prompt="a fox", job_id="k3f9abcd", position=3)
    for source in (of_upload(upload), drawn, Source(title="x", size=None)):
        assert Source.from_json(source.to_json()) == source


def test_a_message_of_another_channel_is_refused():
    with pytest.raises(BadInput, match="another channel"):
        said_in(attachment("boat.png"), channel_id=6)


def test_pictures_are_counted_and_those_of_a_job_keep_their_numbers():
    named = said_in(attachment("a.png"), attachment("b.png"))
    assert numbered_titles(named) == ["1. a.png", "2. b.png"]
    left = [Source(title="a fox", size=None, job_id="k3f9", position=at) for at in (0, 3)]
    assert numbered_titles(left) == ["1. a fox", "4. a fox"]
