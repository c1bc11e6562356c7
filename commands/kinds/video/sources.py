"""The pictures that a film can start from: attached ones, and those that were drawn here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from commands.access.shown_pictures import usable_pictures
from commands.languages import marked, say_on_card
from commands.ui.text import UNSEEN
from commands.upload import Upload
from jobs.orders.by_kind import order_of
from media.fit import Fitted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import discord
    from discord import Interaction

    from commands.kinds.video.services import VideoServices
    from jobs.videos import Videos
    from media.fit import Fit
    from storage.jobs.jobs import Job

NAMELESS = marked("a picture")
SPOILER = "SPOILER_"
"""How the names of files begin that their members have hidden."""

MAX_SOURCES = 25
"""As many as a select offers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One picture: an upload, or the picture of a job at that position; its size where known."""

    title: str
    size: tuple[int, int] | None
    prompt: str = ""
    upload: Upload | None = None
    is_spoiler: bool = False
    job_id: str = ""
    position: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain data for a draft."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Source:
        """The source that `to_json` wrote."""
        values = dict(data)
        values["upload"] = Upload(**data["upload"]) if data["upload"] else None
        values["size"] = (data["size"][0], data["size"][1]) if data["size"] else None
        return cls(**values)

    async def fitted(
        self,
        services: VideoServices,
        member_id: int,
        fit: Fit,
        size: tuple[int, int],
        sizes: Sequence[tuple[int, int]],
    ) -> Fitted:
        """The picture as PNG of a film's size, read for that member.

        An upload decides by its own shape, known once it is read, which of the sizes that is.

        Raises:
            BadUpload, TooLate
        """
        uploads = services.media.uploads
        if self.upload is not None:
            return await uploads.video_still(member_id, "image", self.upload, fit, sizes=sizes)
        job = await services.records.get(self.job_id)
        still = await services.videos.still(job, self.position)
        png = await uploads.fit_video(member_id, "image", still.data, fit, size)
        return Fitted(png, *size, is_changed=False)


def of_upload(upload: Upload) -> Source:
    """An attached picture."""
    has_size = bool(upload.width and upload.height)
    size = (upload.width or 0, upload.height or 0) if has_size else None
    is_spoiler = upload.filename.startswith(SPOILER)
    name = upload.filename.removeprefix(SPOILER)
    title = UNSEEN.sub("", name).strip() or say_on_card(NAMELESS)
    return Source(title=title, size=size, upload=upload, is_spoiler=is_spoiler)


async def of_job(videos: Videos, job: Job) -> list[Source]:
    """The pictures of a job, in order.

    Raises:
        TooLate: none is kept.
    """
    order = order_of(job)
    pictures = await videos.pictures(job)
    return [
        Source(
            title=order.title,
            prompt=order.prompt,
            size=picture.size,
            job_id=job.id,
            position=picture.position,
        )
        for picture in pictures[:MAX_SOURCES]
    ]


def numbered_titles(sources: Sequence[Source]) -> list[str]:
    """The pictures to choose from: those of a job by their own numbers, others counted."""
    positions = [one.position if one.job_id else at for at, one in enumerate(sources)]
    return [f"{at + 1}. {one.title}" for at, one in zip(positions, sources, strict=True)]


def of_message(
    interaction: Interaction[Any], message: discord.Message, *, allows_others: bool
) -> Sequence[Source]:
    """The pictures of a message: one's own or the bot's, and others' where moderators allow that.

    Raises:
        BadInput
    """
    found = usable_pictures(interaction, message, allows_others=allows_others)
    return [of_upload(upload) for upload in found[:MAX_SOURCES]]
