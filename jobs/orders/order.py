"""Orders: what a member asked a job to make, validated, and how it is kept as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Protocol

from generation.request import GuidancePreset, ImageRequest, Sampler, StylePreset, TextPrompt
from jobs.errors import TooLate

MAX_PICTURES = 16
"""The most pictures of one job."""

PICTURE_FIELDS = ("init_image", "mask")


class Order(Protocol):
    """What every kind of job is accepted by; `requests` are the pictures that it draws."""

    kind: ClassVar[str]

    @property
    def title(self) -> str:
        """What a card shows."""
        ...

    @property
    def prompt(self) -> str:
        """The whole text, as it goes back into an edit; empty where there is none."""
        ...

    @property
    def engine_id(self) -> str:
        """The engine that it is paid to."""
        ...

    @property
    def requests(self) -> tuple[ImageRequest, ...]:
        """The pictures that it draws, in order."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Plain data for the job's row."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """Bytes that a job is given with its order: an artifact of that role and position."""

    role: str
    data: bytes = field(repr=False)
    size: tuple[int, int]
    position: int = 0
    mime: str = "image/png"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageOrder:
    """One job's pictures: a request for each permutation of the prompt.

    `prompt` is the whole text as it goes back into an edit, options included; `title` is what a
    card shows. The requests carry no picture bytes: those are kept as artifacts of the job. `video`
    is what was asked of the film that the picture is shown for, as its command wrote it.
    """

    kind: ClassVar[str] = "image"

    prompt: str
    title: str
    requests: tuple[ImageRequest, ...]
    notices: tuple[str, ...] = ()
    uses_init: bool = False
    uses_mask: bool = False
    video: dict[str, Any] | None = None

    @property
    def first(self) -> ImageRequest:
        """The request whose engine, size and settings all others share."""
        return self.requests[0]

    @property
    def engine_id(self) -> str:
        """The engine of all requests."""
        return self.first.engine_id

    @property
    def pictures(self) -> int:
        """How many pictures the job draws."""
        return sum(request.samples for request in self.requests)

    def to_json(self) -> dict[str, Any]:
        """Plain data for the job's row."""
        values = {name: getattr(self, name) for name in ("prompt", "title", "uses_init")}
        return {
            **values,
            "uses_mask": self.uses_mask,
            "film": self.video,
            "notices": list(self.notices),
            "requests": [request_to_json(request) for request in self.requests],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ImageOrder:
        """The order that `to_json` wrote.

        Raises:
            TooLate: it was forgotten since.
        """
        if not data:
            raise TooLate
        return cls(
            prompt=data["prompt"],
            title=data["title"],
            requests=tuple(request_from_json(entry) for entry in data["requests"]),
            notices=tuple(data["notices"]),
            uses_init=data["uses_init"],
            uses_mask=data["uses_mask"],
            # Jobs of the version before know no films.
            video=data.get("film"),
        )


def request_to_json(request: ImageRequest) -> dict[str, Any]:
    """A request as plain data, without the bytes of its pictures."""
    data: dict[str, Any] = {
        one.name: getattr(request, one.name)
        for one in fields(request)
        if one.name not in PICTURE_FIELDS
    }
    data["prompts"] = [[prompt.text, prompt.weight] for prompt in request.prompts]
    return data


def request_from_json(data: dict[str, Any]) -> ImageRequest:
    """The request that `request_to_json` wrote."""
    values: dict[str, Any] = {
        **data,
        "prompts": tuple(TextPrompt(text, weight) for text, weight in data["prompts"]),
        "other_seeds": tuple(data["other_seeds"]),
        "sampler": Sampler(data["sampler"]) if data["sampler"] else None,
        "guidance": GuidancePreset(data["guidance"]),
        "style": StylePreset(data["style"]) if data["style"] else None,
    }
    return ImageRequest(**values)
