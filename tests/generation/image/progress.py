"""What a server tells of pictures that are still being drawn, right or wrong."""

from __future__ import annotations

from generation.codec import preview_artifact, progress_artifact
from generation.headers import PROGRESS_MIME
from generation.wire import generation_pb2 as pb
from tests.generation.image.scripted import answer, png


def step(step: int, steps: int = 30, index: int = 0) -> pb.Answer:
    """An answer that says how far a picture is."""
    return answer(progress_artifact(index=index, step=step, steps=steps))


def said(text: str) -> pb.Answer:
    """An answer that says it in those words."""
    return answer(pb.Artifact(type=pb.ARTIFACT_TEXT, mime=PROGRESS_MIME, text=text))


def preview(data: bytes | None = None, index: int = 0) -> pb.Answer:
    """An answer with a preview."""
    return answer(preview_artifact(jpeg() if data is None else data, index=index))


def jpeg(side: int = 64, shade: int = 200) -> bytes:
    return png(shade, (side, side), "JPEG")
