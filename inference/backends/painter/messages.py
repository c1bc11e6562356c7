"""What the server and its painters' processes say to each other.

Orders are the server's own and go out as pickles. Replies come from processes that have decoded
members' pictures, so they are read as plain bytes: one message with the number of byte strings
that follow and the kind of error, and one for each of those.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from inference.video.order import Video

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from generation.request import ImageRequest
    from inference.upscaling.order import UpscaleOrder
    from inference.video.order import VideoOrder

COUNT = struct.Struct("B")
MAX_PROBLEM_BYTES = 200
MAX_PARTS = 2
MAX_PART_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class DrawPicture:
    """Draw a picture for the request, with that seed."""

    number: int
    request: ImageRequest
    seed: int


@dataclass(frozen=True, slots=True)
class MakeVideo:
    """Make a video."""

    number: int
    order: VideoOrder


@dataclass(frozen=True, slots=True)
class UpscalePicture:
    """Make a picture larger."""

    number: int
    order: UpscaleOrder


Message: TypeAlias = DrawPicture | MakeVideo | UpscalePicture


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel the message of that number."""

    number: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What was made; or nothing, and the kind of error that went wrong, empty if it was stopped."""

    made: bytes | Video | None = None
    problem: str = ""


def send_reply(replies: Connection, reply: Reply) -> None:
    """Write a reply to the server."""
    made = reply.made
    parts = (made.video, made.last_frame) if isinstance(made, Video) else (made,) if made else ()
    problem = reply.problem.encode()[:MAX_PROBLEM_BYTES]
    replies.send_bytes(COUNT.pack(len(parts)) + problem)
    for part in parts:
        replies.send_bytes(part)


def receive_reply(replies: Connection) -> Reply:
    """Read a reply, of whoever is at the other end now.

    Raises:
        EOFError: the other end is closed.
        OSError: what came is no reply.
    """
    head = replies.recv_bytes(COUNT.size + MAX_PROBLEM_BYTES)
    problem = head[COUNT.size :].decode(errors="replace")
    # It gets into the log, so it is the name of a class and nothing else.
    if not head or head[0] > MAX_PARTS or (problem and not problem.isidentifier()):
        raise OSError("no reply came")
    match [replies.recv_bytes(MAX_PART_BYTES) for _ in range(head[0])]:
        case [picture]:
            return Reply(picture, problem)
        case [video, last_frame]:
            return Reply(Video(video, last_frame), problem)
        case _:
            return Reply(problem=problem)
