"""What a member asks to blend, and how it is kept as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from commands.errors import DraftGone
from commands.kinds.image.kept_picture import KeptPicture
from commands.kinds.image.read import ImageRequestForm, whole_text
from commands.upload import Upload
from jobs.orders.blend import BlendOrder

if TYPE_CHECKING:
    from collections.abc import Iterable

BLEND = BlendOrder.kind
"""The kind of a draft of a blend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendSource:
    """One of the pictures: attached, or of a result; `field` is the option that it was typed as."""

    field: str
    upload: Upload | None = None
    kept: KeptPicture | None = None
    weight: float = 1.0

    @property
    def size(self) -> tuple[int, int] | None:
        """Its size in pixels, where that is known."""
        found = self.upload or self.kept
        if found is None or not found.width or not found.height:
            return None
        return found.width, found.height


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendForm:
    """The pictures, and beside them what is asked of the result: words and options, or no words.

    `pictures_of` is the job whose pictures are used again.
    """

    asked: ImageRequestForm
    sources: tuple[BlendSource, ...]
    pictures_of: str | None = None

    @property
    def has_words(self) -> bool:
        """Whether words take part."""
        return bool(self.asked.prompt.strip())

    @property
    def whole_text(self) -> str:
        """The words with the options as flags; empty without words."""
        return whole_text(self.asked) if self.has_words else ""

    def with_prompt(self, text: str) -> BlendForm:
        """The same pictures with a text that stands for everything else."""
        if not self.has_words and not text.strip():
            return self
        return replace(self, asked=self.asked.with_prompt(text.strip()))

    def to_json(self) -> dict[str, Any]:
        """Plain data for a draft."""
        return {
            "kind": BLEND,
            "asked": self.asked.to_json(),
            "sources": [asdict(source) for source in self.sources],
            "pictures_of": self.pictures_of,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> BlendForm:
        """The form that `to_json` wrote.

        Raises:
            DraftGone: it is no blend.
        """
        if data.get("kind") != BLEND:
            raise DraftGone
        return cls(
            asked=ImageRequestForm.from_json(data["asked"]),
            sources=tuple(map(_source, data["sources"])),
            pictures_of=data["pictures_of"],
        )

    @classmethod
    def again(cls, job_id: str, order: BlendOrder, prompt: str) -> BlendForm:
        """The pictures of a job once more with that prompt; without one, in the same way."""
        request, asked = order.first, ImageRequestForm(prompt=prompt)
        if not prompt:
            size = f"{request.width}x{request.height}"
            asked = replace(asked, engine=request.engine_id, size=size, count=order.pictures)
        return cls(asked=asked, sources=_sources_of(order), pictures_of=job_id)


def kept_jobs(sources: Iterable[BlendSource]) -> list[str]:
    """The jobs whose results are blended, each once."""
    return list(dict.fromkeys(source.kept.job_id for source in sources if source.kept))


def _sources_of(order: BlendOrder) -> tuple[BlendSource, ...]:
    """The pictures of an order, which its job has in the size of the result."""
    width, height = order.first.width, order.first.height
    return tuple(
        BlendSource(
            field="image",
            kept=origin
            and KeptPicture(job_id=origin[0], position=origin[1], width=width, height=height),
            weight=picture.weight,
        )
        for picture, origin in zip(order.blended, order.origins, strict=True)
    )


def _source(data: dict[str, Any]) -> BlendSource:
    return BlendSource(
        field=data["field"],
        upload=Upload(**data["upload"]) if data["upload"] else None,
        kept=KeptPicture(**data["kept"]) if data["kept"] else None,
        weight=data["weight"],
    )
