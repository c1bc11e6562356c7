"""The order of a morph, a film from prompt to prompt, and how it is kept as JSON."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from generation.request import TextPrompt
from jobs.errors import TooLate
from jobs.orders.order import charge_mc
from jobs.orders.request import request_from_json, request_to_json
from media.camera import Camera

if TYPE_CHECKING:
    from generation.request import ImageRequest

MIN_FRAMES, MAX_FRAMES, DEFAULT_FRAMES = 8, 120, 24
MIN_FPS, MAX_FPS, DEFAULT_FPS = 4, 30, 12

FRAME = "frame"
"""The role of the artifacts that a morph's film is put together from."""

RECIPE = ("scenes", "frames", "fps", "camera")
FRAME_RECIPE = (
    "engine_id",
    "width",
    "height",
    "seed",
    "steps",
    "cfg_scale",
    "sampler",
    "guidance",
    "style",
)
"""What of an order, and of what its frames share, tells how a morph can be made again."""

Scene: TypeAlias = tuple[TextPrompt, ...]
"""What is drawn where the morph is at one of its prompts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MorphOrder:
    """A film of so many frames that goes through two or more scenes in equal parts.

    `prompts` are the whole texts as they go back into an edit, options included; `settings` is
    what all frames share: everything but the words.
    """

    kind: ClassVar[str] = "morph"
    picture_role: ClassVar[str] = FRAME
    unit_role: ClassVar[str] = FRAME

    title: str
    prompts: tuple[str, ...]
    scenes: tuple[Scene, ...]
    settings: ImageRequest
    frames: int = DEFAULT_FRAMES
    fps: int = DEFAULT_FPS
    camera: Camera | None = None
    notices: tuple[str, ...] = ()

    @property
    def earlier(self) -> int:
        """None of its units were given to it."""
        return 0

    @property
    def heading(self) -> str:
        """Both prompts, or all three."""
        return " → ".join(self.prompts)

    @property
    def words(self) -> str:
        """None: a picture is told its prompts."""
        return ""

    @property
    def prompt(self) -> str:
        """All texts, each on a line."""
        return "\n".join(self.prompts)

    @property
    def engine_id(self) -> str:
        """The engine of all frames."""
        return self.settings.engine_id

    @property
    def width(self) -> int:
        """In pixels."""
        return self.settings.width

    @property
    def height(self) -> int:
        """In pixels."""
        return self.settings.height

    @property
    def seed(self) -> int:
        """The seed of every frame."""
        return self.settings.seed

    @property
    def units(self) -> int:
        """How many frames are paid for."""
        return self.frames

    @property
    def unit(self) -> str:
        """What the ledger calls them."""
        return "frames"

    def charge_mc(self, price_mc: int, count: int) -> int:
        """What so many of the frames cost."""
        return charge_mc(price_mc, self.units, count)

    @property
    def requests(self) -> tuple[ImageRequest, ...]:
        """One request for each frame; the first and the last draw just their own scenes."""
        return tuple(
            replace(self.settings, prompts=self._between(number)) for number in range(self.frames)
        )

    def _between(self, number: int) -> Scene:
        """The words of a frame, by whole numbers: at a scene itself nothing may be left over."""
        steps = self.frames - 1
        leg, done = divmod(number * (len(self.scenes) - 1), steps)
        if not done:
            return self.scenes[leg]
        share = done / steps
        return (*_weighed(self.scenes[leg], 1 - share), *_weighed(self.scenes[leg + 1], share))

    @property
    def recipe(self) -> dict[str, Any]:
        """How the film can be made again; no member and no guild is named in it."""
        data = self.to_json()
        told = {key: data[key] for key in RECIPE}
        told |= {key: data["settings"][key] for key in FRAME_RECIPE}
        # An engine without steps or guidance has 0 of them.
        absent = {key for key in ("steps", "cfg_scale") if not told[key] and not told["steps"]}
        return {k: value for k, value in told.items() if value is not None and k not in absent}

    def to_json(self) -> dict[str, Any]:
        """Plain data for the job's row."""
        return {
            "title": self.title,
            "prompts": list(self.prompts),
            "scenes": [[[prompt.text, prompt.weight] for prompt in scene] for scene in self.scenes],
            "settings": request_to_json(self.settings),
            "frames": self.frames,
            "fps": self.fps,
            "camera": self.camera.to_json() if self.camera else None,
            "notices": list(self.notices),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> MorphOrder:
        """The order that `to_json` wrote.

        Raises:
            TooLate: it was forgotten since.
        """
        if not data:
            raise TooLate
        values: dict[str, Any] = {
            **data,
            "prompts": tuple(data["prompts"]),
            "scenes": tuple(
                tuple(TextPrompt(text, weight) for text, weight in scene)
                for scene in data["scenes"]
            ),
            "settings": request_from_json(data["settings"]),
            "camera": Camera.from_json(data["camera"]) if data["camera"] else None,
            "notices": tuple(data["notices"]),
        }
        return cls(**values)


def _weighed(scene: Scene, share: float) -> Scene:
    """A scene with that share of its weights; what then weighs nothing is left out."""
    weighed = (replace(prompt, weight=prompt.weight * share) for prompt in scene)
    return tuple(prompt for prompt in weighed if prompt.weight)
