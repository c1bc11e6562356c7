"""From what a member typed to what an engine draws."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from commands.errors import BadUpload
from commands.kinds.image.edits import DEFAULT_EDIT_STRENGTH, check_edit
from commands.kinds.image.kept_picture import KeptPicture
from commands.kinds.image.loras import find_loras
from commands.kinds.image.notices import notices_of, title_of
from commands.kinds.image.requests import asked_of, base_request, fit_variants
from commands.kinds.image.seeds import split
from commands.kinds.image.shapes import cut_for, size_of
from commands.languages import say, say_on_card
from commands.upload import Upload
from generation.abilities import find_able, validate_control, validate_start
from generation.catalogue.catalogue import IMAGE
from generation.errors import BadRequest
from generation.request import Control
from generation.stability.start_sizes import engine_for
from generation.validation import validate
from jobs.errors import TooManyPictures
from jobs.orders.image import MAX_PICTURES, ImageOrder
from prompts import (
    MAX_CHARS,
    Options,
    Prompt,
    PromptError,
    Segment,
    parse,
    render,
    without_options,
)

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Catalogue, Engine
    from generation.stability.fit import Asked

DEFAULT_STRENGTH = 65
DEFAULT_CONTROL_STRENGTH = 100
"""In percent: as the model of the control picture was trained."""

SHAPES = frozenset({"ar", "size"})
"""The flags for the shape of a picture: where the command gives one, it replaces both."""

LATER_FIELDS = (
    *("control", "control_kind", "control_strength", "preferred_engine", "private"),
    *("kept_image", "area"),
)
"""Left out of a draft where nothing is said, for versions that do not know them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequestForm:
    """What a member typed: the prompt and the slash options beside it.

    `uploads_of` is the job whose init image, mask and control picture are used again; `video` is
    the form of the film that the picture is drawn for. `preferred_engine` draws where none is
    named, while it is offered. What is `private` is drawn for the member alone. `kept_image` is the
    picture of a result to start from, in place of an upload. An edit has an `area` that may change.
    """

    prompt: str
    negative: str | None = None
    aspect: str | None = None
    size: str | None = None
    engine: str | None = None
    count: int | None = None
    seed: int | None = None
    strength: int | None = None
    image: Upload | None = None
    mask: Upload | None = None
    control: Upload | None = None
    control_kind: str | None = None
    control_strength: int | None = None
    uploads_of: str | None = None
    video: dict[str, Any] | None = None
    preferred_engine: str | None = None
    private: bool | None = None
    kept_image: KeptPicture | None = None
    area: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data for a draft."""
        data = asdict(self)
        for name in LATER_FIELDS:
            if data[name] is None:
                del data[name]
        # Drafts of earlier versions have this name.
        data["film"] = data.pop("video")
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ImageRequestForm:
        """The form that `to_json` wrote."""
        values = dict(data)
        values["video"] = values.pop("film", None)
        for name in ("image", "mask", "control"):
            values[name] = Upload(**data[name]) if data.get(name) else None
        kept = data.get("kept_image")
        values["kept_image"] = KeptPicture(**kept) if kept else None
        return cls(**values)

    def with_prompt(self, text: str) -> ImageRequestForm:
        """The same pictures to start from, with a text that stands for everything else."""
        said = dict.fromkeys(("negative", "aspect", "size", "engine", "count", "seed"))
        strength = None if names_strength(text) else self.strength
        return replace(self, prompt=text, strength=strength, **said)


def names_strength(text: str) -> bool:
    """Whether a prompt says how much of a picture may change, which then counts."""
    try:
        return parse(text).options.strength is not None
    except PromptError:
        return False


def without_unknown(form: ImageRequestForm) -> ImageRequestForm:
    """The same form without options that are none, where nothing else is wrong with the prompt."""
    try:
        parse(form.prompt)
    except PromptError as error:
        return replace(form, prompt=error.remedy) if error.remedy else form
    return form


def whole_text(form: ImageRequestForm) -> str:
    """The prompt with the slash options as flags, as an edit shows it.

    What cannot be read stays as it was typed, so that the mistake can be seen and corrected.
    """
    try:
        return render(_prompt(form))
    except (PromptError, BadRequest):
        flags = {
            "ar": form.aspect,
            "size": form.size,
            "engine": form.engine,
            "count": form.count,
            "seed": form.seed,
            "no": form.negative,
        }
        said = {name: value for name, value in flags.items() if value is not None}
        # What the command avoids is added to what the prompt does.
        replaced = {*said} - {"no"}
        if replaced & SHAPES:
            replaced |= SHAPES
        typed = [f"--{name} {value}" for name, value in said.items()]
        return " ".join([without_options(form.prompt, replaced), *typed])


def read(
    form: ImageRequestForm,
    catalogue: Catalogue,
    default_engine_id: str,
    *,
    uploads_of: ImageOrder | None = None,
) -> ImageOrder:
    """The validated order.

    Raises:
        PromptError, BadRequest, BadUpload, UnknownEngine, TooManyPictures
    """
    prompt = _prompt(form)
    options = prompt.options
    check_edit(form)
    uses = _uses(form, uploads_of)
    default, engine = _engines(form, options, catalogue, default_engine_id, uses)
    size = size_of(form, options, engine, uploads_of)
    base = base_request(options, engine, size, _strength(form, options))
    if uses.mask and not uses.init:
        raise BadUpload("mask", say("a mask needs an image as well"))
    validate_start(engine, catalogue, has_image=uses.init, has_mask=uses.mask)
    base = replace(
        base,
        controls=_controls(form, engine, catalogue, is_given=uses.control),
        loras=find_loras(prompt, engine, catalogue),
    )
    drawn = fit_variants(prompt, base, engine, _asked(form, options, uses))
    sized = engine_for(engine, has_image=uses.init, has_mask=uses.mask)
    requests = split([one.request for one in drawn], options, engine)
    order = ImageOrder(
        prompt=render(prompt),
        title=title_of(prompt),
        requests=tuple(validate(request, sized) for request in requests),
        notices=(
            *_instead(default, engine),
            *notices_of(prompt, engine, drawn),
            *_strengths(form, options),
            *cut_for(form, (base.width, base.height), sized, uploads_of),
        ),
        uses_init=uses.init,
        uses_mask=uses.mask,
        video=form.video,
    )
    _check_count(order)
    return order


def _check_count(order: ImageOrder) -> None:
    if order.video and order.pictures > 1:
        raise BadRequest(
            "count",
            say("a film starts from one picture, not from {count}", count=order.pictures),
        )
    if order.pictures > MAX_PICTURES:
        raise TooManyPictures(order.pictures, MAX_PICTURES)


@dataclass(frozen=True, slots=True)
class _Uses:
    """Which pictures an order starts from: attached ones, or those of another order."""

    init: bool
    mask: bool
    control: bool


def _uses(form: ImageRequestForm, uploads_of: ImageOrder | None) -> _Uses:
    is_given = form.image is not None or form.kept_image is not None
    has_area = form.mask is not None or form.area is not None
    return _Uses(
        init=is_given or bool(uploads_of and uploads_of.uses_init),
        mask=has_area or bool(uploads_of and uploads_of.uses_mask),
        control=form.control is not None or bool(uploads_of and uploads_of.uses_control),
    )


def _engines(
    form: ImageRequestForm,
    options: Options,
    catalogue: Catalogue,
    default_engine_id: str,
    uses: _Uses,
) -> tuple[Engine, Engine]:
    """The engine that was asked for, and the one that draws."""
    preferred = catalogue.find(form.preferred_engine or "")
    usual = preferred.id if preferred and preferred.kind == IMAGE else default_engine_id
    default = engine = catalogue.get(options.engine or usual)
    if not options.engine:
        engine = find_able(default, catalogue, has_image=uses.init, has_mask=uses.mask)
    if engine.kind != IMAGE:
        raise BadRequest("engine", say("{engine} draws no pictures from words", engine=engine.id))
    return default, engine


def _instead(default: Engine, engine: Engine) -> tuple[str, ...]:
    """That another engine than the default one draws, perhaps at another price."""
    if engine is default:
        return ()
    return (
        say_on_card(
            "{engine} cannot start from a picture; {other} draws it.",
            engine=default.id,
            other=engine.id,
        ),
    )


def changed(form: ImageRequestForm, **options: Any) -> ImageRequestForm:
    """The same form with some options of its prompt replaced.

    Raises:
        PromptError, BadRequest
    """
    prompt = _prompt(form)
    return form.with_prompt(render(replace(prompt, options=replace(prompt.options, **options))))


def without_seed(text: str) -> str:
    """The same prompt without its seed, for another draw."""
    prompt = parse(text)
    return render(replace(prompt, options=replace(prompt.options, seed=None)))


def _prompt(form: ImageRequestForm) -> Prompt:
    slash = Options(
        aspect=_option("aspect", "ar", form.aspect).aspect,
        size=_option("size", "size", form.size).size,
        engine=(form.engine or "").strip() or None,
        count=form.count,
        seed=form.seed,
    )
    typed = parse(form.prompt, slash=slash)
    prompt = replace(typed, segments=(*typed.segments, *_negative(form.negative)))
    length = len(prompt.canonical)
    if length > MAX_CHARS:
        # It could be drawn, but then neither rerolled nor edited.
        reason = say(
            "with the prompt it has {count:,} characters, more than the {limit:,} allowed",
            count=length,
            limit=MAX_CHARS,
        )
        raise BadRequest("negative", reason)
    return prompt


def _negative(text: str | None) -> tuple[Segment, ...]:
    """What the slash option keeps out: read like `--no`, each part between commas by itself."""
    if not text or not text.strip():
        return ()
    try:
        return parse(f"--no {text}").segments
    except PromptError as error:
        raise BadRequest("negative", error.reason) from error


@lru_cache(maxsize=64)
def _option(field: str, flag: str, value: str | None) -> Options:
    """A slash option that is written like a flag of the prompt."""
    if value is None:
        return Options()
    try:
        # Spaces around the sign between two figures are not meant as more than that.
        return parse(f"- --{flag} {''.join(value.split())}").options
    except PromptError as error:
        raise BadRequest(field, error.reason) from error


def _strength(form: ImageRequestForm, options: Options) -> int:
    """How much of a picture to start from may change, in percent."""
    chosen = options.strength if form.strength is None else form.strength
    usual = DEFAULT_STRENGTH if form.area is None else DEFAULT_EDIT_STRENGTH
    return usual if chosen is None else chosen


def _strengths(form: ImageRequestForm, options: Options) -> tuple[str, ...]:
    """That the command's strength beats the prompt's."""
    if None in (form.strength, options.strength) or form.strength == options.strength:
        return ()
    return (say_on_card("The command's own strength replaces --strength."),)


def _controls(
    form: ImageRequestForm, engine: Engine, catalogue: Catalogue, *, is_given: bool
) -> tuple[Control, ...]:
    """The control picture, whose bytes are kept as an artifact of the job."""
    if not is_given:
        for name in ("control_kind", "control_strength"):
            if getattr(form, name) is not None:
                raise BadUpload(name, say("it needs a control picture as well"))
        return ()
    # Where there is one kind only, nobody has to name it.
    only = engine.controls[0] if len(engine.controls) == 1 else ""
    kind = (form.control_kind or "").strip().lower() or only
    if not kind and engine.controls:
        known = ", ".join(engine.controls)
        raise BadRequest(
            "control_kind", say("say what the control picture is: {known}", known=known)
        )
    validate_control(engine, catalogue, kind)
    strength = DEFAULT_CONTROL_STRENGTH if form.control_strength is None else form.control_strength
    return (Control(kind, b"", strength / 100),)


def _asked(form: ImageRequestForm, options: Options, uses: _Uses) -> Asked:
    has_strength = form.strength is not None or options.strength is not None
    return asked_of(options, has_strength=has_strength, has_image=uses.init, has_mask=uses.mask)
