"""The contract of how a kind of job looks in Discord; `registry` has all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from generation.catalogue.engine import IMAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from commands.ui.cards import Card
    from generation.catalogue.catalogue import Catalogue, Engine
    from generation.edits import EditAction
    from generation.hosts.offered import OfferedCatalogue
    from jobs.delivery import Progress
    from jobs.rules.terms import Asker
    from jobs.runner.estimate import WaitEstimate
    from storage.jobs.jobs import Job


class EngineSource(Protocol):
    """Knows the engines, and which of them are offered at the moment."""

    @property
    def known(self) -> Catalogue:
        """The whole catalogue, offered or not."""
        ...

    @property
    def offered(self) -> OfferedCatalogue:
        """What draws now."""
        ...

    @property
    def upscalers(self) -> OfferedCatalogue:
        """What makes pictures larger now."""
        ...

    @property
    def editors(self) -> OfferedCatalogue:
        """What edits pictures now and does nothing else."""
        ...

    @property
    def default(self) -> Engine | None:
        """What draws where none is named; None where nothing draws now."""
        ...

    @property
    def video_engine(self) -> Engine | None:
        """What makes films where no engine is named, if anything does."""
        ...

    @property
    def video_engines(self) -> Sequence[Engine]:
        """What makes films now, the usual one first."""
        ...


@dataclass(frozen=True, slots=True)
class OfferedEngines:
    """What is offered here at the moment: engines come and go while the bot runs.

    `now` is the clock by which a card's offer ends; `are_videos_over` says that there were films
    until their service ended, and `lifts_filter` that nothing is withheld in age-restricted
    channels.
    """

    source: EngineSource
    now: Callable[[], datetime]
    are_videos_over: bool = False
    lifts_filter: bool = False

    def is_unfiltered(self, asker: Asker) -> bool:
        """Whether no picture is withheld where somebody asks."""
        return self.lifts_filter and asker.is_age_restricted

    @property
    def catalogue(self) -> OfferedCatalogue:
        """What draws now."""
        return self.source.offered

    @property
    def upscalers(self) -> OfferedCatalogue:
        """What makes pictures larger now."""
        return self.source.upscalers

    def editors_for(self, action: EditAction) -> Sequence[Engine]:
        """What does that to a picture now, engines with a trained model first."""
        able = [
            engine
            for engine in (*self.source.editors, *self.catalogue.of_kind(IMAGE))
            if action in engine.edits
        ]
        return sorted(able, key=lambda engine: not engine.has_model)

    def find_editor(self, engine_id: str) -> Engine:
        """The engine of that id, which may edit pictures.

        Raises:
            UnknownEngine, EngineAway
        """
        editors = self.source.editors
        return editors.find(engine_id) or self.catalogue.get(engine_id)

    @property
    def known(self) -> Catalogue:
        """The whole catalogue: what a card says of an engine holds whether it is offered or not."""
        return self.source.known

    @property
    def video(self) -> Engine | None:
        """What makes films where no engine is named, if anything does."""
        return self.source.video_engine

    @property
    def videos(self) -> Sequence[Engine]:
        """What makes films now, the usual one first."""
        return self.source.video_engines

    @property
    def default(self) -> Engine:
        """The engine that draws where none is named.

        Raises:
            EngineAway: nothing draws now.
        """
        engine = self.find_default()
        if engine is None:
            raise self.catalogue.absence()
        return engine

    def find_default(self) -> Engine | None:
        """The engine that draws where none is named; None where nothing draws now."""
        return self.source.default

    @property
    def controls(self) -> Collection[str]:
        """The kinds of control pictures that are followed now, by whichever engine."""
        return {kind for engine in self.catalogue for kind in engine.controls}

    @property
    def has_masks(self) -> bool:
        """Whether an engine changes a part of a picture only."""
        return any(engine.mask for engine in self.catalogue)

    @property
    def blenders(self) -> Sequence[Engine]:
        """The engines that mix several pictures into one."""
        return [engine for engine in self.catalogue if engine.blends]

    @property
    def has_adapters(self) -> bool:
        """Whether an engine has LoRAs or textual inversions now."""
        return any(engine.loras or engine.embeddings for engine in self.catalogue)

    @property
    def names(self) -> Mapping[str, str]:
        """What the engines are called, by id."""
        return {engine.id: engine.name for engine in self.known}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownResult:
    """What of a result a card shows: so many units, in the files of those addresses.

    `seeds`, `positions` and `sizes` in pixels are those of the files, the positions among all that
    were ordered, and from 0 on where none are given; with a `link` to a file that is too large, its
    poster is shown.
    What `is_again` shown asks nothing, and offers no more than its kind does at any time.
    """

    files: Sequence[str]
    seeds: Sequence[int]
    made: int
    failure: Exception | None = None
    link: str = ""
    is_again: bool = False
    positions: Sequence[int] = ()
    sizes: Sequence[tuple[int, int]] = ()

    @property
    def size(self) -> tuple[int, int] | None:
        """The size that all of the files have, where they have one."""
        return self.sizes[0] if len(set(self.sizes)) == 1 else None


@dataclass(frozen=True, slots=True)
class SourcePicture:
    """A picture of a result that another one was made of; its number counts from 1."""

    job_id: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a result was made: its values by their names, and what to type to have it made again.

    `paste` is a prompt with every option, empty where none is typed; `command` takes it. `notes`
    are what the prompt alone does not bring back.
    """

    values: Mapping[str, str | SourcePicture]
    command: str
    paste: str = ""
    notes: Sequence[str] = ()


class KindView(Protocol):
    """How jobs of one kind look, and which actions lead on from their cards.

    `kind` is that of the job, `draft_kind` that of its drafts; `noun` is what a member calls what
    it makes, `lost_noun` what one call whose answer was lost makes. `edit_action` opens the text of
    a job for its author, `redo_action` opens a draft; None where there is no text. Jobs that wait
    in line are told how it moves.
    """

    kind: ClassVar[str]
    draft_kind: ClassVar[str]
    noun: ClassVar[str]
    lost_noun: ClassVar[str]
    edit_action: ClassVar[str | None]
    redo_action: ClassVar[str | None]
    waits_in_line: ClassVar[bool]

    def __init__(self, engines: OfferedEngines) -> None: ...

    def count(self, job: Job) -> int:
        """How many of what the noun says the job makes."""
        ...

    def waiting_card(self, job: Job, wait_estimate: WaitEstimate) -> Card:
        """The card of a job that waits."""
        ...

    def running_card(
        self, job: Job, progress: Progress, *, has_preview: bool, arrived: Sequence[str] = ()
    ) -> Card:
        """The card of a job that is under way, with its preview where that is attached.

        `arrived` are the addresses of what is shown of its result already.
        """
        ...

    def result_card(self, job: Job, shown: ShownResult) -> Card:
        """The card of what was made, with what can be done with it."""
        ...

    def recipe(self, job: Job) -> Recipe:
        """How it was made.

        Raises:
            TooLate: it was forgotten since.
        """
        ...
