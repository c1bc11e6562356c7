"""A finished film holds its frames alone, whatever an engine hid in its file."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import pytest
from av.video.stream import VideoStream

from media.video import probe
from media.video_metadata import write_video_recipe
from tests.media.clips import landscape, video

KEY = b"sk-echoed-key-0123456789"
RECIPE = '{"seed": 7}'


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return video(tmp_path / "plain.mp4", [landscape(n) for n in range(8)])


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def finished(path: Path, data: bytes) -> bytes:
    """What becomes of an engine's file."""
    path.write_bytes(data)
    into = path.with_name("finished.mp4")
    write_video_recipe(path, into, RECIPE, is_trained=True)
    assert probe(into).frames == 8
    return into.read_bytes()


def sei(text: bytes) -> bytes:
    """A message of a user in H.264, with its length before it (ITU-T H.264, D.1.6)."""
    message = bytes(16) + text
    unit = b"\x06\x05" + bytes([len(message)]) + message + b"\x80"
    return struct.pack(">I", len(unit)) + unit


def with_messages(plain: Path, into: Path) -> bytes:
    with (
        av.open(plain) as source,
        av.open(into, "w", format="mp4", options={"movflags": "+use_metadata_tags"}) as made,
    ):
        made.metadata.update({name: KEY.decode() for name in ("comment", "title", "own")})
        stream = made.add_stream_from_template(source.streams.video[0])
        for name in ("handler_name", "encoder", "title", "vendor_id"):
            stream.metadata[name] = KEY.decode()
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is None:
                continue
            spoken = av.Packet(sei(KEY) + bytes(packet))
            spoken.pts, spoken.dts, spoken.duration = packet.pts, packet.dts, packet.duration
            spoken.time_base, spoken.is_keyframe = packet.time_base, packet.is_keyframe
            spoken.stream = stream
            made.mux(spoken)
    return into.read_bytes()


def test_what_stands_beside_the_frames_is_left_behind(plain: Path, tmp_path: Path) -> None:
    data = plain.read_bytes()
    said = [
        box(b"uuid", bytes(16) + KEY),
        box(b"free", KEY),
        box(b"udta", box(b"name", KEY)),
        box(b"meta", bytes(4) + KEY),
        box(b"prvt", KEY),
    ]
    assert KEY not in finished(tmp_path / "engine.mp4", data + b"".join(said))


def test_what_stands_between_the_frames_is_left_behind(plain: Path, tmp_path: Path) -> None:
    data = with_messages(plain, tmp_path / "spoken.mp4")
    assert data.count(KEY) > 8
    assert KEY not in finished(tmp_path / "engine.mp4", data)


def test_what_follows_the_parameter_sets_is_left_behind(plain: Path, tmp_path: Path) -> None:
    """Behind them in avcC a decoder looks at nothing, and players do not complain."""
    data = bytearray(plain.read_bytes())
    place = data.index(b"avcC") - 4
    (size,) = struct.unpack_from(">I", data, place)
    index = data.index(b"moov")  # before it, "avc1" is a brand
    for parent in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"):
        above = data.index(parent, index) - 4
        struct.pack_into(">I", data, above, struct.unpack_from(">I", data, above)[0] + len(KEY))
    struct.pack_into(">I", data, place, size + len(KEY))
    data[place + size : place + size] = KEY
    assert data.index(b"mdat") < place, "the frames stay where the index says"
    assert KEY not in finished(tmp_path / "engine.mp4", bytes(data))


def test_a_codec_that_cannot_be_filtered_is_encoded_again(tmp_path: Path) -> None:
    path = tmp_path / "old.mp4"
    with av.open(path, "w", format="mp4") as made:
        stream = made.add_stream("mpeg4", rate=25)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        for number in range(8):
            frame = av.VideoFrame.from_ndarray(landscape(number, (320, 192)), "rgb24")
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    data = path.read_bytes()
    assert data.count(b"Lavc")
    with av.open(path) as opened:
        assert opened.streams.video[0].codec_context.name == "mpeg4"
    into = tmp_path / "into.mp4"
    write_video_recipe(path, into, RECIPE, is_trained=True)
    with av.open(into) as opened:
        assert opened.streams.video[0].codec_context.name == "h264"
    assert probe(into).frames == 8
    assert {one.name for one in tmp_path.iterdir()} == {"old.mp4", "into.mp4"}
