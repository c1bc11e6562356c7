"""Every format says that a machine made it; checked by hand and by c2pa's own reader."""

from __future__ import annotations

import json
import logging
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from c2pa import Reader
from cryptography.exceptions import InvalidSignature
from PIL import Image

from media.fit import preview
from media.marking.certificates import CertificateError
from media.marking.marks import Marks
from media.metadata import Recipe, write_recipe
from media.reencode import fit_upload
from media.video import animation
from tests.media.clips import landscape, video
from tests.media.containers import manifest_of, manifests, packets, source_type
from tests.media.marking.credentials import verified
from tests.media.recipes import read_recipe
from tests.media.signing import ALGORITHM, VERSION, marks_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENGINE = "stable-diffusion-xl"
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
PROMPT = "a secret rendezvous of 123456789012345678"
RECIPE = Recipe(ENGINE, ((PROMPT, 1.0),), 320, 320, 7, 30, 7.0)
FORMATS = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
}


@pytest.fixture
def marks(tmp_path: Path) -> Marks:
    return marks_in(tmp_path)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return video(tmp_path / "clip.mp4", [landscape(n) for n in range(8)])


def drawn(*, is_trained: bool = True) -> bytes:
    """A picture as it is kept."""
    buffer = BytesIO()
    Image.effect_noise((320, 320), 90).convert("RGB").save(buffer, "PNG")
    return write_recipe(buffer.getvalue(), RECIPE, is_trained=is_trained)


def made(mime: str, clip: Path) -> bytes:
    """A file of that kind as it is before it is signed."""
    if mime == "image/png":
        return drawn()
    if mime == "image/jpeg":
        return fit_upload(drawn(), 60_000)
    return animation(clip, FORMATS[mime], 1 << 20)


def content(path: Path) -> bytes:
    return path.read_bytes()


def pixels(data: bytes) -> bytes:
    with Image.open(BytesIO(data)) as picture:
        return picture.convert("RGB").tobytes()


def state(data: bytes, mime: str) -> tuple[str | None, set[str]]:
    """What c2pa's reader says, and what it finds wrong."""
    with Reader(mime, BytesIO(data)) as reader:
        told = json.loads(reader.json())
        wrong = {one["code"] for one in told.get("validation_status", [])}
        return reader.get_validation_state(), wrong


@pytest.mark.parametrize("mime", FORMATS)
async def test_a_picture_of_every_format_is_marked(marks: Marks, clip: Path, mime: str) -> None:
    plain = made(mime, clip)
    assert not manifests(plain, mime)
    data = await marks.picture(plain, mime, ENGINE)
    assert pixels(data) == pixels(plain)
    assert source_type(data, mime) == "trainedAlgorithmicMedia"
    found = verified(data, mime)
    assert found.action == {
        "action": "c2pa.created",
        "digitalSourceType": TRAINED,
        "softwareAgent": {"name": ENGINE},
    }
    told = found.claim["claim_generator_info"]
    assert (told["name"], told["version"]) == ("Atelier", VERSION)
    # A reader does not know our root, and finds nothing else wrong.
    assert state(data, mime) == ("Valid", {"signingCredential.untrusted"})


async def test_a_video_is_marked(marks: Marks, clip: Path) -> None:
    await marks.video(clip, ENGINE)
    data = content(clip)
    assert source_type(data, "video/mp4") == "trainedAlgorithmicMedia"
    assert verified(data, "video/mp4").action["softwareAgent"] == {"name": ENGINE}
    assert state(data, "video/mp4") == ("Valid", {"signingCredential.untrusted"})


async def test_a_video_is_marked_once(marks: Marks, clip: Path) -> None:
    await marks.video(clip, ENGINE)
    await marks.video(clip, ENGINE)
    data = content(clip)
    assert len(packets(data, "video/mp4")) == 1
    verified(data, "video/mp4")


async def test_the_painter_is_no_trained_model(marks: Marks, clip: Path) -> None:
    await marks.video(clip, ALGORITHM)
    picture = await marks.picture(drawn(is_trained=False), "image/png", ALGORITHM)
    for data, mime in ((content(clip), "video/mp4"), (picture, "image/png")):
        assert source_type(data, mime) == "algorithmicMedia"
        assert verified(data, mime).action["digitalSourceType"].endswith("/algorithmicMedia")


async def test_prompts_and_members_are_in_no_mark(marks: Marks, clip: Path) -> None:
    data = await marks.picture(drawn(), "image/png", ENGINE)
    recipe = read_recipe(data)
    assert recipe is not None
    assert recipe.prompts == ((PROMPT, 1.0),)
    (store,) = manifests(data, "image/png")
    (packet,) = packets(data, "image/png")
    for word in ("secret", "rendezvous", "123456789012345678"):
        assert word.encode() not in store.store + packet


async def test_a_preview_is_marked_where_a_machine_made_it(marks: Marks) -> None:
    assert not packets(preview(drawn()), "image/jpeg")
    data = await marks.picture(preview(drawn(), TRAINED), "image/jpeg", ENGINE)
    assert source_type(data, "image/jpeg") == "trainedAlgorithmicMedia"
    verified(data, "image/jpeg")


@pytest.mark.parametrize("mime", [*FORMATS, "video/mp4"])
async def test_a_changed_file_is_found_out(marks: Marks, clip: Path, mime: str) -> None:
    """Also shows that the check by hand can fail."""
    if mime == "video/mp4":
        await marks.video(clip, ENGINE)
        data = content(clip)
    else:
        data = await marks.picture(made(mime, clip), mime, ENGINE)
    start, length = manifest_of(data, mime).place
    place = start - 100 if start > 5000 else start + length + 2000
    changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    with pytest.raises(AssertionError):
        verified(changed, mime)
    engine = data.replace(ENGINE.encode(), b"x" * len(ENGINE))
    with pytest.raises((AssertionError, InvalidSignature)):
        verified(engine, mime)


async def test_what_cannot_be_signed_is_delivered_all_the_same(
    clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> None:
        raise CertificateError("the folder cannot be used: no space left")

    broken: Callable[[], object] = refuse
    async with Marks(broken, is_trained=bool, version=VERSION) as marks:  # pyright: ignore[reportArgumentType]
        with caplog.at_level(logging.ERROR):
            assert await marks.picture(drawn(), "image/png", ENGINE)
            await marks.video(clip, ENGINE)
        with pytest.raises(CertificateError):
            await marks.check()
    assert len(caplog.records) == 2
    assert source_type(content(clip), "video/mp4") == "trainedAlgorithmicMedia"


async def test_the_trial_tells_how_much_room_credentials_take(marks: Marks, clip: Path) -> None:
    await marks.check()
    for mime in FORMATS:
        plain = made(mime, clip)
        grown = len(await marks.picture(plain, mime, ENGINE)) - len(plain)
        assert 2000 < grown < marks.reserve_bytes
