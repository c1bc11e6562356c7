"""Every gRPC status becomes the error that says what to do next."""

from __future__ import annotations

import grpc
import pytest

from generation.errors import (
    BadRequest,
    Busy,
    GarbledAnswer,
    GenerationError,
    Misconfigured,
    OutOfCredit,
    TooSlow,
    Unauthorized,
    UnknownEngine,
    Unreachable,
)
from tests.generation.image.scripted import (
    KEY,
    NO_BALANCE,
    REQUEST,
    ScriptedEngine,
    client,
    draw,
    fails,
    serving,
)

Code = grpc.StatusCode


@pytest.mark.parametrize(
    ("code", "details", "expected"),
    [
        (Code.CANCELLED, "draining", Unreachable("draining")),
        (Code.UNKNOWN, "odd", GarbledAnswer("odd")),
        (
            Code.UNKNOWN,
            "Exception iterating responses: image dimensions must be multiples of 64, got 183x276",
            BadRequest(
                "size",
                "Exception iterating responses: image dimensions must be multiples of 64,"
                " got 183x276",
            ),
        ),
        (
            Code.UNKNOWN,
            "Exception iterating responses: image too large, 1081344>1048576 pixels",
            BadRequest(
                "size", "Exception iterating responses: image too large, 1081344>1048576 pixels"
            ),
        ),
        (
            Code.INVALID_ARGUMENT,
            "Must provide image parameters.",
            BadRequest("request", "Must provide image parameters."),
        ),
        (
            Code.INVALID_ARGUMENT,
            "steps: 900 is outside 1 to 150",
            BadRequest("steps", "900 is outside 1 to 150"),
        ),
        (
            Code.INVALID_ARGUMENT,
            "",
            BadRequest("request", "the engine refuses it and does not say why"),
        ),
        (Code.DEADLINE_EXCEEDED, "late", TooSlow("late")),
        (Code.NOT_FOUND, "The specified engine (ID sd) was not found.", UnknownEngine("sd")),
        (Code.ALREADY_EXISTS, "seen", BadRequest("request", "seen")),
        (Code.PERMISSION_DENIED, "no", Unauthorized("no")),
        (Code.UNAUTHENTICATED, "Invalid key", Unauthorized("Invalid key")),
        (Code.RESOURCE_EXHAUSTED, "slow down", Busy("slow down")),
        (Code.RESOURCE_EXHAUSTED, NO_BALANCE, OutOfCredit(NO_BALANCE)),
        (
            Code.RESOURCE_EXHAUSTED,
            "SERVER: Received message larger than max (5242890 vs. 4194304)",
            BadRequest("image", "the request is larger than the engine takes"),
        ),
        (
            Code.RESOURCE_EXHAUSTED,
            "Received message larger than max (5242890 vs. 4194304)",
            BadRequest("image", "the request is larger than the engine takes"),
        ),
        (
            Code.RESOURCE_EXHAUSTED,
            "SERVER: Sent message larger than max (5242890 vs. 4194304)",
            GarbledAnswer("the answer is larger than a message may be"),
        ),
        (Code.FAILED_PRECONDITION, "cold", BadRequest("request", "cold")),
        (Code.ABORTED, "again", Busy("again")),
        (Code.OUT_OF_RANGE, "far", BadRequest("request", "far")),
        (
            Code.UNIMPLEMENTED,
            "",
            Misconfigured("the host does not offer this service"),
        ),
        (Code.INTERNAL, "crash", GarbledAnswer("crash")),
        (Code.UNAVAILABLE, "down", Unreachable("down")),
        (Code.DATA_LOSS, "lost", GarbledAnswer("lost")),
    ],
)
async def test_every_status(code: Code, details: str, expected: GenerationError) -> None:
    with pytest.raises(GenerationError) as caught:
        await draw(ScriptedEngine(fails(code, details)))
    assert type(caught.value) is type(expected)
    assert caught.value.args == expected.args


def test_every_status_is_tested() -> None:
    (mark,) = [m for m in test_every_status.pytestmark if m.name == "parametrize"]  # pyright: ignore[reportFunctionMemberAccess]
    assert {case[0] for case in mark.args[1]} == set(Code) - {Code.OK}


async def test_a_servers_text_is_clamped_and_without_the_key() -> None:
    text = f"bad key {KEY}\n and\x07 Bearer abc.def, other sk-zyxwvutsrqpo or abcd*****wxyz "
    text += "x" * 5000
    engine = ScriptedEngine(fails(Code.INVALID_ARGUMENT, text))
    async with serving(engine) as host, client(host, key=KEY) as asking:
        with pytest.raises(BadRequest) as caught:
            await anext(asking.generate(REQUEST, "job-1"))
    reason = caught.value.reason
    assert reason.startswith("bad key … and …")
    assert len(reason) == 200
    assert "sk-" not in reason
    assert "abcd" not in reason
    assert caught.value.__cause__ is None
