"""The form of a morph between prompts, and the order that it becomes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from commands.kinds.image.read import ImageRequestForm, read, whole_text
from commands.languages import marked, say, say_name, say_on_card
from commands.options.camera import read_camera
from commands.ui.text import clamp
from generation.errors import BadRequest
from generation.stability.fit import operation_of
from jobs.orders.morph import (
    DEFAULT_FPS,
    DEFAULT_FRAMES,
    MAX_FPS,
    MAX_FRAMES,
    MIN_FPS,
    MIN_FRAMES,
    MorphOrder,
)
from prompts import Options, PromptError, parse, weigh, without_invisible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generation.catalogue.catalogue import Catalogue, Engine
    from jobs.orders.image import ImageOrder

MORPH = "morph"
"""The kind of a draft with the form of a morph."""

NAMES = ("first", "second", "third")
FIELDS = (marked("first prompt"), marked("second prompt"), marked("third prompt"))
MAX_TITLE = 95
"""Of each prompt: a card's heading has room for three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MorphRequestForm:
    """The typed texts and the slash options beside them.

    Frames and frames per second are text, as a form has them; empty stands for the usual number.
    """

    first: str
    second: str
    third: str = ""
    frames: str = ""
    fps: str = ""
    seed: int | None = None
    size: str | None = None
    aspect: str | None = None
    engine: str | None = None
    camera: str | None = None
    strength: int | None = None
    easing: str | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The prompts, in their order."""
        return (self.first, self.second, *([self.third] if self.third.strip() else []))

    @property
    def opening(self) -> ImageRequestForm:
        """The first prompt, which has the options of all of them."""
        return ImageRequestForm(
            prompt=self.first,
            seed=self.seed,
            size=self.size,
            aspect=self.aspect,
            engine=self.engine,
        )

    @property
    def whole_text(self) -> str:
        """The prompts, a line each; the options stand in the first one."""
        return "\n".join([whole_text(self.opening), *self.texts[1:]])

    def to_json(self) -> dict[str, Any]:
        """Plain data for a draft."""
        return {"kind": MORPH, **asdict(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> MorphRequestForm:
        """The form that `to_json` wrote."""
        return cls(**{name: value for name, value in data.items() if name != "kind"})

    @classmethod
    def again(cls, order: MorphOrder) -> MorphRequestForm:
        """The form that orders such a morph once more."""
        camera = order.camera
        first, second, *rest = order.prompts
        return cls(
            first=first,
            second=second,
            third="".join(rest),
            frames=str(order.frames),
            fps=str(order.fps),
            camera=str(camera.move) if camera else None,
            strength=camera.strength if camera else None,
            easing=str(camera.easing) if camera else None,
        )

    def as_form(self) -> dict[str, str]:
        """What an edit shows, by the names of its fields; options stand in the first prompt."""
        return {
            "first": whole_text(self.opening),
            "second": self.second,
            "third": self.third,
            "frames": self.frames or str(DEFAULT_FRAMES),
            "fps": self.fps or str(DEFAULT_FPS),
        }

    def edited(self, form: Mapping[str, str]) -> MorphRequestForm:
        """What the form says, with the camera as it was."""
        return MorphRequestForm(
            first=form.get("first", ""),
            second=form.get("second", ""),
            third=form.get("third", ""),
            frames=form.get("frames", ""),
            fps=form.get("fps", ""),
            camera=self.camera,
            strength=self.strength,
            easing=self.easing,
        )


def read_morph(form: MorphRequestForm, catalogue: Catalogue, default_engine_id: str) -> MorphOrder:
    """The validated order.

    Raises:
        PromptError, BadRequest, UnknownEngine, BadInput, TooManyPictures
    """
    opening = read(form.opening, catalogue, default_engine_id)
    engine = catalogue.get(opening.engine_id)
    stops = [opening]
    for name, text in zip(NAMES[1:], form.texts[1:], strict=False):
        if parse(text).options != Options():
            raise BadRequest(
                f"{name} prompt",
                say("put options like --ar in the first prompt; they apply to all"),
            )
        stops.append(
            read(ImageRequestForm(prompt=text, engine=engine.id), catalogue, default_engine_id)
        )
    _check(stops, engine)
    _check_loras(stops)
    return MorphOrder(
        title=" → ".join(clamp(stop.title, MAX_TITLE) for stop in stops),
        prompts=tuple(_text_of(stop, number) for number, stop in enumerate(stops)),
        scenes=tuple(stop.first.prompts for stop in stops),
        settings=replace(opening.first, prompts=()),
        frames=_figure("frames", form.frames, MIN_FRAMES, MAX_FRAMES, DEFAULT_FRAMES),
        fps=_figure("fps", form.fps, MIN_FPS, MAX_FPS, DEFAULT_FPS),
        camera=read_camera(form.camera, form.strength, form.easing),
        notices=tuple(
            dict.fromkeys((*_blending(engine), *(one for stop in stops for one in stop.notices)))
        ),
    )


def at_fault(form: MorphRequestForm) -> str:
    """The text that a mistake is in; the first one where all can be read."""
    for text in form.texts:
        try:
            parse(text)
        except PromptError:
            return text
    return form.first


def _text_of(stop: ImageOrder, number: int) -> str:
    """A prompt as it goes back into an edit: the engine is named in the first one, if at all."""
    if not number:
        return stop.prompt
    prompt = parse(stop.prompt)
    return replace(prompt, options=Options()).canonical


def _check(stops: list[ImageOrder], engine: Engine) -> None:
    """Each stop is one picture, another than the one before it, and two fit into one frame."""
    for name, stop in zip(NAMES, stops, strict=False):
        if stop.pictures > 1:
            reason = say("each prompt makes one picture here: remove {…} and --count")
            raise BadRequest(f"{name} prompt", reason)
    for name, before, after in zip(NAMES[1:], stops, stops[1:], strict=False):
        if _meaning(before, engine) == _meaning(after, engine):
            reason = say("it draws the same as the one before it, so nothing would change")
            raise BadRequest(f"{name} prompt", reason)
    lengths = [sum(len(prompt.text) for prompt in stop.first.prompts) for stop in stops]
    for name, before, after in zip(NAMES[1:], lengths, lengths[1:], strict=False):
        if before + after > engine.max_prompt_chars:
            reason = say(
                "with the one before it it has {count:,} characters, more than the"
                " {limit:,} that {engine} takes at once",
                count=before + after,
                limit=engine.max_prompt_chars,
                engine=engine.id,
            )
            raise BadRequest(f"{name} prompt", reason)


def _check_loras(stops: list[ImageOrder]) -> None:
    """Its frames are drawn with one model, so LoRAs hold for all of them."""
    for name, stop in zip(NAMES[1:], stops[1:], strict=False):
        if stop.first.loras not in ((), stops[0].first.loras):
            raise BadRequest(
                f"{name} prompt", say("put LoRAs in the first prompt; they apply to all")
            )


def _meaning(stop: ImageOrder, engine: Engine) -> list[list[tuple[str, float]]]:
    """The words that are drawn with their weights, of the segments in any order.

    Case, spaces, signs that nobody sees and how a letter is put together change nothing.
    """
    return sorted(
        [
            (words, round(run.weight, 4))
            for run in weigh(prompt.text, prompt.weight, reads_emphasis=engine.emphasis)
            if (words := _words_of(run.text))
        ]
        for prompt in stop.first.prompts
    )


def _words_of(text: str) -> str:
    return " ".join(normalize("NFC", without_invisible(text)).casefold().split())


def _blending(engine: Engine) -> tuple[str, ...]:
    """That prompts cannot be weighed against each other, so that nothing passes over."""
    if not engine.is_rest or operation_of(engine, has_mask=False).reads_weights:
        return ()
    return (
        say_on_card(
            "{engine} takes no weights; the pictures change at once, halfway.", engine=engine.id
        ),
    )


def _figure(name: str, text: str, least: int, most: int, usual: int) -> int:
    typed = text.strip()
    if not typed:
        return usual
    is_number = typed.isascii() and typed.isdecimal() and len(typed) <= 6
    if not is_number or not least <= int(typed) <= most:
        raise BadRequest(
            name,
            say(
                "{name} must be a number from {least} to {most}, not “{typed}”",
                name=say_name("option", name),
                least=least,
                most=most,
                typed=clamp(typed, 20),
            ),
        )
    return int(typed)
