"""A film says that a machine made it, and how."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import av
import pytest

from media.errors import BadPicture
from media.marking.xmp import TRAINED, UNTRAINED, read_video_source_type
from media.video import join, probe
from media.video_metadata import write_video_recipe
from tests.media.clips import landscape, packet_times, trimmed, turned, video
from tests.media.recipes import read_video_recipe

SEI = 6
RECIPE = json.dumps({"engine_id": "svd-xt", "seed": 7, "prompt": 'Füchse "im" Schnee 🦊'})


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return video(tmp_path / "plain.mp4", [landscape(n) for n in range(8)])


def units(path: Path) -> list[list[bytes]]:
    """The units of each encoded frame."""
    with av.open(path) as opened:
        return [
            _units(bytes(packet)) for packet in opened.demux(opened.streams.video[0]) if packet.size
        ]


def _units(payload: bytes) -> list[bytes]:
    """Each with its length before it, as in every MP4 (ISO/IEC 14496-15, 5.3)."""
    found: list[bytes] = []
    while payload:
        (length,) = struct.unpack_from(">I", payload)
        found.append(payload[4 : 4 + length])
        payload = payload[4 + length :]
    return found


def slices(path: Path) -> list[list[bytes]]:
    """The units that hold pixels."""
    return [[unit for unit in frame if unit[0] & 31 in (1, 5)] for frame in units(path)]


@pytest.mark.parametrize(("is_trained", "source_type"), [(True, TRAINED), (False, UNTRAINED)])
def test_a_video_carries_its_recipe(
    plain: Path, tmp_path: Path, is_trained: bool, source_type: str
) -> None:
    marked = tmp_path / "marked.mp4"
    write_video_recipe(plain, marked, RECIPE, is_trained=is_trained)
    assert read_video_recipe(marked) == RECIPE
    assert read_video_source_type(marked) == source_type
    with av.open(marked) as opened:
        assert opened.metadata["description"]


def test_nothing_is_encoded_again(plain: Path, tmp_path: Path) -> None:
    marked = tmp_path / "marked.mp4"
    write_video_recipe(plain, marked, RECIPE, is_trained=True)
    assert units(marked) == slices(plain)
    assert any(unit[0] & 31 == SEI for frame in units(plain) for unit in frame)
    assert packet_times(marked) == packet_times(plain)
    assert probe(marked) == probe(plain)
    data = marked.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_profile_says_nothing(plain: Path, tmp_path: Path) -> None:
    """An engine may write anything where a profile for the colours belongs."""
    odd, secret = tmp_path / "odd.mp4", b"sk-echo!"
    # As long as the box whose place it takes, so that nothing in the index moves.
    profile = struct.pack(">I4s4s", 20, b"colr", b"prof") + secret
    whole = plain.read_bytes()
    begins = whole.index(b"btrt") - 4
    odd.write_bytes(whole[:begins] + profile + whole[begins + len(profile) :])
    marked = tmp_path / "marked.mp4"
    write_video_recipe(odd, marked, RECIPE, is_trained=True)
    assert secret not in marked.read_bytes()
    assert probe(marked) == probe(plain)


def test_what_an_encoder_of_h265_says_is_left_behind(tmp_path: Path) -> None:
    """FFmpeg puts its SEI messages into the index as well as between the frames."""
    made, marked = tmp_path / "made.mp4", tmp_path / "marked.mp4"
    with av.open(made, "w") as opened:
        stream = opened.add_stream("libx265", rate=10, options={"x265-params": "log-level=none"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 256, "yuv420p"
        for number in range(3):
            frame = av.VideoFrame.from_ndarray(landscape(number), "rgb24")
            opened.mux(stream.encode(frame.reformat(format="yuv420p")))
        opened.mux(stream.encode(None))
    assert b"x265" in made.read_bytes()
    write_video_recipe(made, marked, RECIPE, is_trained=True)
    assert b"x265" not in marked.read_bytes()
    assert probe(marked).frames == 3


def test_a_recipe_is_replaced(plain: Path, tmp_path: Path) -> None:
    write_video_recipe(plain, tmp_path / "a.mp4", "{}", is_trained=True)
    write_video_recipe(tmp_path / "a.mp4", tmp_path / "b.mp4", RECIPE, is_trained=False)
    assert read_video_recipe(tmp_path / "b.mp4") == RECIPE
    assert read_video_source_type(tmp_path / "b.mp4") == UNTRAINED
    assert (tmp_path / "b.mp4").read_bytes().count(b"xpacket begin") == 1


def test_a_turned_or_cut_video_stays_so(plain: Path, tmp_path: Path) -> None:
    for made in (turned(plain), trimmed(plain, ticks=3 * 1024, ms=300)):
        write_video_recipe(made, tmp_path / "b.mp4", RECIPE, is_trained=True)
        assert probe(tmp_path / "b.mp4") == probe(made)


def test_marked_videos_are_joined(plain: Path, tmp_path: Path) -> None:
    write_video_recipe(plain, tmp_path / "a.mp4", RECIPE, is_trained=True)
    join([tmp_path / "a.mp4", plain], tmp_path / "b.mp4")
    assert probe(tmp_path / "b.mp4").frames == 16
    assert read_video_source_type(tmp_path / "b.mp4") is None


def test_a_video_of_somebody_else_has_none(plain: Path) -> None:
    assert read_video_recipe(plain) is None
    assert read_video_source_type(plain) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no film at all",
        struct.pack(">I4s", 0, b"mdat") + bytes(50),
        struct.pack(">I4s", 4, b"uuid") + bytes(50),
        struct.pack(">I4sQ", 1, b"mdat", 3) + bytes(50),
        struct.pack(">I4s", 1, b"mdat"),
        struct.pack(">I4s", 1000, b"uuid") + bytes(5),
    ],
)
def test_bytes_of_nobody(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(data)
    assert read_video_source_type(tmp_path / "a.mp4") is None
    with pytest.raises(BadPicture):
        write_video_recipe(tmp_path / "a.mp4", tmp_path / "b.mp4", RECIPE, is_trained=True)
    assert not (tmp_path / "b.mp4").exists()
