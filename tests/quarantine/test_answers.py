"""What workers answer: every value comes back, and no bytes of anybody's do more than that."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.camera import Camera, Easing, Move
from media.errors import BadPicture, Reason
from media.fit import Fitted
from media.pool import MediaPool
from media.verify import Upload
from media.video import VideoFacts
from quarantine import answers
from quarantine.answers import LENGTH, MAX_BYTES, MAX_JSON_BYTES, BadAnswer, decode, encode
from quarantine.errors import megapixels
from sentences import Sentence
from tests.quarantine import chores

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.binary() | st.sampled_from(Reason) | st.sampled_from(Easing)
)  # fmt: skip
plain = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)
records = st.builds(Fitted, st.binary(), st.integers(), st.integers(), st.booleans()) | st.builds(
    Camera, move=st.sampled_from(Move), strength=st.integers(1, 100)
)


def framed(plain: Any, *blobs: bytes) -> bytes:
    head = json.dumps(plain).encode()
    return LENGTH.pack(len(head)) + head + b"".join(blobs)


@given(plain | records | st.lists(records, max_size=3))
def test_values_come_back_as_they_were(value: Any):
    back = decode(encode(value))
    assert back == value
    assert repr(back) == repr(value)


@pytest.mark.parametrize(
    "value",
    [
        VideoFacts(1024, 576, 25, 12.0, 2.0833),
        Upload("png", 10, 20, False, True),
        (Path("/a/b"), [Path("c")]),
        (True, b"\x00" * 100_000),
    ],
)
def test_what_our_functions_return_comes_back(value: Any):
    assert decode(encode(value)) == value


def test_exceptions_come_back():
    error = decode(encode(BadPicture(Reason.BROKEN, "5 frames")))
    assert (type(error), error.reason, error.detail) == (BadPicture, Reason.BROKEN, "5 frames")
    error = decode(encode(LookupError("nowhere", 3)))
    assert (type(error), error.args) == (LookupError, ("nowhere", 3))


def test_sentences_come_back_with_their_values():
    detail = megapixels(60_000_000, 32_000_000)
    error = decode(encode(BadPicture(Reason.TOO_MANY_PIXELS, detail)))
    assert isinstance(error.detail, Sentence)
    assert error.detail == "60.0 of 32 megapixels"
    assert (error.detail.message, error.detail.values) == (detail.message, detail.values)


@pytest.mark.parametrize(
    "value", [object(), lambda: None, chores.Awkward("a", "b"), KeyboardInterrupt(), {1}, answers]
)
def test_what_no_answer_can_hold_is_refused_by_the_writer(value: Any):
    with pytest.raises(TypeError, match="cannot be in an answer"):
        encode(value)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_refused(data: bytes):
    for answer in (data, LENGTH.pack(len(data)) + data, encode(data)[:-1] + data):
        try:
            decode(answer)
        except BadAnswer:
            continue


@pytest.mark.parametrize(
    "plain",
    [
        {"error": ["os:system", ["touch {marker}"]]},
        {"error": ["builtins:eval", ["open('{marker}', 'w')"]]},
        {"error": ["builtins:SystemExit", []]},
        {"error": ["builtins:KeyboardInterrupt", []]},
        {"error": ["media.pool:MediaPool", []]},
        {"error": ["media.pool:subprocess", []]},
        {"record": ["media.pool:Path", {}]},
        {"record": ["media.fit:Fitted", {"png": "", "shell": 1}]},
        {"record": ["media.camera:Camera", {"move": 1, "strength": 999}]},
        {"record": ["media.verify:inspect", {"data": ""}]},
        {"record": ["media.errors:BadPicture", {"reason": ""}]},
        {"record": ["media..os:system", {}]},
        {"record": ["media:worker", {}]},
        {"record": ["quarantine.worker.os:system", {}]},
        {"record": ["media.no_such_module:Thing", {}]},
        {"record": ["tests.media.chores:Awkward", {}]},
        {"enum": ["media.errors:Reason", "no reason"]},
        {"enum": ["media.errors:BadPicture", "broken"]},
        {"bytes": 10},
        {"bytes": -1},
        {"bytes": "10"},
        {"mapping": [[[], 1]]},
        {"mapping": 3},
        {"tuple": 3},
        {"path": 3},
        {"bytes": 0, "tuple": []},
        {"sentence": "a text"},
        {"sentence": {"message": "{x.__class__}", "values": {"x": 1}}},
        {"sentence": {"message": "{x:999999999}", "values": {"x": 1}}},
        {"sentence": {"message": "{x:{x}}", "values": {"x": 999999999}}},
        {"unknown": []},
        {},
    ],
    ids=str,
)
def test_what_a_worker_makes_up_is_refused(tmp_path: Path, plain: dict[str, Any]):
    marker = tmp_path / "marker"
    text = json.dumps(plain).replace("{marker}", str(marker))
    with pytest.raises(BadAnswer):
        decode(framed(json.loads(text)))
    assert not marker.exists()


def test_neither_deep_nor_huge_json_is_read():
    for text in (b"[" * 1_000_000, b"9" * 1_000_000, b'{"tuple":' * 100_000):
        with pytest.raises(BadAnswer):
            decode(LENGTH.pack(len(text)) + text)
    with pytest.raises(BadAnswer):
        decode(LENGTH.pack(MAX_JSON_BYTES + 1))
    with pytest.raises(BadAnswer):
        answers.size_of(LENGTH.pack(MAX_BYTES + 1))


async def test_a_worker_that_answers_with_a_pickle_is_not_obeyed(tmp_path: Path):
    """Hostile bytes have taken it over: it writes frames of its own to where answers go."""
    marker = tmp_path / "marker"
    frame = pickle.dumps(chores.Trap(marker))
    async with MediaPool() as pool:
        with pytest.raises(BadPicture) as caught:
            await pool.run(chores.forge, LENGTH.pack(len(frame)) + frame)
        assert caught.value.reason is Reason.CRASHED
        with pytest.raises(BadPicture):
            await pool.run(chores.forge, LENGTH.pack(1 << 62))
        assert await pool.run(chores.add, 2, 2) == 4
    assert not marker.exists()
