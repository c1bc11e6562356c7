"""Makes sense of a stream of answers: which picture is which, and which are withheld."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generation.errors import Filtered, GarbledAnswer
from generation.wire import generation_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generation.request import ImageRequest

WITHHOLDING = frozenset(
    {pb.ACTION_OBFUSCATE_DUPLICATE, pb.ACTION_OBFUSCATE, pb.ACTION_DISCARD},
)
"""What a classifier may have done that keeps a picture from being shown."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One sample as it arrived; a withheld one has no data."""

    index: int
    seed: int
    data: bytes = field(default=b"", repr=False)

    @property
    def is_withheld(self) -> bool:
        """Whether the filter kept the picture back."""
        return not self.data


class AnswerReader:
    """Reads the answers to one request in whatever order and number they come.

    A sample is named by its artifact's index. Servers that do not count (all have index 0, or one
    beyond the samples) get the lowest free one. What came before is recognised by its uuid or by
    its index and seed (its bytes, where there is no seed).
    """

    def __init__(self, request: ImageRequest) -> None:
        self._seeds = request.seeds
        self._drawn: set[int] = set()
        self._withheld: set[int] = set()
        self._marks: set[object] = set()
        self._failures = 0
        self._failed: set[tuple[int, int]] = set()
        self._latest = 0

    def read(self, answer: pb.Answer) -> Iterator[Drawn]:
        """The samples that an answer adds; a withheld index may have been given as drawn before.

        Raises:
            Filtered: the prompt was rejected.
            GarbledAnswer: a picture has no data.
        """
        verdicts = [artifact for artifact in answer.artifacts if _withholds(artifact)]
        images = [artifact for artifact in answer.artifacts if artifact.type == pb.ARTIFACT_IMAGE]
        self._check_rejection(answer)
        for image in images:
            yield from self._image(image, is_withheld=bool(verdicts))
        if not images:
            for verdict in verdicts:
                yield from self._verdict(verdict)

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to come: each sample is there, or the engine failed on it.

        Of one that it told of twice nothing follows for the others.
        """
        given = len(self._drawn | self._withheld)
        return given + len(self._failed) >= len(self._seeds)

    @property
    def is_settled(self) -> bool:
        """Whether some are there, and of all others the engine said that it failed."""
        given = len(self._drawn | self._withheld)
        return given > 0 and given + self._failures >= len(self._seeds)

    def finish(self) -> None:
        """Say that the stream has ended.

        Raises:
            GarbledAnswer: it held no sample at all.
        """
        if not (self._drawn or self._withheld):
            why = "the engine failed on every picture" if self._failures else "there is no picture"
            raise GarbledAnswer(why)

    def _check_rejection(self, answer: pb.Answer) -> None:
        rejected = any(
            artifact.type == pb.ARTIFACT_TEXT and artifact.finish_reason == pb.FILTER
            for artifact in answer.artifacts
        )
        # Beside pictures it is only a remark: the prompt was good enough for them.
        if rejected and not (self._drawn or self._withheld):
            raise Filtered("prompt")

    def _image(self, artifact: pb.Artifact, *, is_withheld: bool) -> Iterator[Drawn]:
        sample = (artifact.index, artifact.seed)
        if artifact.finish_reason == pb.ERROR:
            self._failures += 1
            self._failed |= {sample} - self._marks
            return
        self._failed.discard(sample)
        if artifact.index in self._withheld or not self._is_new(artifact):
            return
        index = self._place(artifact.index)
        if index is None:
            return
        if is_withheld or artifact.finish_reason == pb.FILTER:
            yield from self._withhold(index, artifact.seed)
            return
        if not artifact.binary:
            raise GarbledAnswer("a picture has no data")
        self._drawn.add(index)
        self._latest = index
        yield Drawn(index, artifact.seed or self._seeds[index], artifact.binary)

    def _verdict(self, artifact: pb.Artifact) -> Iterator[Drawn]:
        """A verdict that stands alone speaks of its index, else of the picture before it."""
        counts = artifact.index < len(self._seeds)
        index = artifact.index if counts else self._latest
        if index not in self._withheld:
            yield from self._withhold(index, 0)

    def _withhold(self, index: int, seed: int) -> Iterator[Drawn]:
        self._drawn.discard(index)
        self._withheld.add(index)
        self._latest = index
        yield Drawn(index, seed or self._seeds[index])

    def _is_new(self, artifact: pb.Artifact) -> bool:
        # Equal bytes alone prove nothing: with a strength of 0 all samples are the init image.
        drawn_from = artifact.seed or hashlib.sha256(artifact.binary).digest()
        marks = {artifact.uuid or None, (artifact.index, drawn_from)} - {None}
        is_new = not marks & self._marks
        self._marks |= marks
        return is_new

    def _place(self, index: int) -> int | None:
        taken = self._drawn | self._withheld
        if index < len(self._seeds) and index not in taken:
            return index
        free = (place for place in range(len(self._seeds)) if place not in taken)
        return next(free, None)


def _withholds(artifact: pb.Artifact) -> bool:
    return (
        artifact.type == pb.ARTIFACT_CLASSIFICATIONS
        and artifact.classifier.realized_action in WITHHOLDING
    )
