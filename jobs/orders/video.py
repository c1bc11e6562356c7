"""The order of a film, and how it is kept as JSON."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

from generation.video.request import MAX_SEED
from jobs.errors import TooLate
from jobs.orders.order import charge_mc
from media.camera import Camera

if TYPE_CHECKING:
    from generation.request import ImageRequest

MAX_SEGMENTS = 5
"""The most parts that are paid for at once."""

RECIPE = (
    "engine_id",
    "prompt",
    "width",
    "height",
    "seed",
    "cfg_scale",
    "motion_bucket_id",
    "segments",
    "earlier",
    "camera",
)
"""What of an order tells how a film can be made again."""

SEGMENT = "segment"
"""The role of the parts of a film."""

LATER_FIELDS = ("words", "negative_words", "marked_as", "earlier_s", "unfiltered")

MAX_PARTS = 10
"""The most parts of one film, however often it is extended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoOrder:
    """A film of so many new parts, after `earlier` ones of the film that it goes on from.

    Without new parts it is that film with another camera move. Sizes are in pixels; the pictures
    are kept as artifacts of the job: `first`, and `segment` and `last` of the earlier parts. Of a
    picture that is hidden as a spoiler the film is one too. `words` and `negative_words` are what
    its engine is told beside the picture, where it takes words. `marked_as` is the trained model
    that drew the picture, where the film's engine is none: content credentials name it.
    `earlier_s` is how long the earlier parts are, 0 where each is as long as the new ones.
    `motion_bucket_id` is 0 where the engine heeds none. `unfiltered` asks our own server not to
    withhold it.
    """

    kind: ClassVar[str] = "video"
    picture_role: ClassVar[str] = ""
    unit_role: ClassVar[str] = SEGMENT

    title: str
    engine_id: str
    width: int
    height: int
    seed: int
    cfg_scale: float
    motion_bucket_id: int
    segments: int
    segment_s: float
    earlier: int = 0
    earlier_s: float = 0.0
    prompt: str = ""
    words: str = ""
    negative_words: str = ""
    camera: Camera | None = None
    notices: tuple[str, ...] = ()
    is_spoiler: bool = False
    marked_as: str = ""
    unfiltered: bool = False

    @property
    def heading(self) -> str:
        """What its picture is called: the words that it was drawn from, or its file's name."""
        return self.title

    @property
    def requests(self) -> tuple[ImageRequest, ...]:
        """None: the picture that it starts from is there already."""
        return ()

    @property
    def units(self) -> int:
        """How many new parts are paid for; none where only the camera moves."""
        return self.segments

    @property
    def unit(self) -> str:
        """What the ledger calls them."""
        return "parts of a film" if self.segments else "a camera move"

    def charge_mc(self, price_mc: int, count: int) -> int:
        """What so many of the new parts cost."""
        return charge_mc(price_mc, self.units, count)

    def length_s(self, made: int) -> float:
        """How long the film is with so many of its new parts, in seconds."""
        before_s = self.earlier_s or self.segment_s * self.earlier
        return before_s + self.segment_s * made

    @property
    def parts(self) -> range:
        """The numbers of the parts that are to be made."""
        return range(self.earlier, self.earlier + self.segments)

    @staticmethod
    def has_room(parts: int) -> bool:
        """Whether a film of so many parts may have another one."""
        return parts < MAX_PARTS

    def seed_of(self, number: int) -> int:
        """The seed of a part: they count on, so that no part moves just like another."""
        return (self.seed - 1 + number) % MAX_SEED + 1

    @property
    def recipe(self) -> dict[str, Any]:
        """How the film can be made again; no member and no guild is named in it."""
        data = self.to_json()
        return {key: data[key] for key in RECIPE if data[key]}

    def to_json(self) -> dict[str, Any]:
        """Plain data for the job's row."""
        data = {field.name: getattr(self, field.name) for field in fields(self)}
        data["camera"] = self.camera.to_json() if self.camera else None
        data["notices"] = list(self.notices)
        # Left out where there are none, so that a version that does not know them reads the rest.
        return {name: value for name, value in data.items() if value or name not in LATER_FIELDS}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> VideoOrder:
        """The order that `to_json` wrote.

        Raises:
            TooLate: it was forgotten since.
        """
        if not data:
            raise TooLate
        values: dict[str, Any] = {**data, "notices": tuple(data["notices"])}
        values["camera"] = Camera.from_json(data["camera"]) if data["camera"] else None
        return cls(**values)
