"""Whether an engine's weights are here, looked up without loading anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from inference.weights.adapter_folders import AdapterFolders, Find, Folder
from inference.weights.adapters import (
    Widths,
    find_embeddings,
    find_loras,
    find_transformer_loras,
)
from inference.weights.checkpoints import checkpoint_problem
from inference.weights.folders import files_of
from inference.weights.headers import check_shards, read_header
from inference.weights.layout import (
    CHECKPOINT,
    GENERIC,
    INDEX,
    KANDINSKY,
    KANDINSKY_PRIOR,
    SD,
    SDXL,
    Files,
    Needed,
    as_index,
    clip_files,
    config_files,
    control_files,
    form_of,
    is_flux,
    pipeline_files,
)
from inference.weights.places import hub_id, locate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from inference.catalogue import Weights
    from inference.weights.adapters import AdapterFile


CONTROL_NET = "ControlNetModel"
"""The class of diffusers that ControlNets are read by."""


UNEXPECTED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What comes of a configuration with something else where a figure or a name is expected."""
MISREAD = "a configuration that cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """Everything of an engine's weights that is here; `size` is what its files hold in bytes."""

    source: Path
    family: str
    config: Path | None = None
    prior: Path | None = None
    control: Mapping[str, Path] = field(default_factory=dict[str, Path])
    clip_model: Path | None = None
    size: int = 0
    elements: int = 0
    """How many numbers the models have."""
    adapters: AdapterFolders = field(default_factory=AdapterFolders)

    @property
    def loras(self) -> Mapping[str, AdapterFile]:
        """The LoRAs that lie in the engine's folder now."""
        return self.adapters.loras

    @property
    def embeddings(self) -> Mapping[str, AdapterFile]:
        """The textual inversions that lie in the engine's folder now."""
        return self.adapters.embeddings

    @property
    def is_checkpoint(self) -> bool:
        """Whether all weights are in one file."""
        return self.source.suffix == CHECKPOINT


@dataclass(frozen=True, slots=True)
class Availability:
    """What is here of an engine: all that it needs, or why it cannot be served.

    `lacking` names what it can do without: ControlNets and the CLIP model that are not here.
    """

    located: Located | None
    problems: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    is_broken: bool = False
    """Whether something is there that cannot be used, rather than nothing."""


def find_pipeline(weights: Weights) -> Availability:
    """What is here of the weights of an engine that works with a pipeline of diffusers."""
    return guarded(_found, weights)


def guarded(look: Callable[[Weights], Availability], weights: Weights) -> Availability:
    """What a look finds; what cannot be looked at is a problem of the engine's."""
    try:
        return look(weights)
    except (OSError, RuntimeError) as error:
        # A name that is too long, a folder that may not be read, a user who is unknown.
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        problem = f"{weights.source[:80]} cannot be looked at ({reason})"
        return Availability(None, (problem,), is_broken=True)
    except UNEXPECTED as error:
        problem = f"{weights.source[:80]} has {MISREAD} ({type(error).__name__})"
        return Availability(None, (problem,), is_broken=True)


def _found(weights: Weights) -> Availability:
    look = Look(weights)
    source = look.source()
    config = look.place("config", weights.config, needed_config)
    prior = look.place("prior", weights.prior, _needed_prior)
    is_complete = not look.problems
    control = {
        kind: path
        for kind, text in weights.control.items()
        if (path := look.optional(f"control {kind}", text, needed_control))
    }
    clip_model = look.optional("CLIP model", weights.clip_model, needed_clip)
    if is_complete and source and config and (problem := _misfit(source, config)):
        look.problems.append(f"{weights.source}: {problem}")
        look.is_broken = True
    if look.problems or source is None:
        return Availability(None, tuple(look.problems), is_broken=look.is_broken)
    located = Located(
        source=source,
        family=_family(config or source),
        config=config,
        prior=prior,
        control=control,
        clip_model=clip_model,
        size=look.size,
        elements=look.elements,
        adapters=look.adapters(_family(config or source), config or source),
    )
    return Availability(located, (), tuple(look.lacking))


class Look:
    """One look at the places of an engine's weights, which remembers what is wrong."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.problems: list[str] = []
        self.lacking: list[str] = []
        self.size = 0
        self.elements = 0
        self.is_broken = False

    def source(self) -> Path | None:
        """The folder or checkpoint, where all of it is here."""
        text = self._weights.source
        path = self._located("", text)
        if path is None:
            return None
        if path.is_file():
            return self._checkpoint(path)
        self._check(text, path, needed_pipeline)
        if not self.problems and (problem := _prior_problem(path, self._weights.prior)):
            self.problems.append(f"{text}: {problem}")
            self.is_broken = True
        return path

    def _checkpoint(self, path: Path) -> Path | None:
        if path.suffix != CHECKPOINT:
            self.is_broken = True
            self.problems.append(f"{path.name} is not read: only {CHECKPOINT} files are")
            return None
        if not self._weights.config:
            self.problems.append("a checkpoint needs the key config: a folder of its configs")
        self._count(path.parent, (path.name,))
        return path

    def place(self, name: str, text: str, needed_of: NeededOf) -> Path | None:
        """The folder of that source; nothing where the catalogue names none."""
        path = self._located(f"{name} ", text) if text else None
        if path is not None:
            self._check(text, path, needed_of)
        return path

    def optional(self, name: str, text: str, needed_of: NeededOf) -> Path | None:
        """The folder of something that an engine can do without."""
        path = locate(text, self._weights.folder) if text else None
        if path is None or not path.is_dir():
            reason = "" if path is None else ": it is a file, and a folder is read"
            self.lacking += [f"{name} ({text}{reason})"] if text else []
            return None
        files = files_of(path)
        needed = needed_of(path, files, self._weights.variant)
        if needed.problems:
            self.lacking.append(f"{name} ({text}: {'; '.join(needed.problems)})")
            return None
        return path if self._count_optional(name, text, path, needed) else None

    def adapters(self, family: str, configs: Path) -> AdapterFolders:
        """The LoRAs and the textual inversions of the engine's folders."""
        finders: tuple[Find | None, Find | None] = (None, None)
        problem = f"a {family} model takes none"
        if family in (SD, SDXL):
            widths = _widths(configs, family)
            problem = "the model's configuration does not say what would fit"
            if widths is not None:
                finders = (
                    partial(find_loras, widths=widths),
                    partial(find_embeddings, widths=widths),
                )
        elif family == GENERIC:
            find_files = partial(find_transformer_loras, is_flux=is_flux(read_index(configs)))
            finders, problem = (find_files, None), "a model of this kind takes none"
        keys = ("loras", "embeddings")
        return AdapterFolders(*map(self._folder, keys, finders, (problem, problem)))

    def _folder(self, key: str, find_files: Find | None, problem: str) -> Folder | None:
        text: str = getattr(self._weights, key)
        path = self._weights.folder / Path(text).expanduser()
        if text and (find_files is None or not path.is_dir()):
            problem = problem if find_files is None else "it is no folder"
            self.lacking.append(f"{key} ({text}: {problem})")
        return Folder(path, find_files) if text and find_files is not None else None

    def _located(self, name: str, text: str) -> Path | None:
        path = locate(text, self._weights.folder)
        if path is None:
            what = "is not downloaded" if hub_id(text, self._weights.folder) else "is not there"
            self.problems.append(f"{name}{text} {what}")
        return path

    def _check(self, text: str, path: Path, needed_of: NeededOf) -> None:
        files = files_of(path)
        needed = needed_of(path, files, self._weights.variant)
        self.problems += [f"{text}: {problem}" for problem in needed.problems]
        # What is not all here of a hub's repository was not downloaded, or for another engine.
        is_own = hub_id(text, self._weights.folder) is None
        self.is_broken = self.is_broken or (is_own and bool(needed.problems))
        if not needed.problems:
            self._count(path, needed.files)

    def _count(self, folder: Path, names: Iterable[str]) -> None:
        """Take up how large weights are; a file that is damaged is a problem."""
        try:
            self._add_weights(folder, names)
        except ValueError as error:
            self.is_broken = True
            self.problems.append(str(error))

    def _count_optional(self, name: str, text: str, folder: Path, needed: Needed) -> bool:
        try:
            self._add_weights(folder, needed.files)
        except ValueError as error:
            self.lacking.append(f"{name} ({text}: {error})")
            return False
        return True

    def _add_weights(self, folder: Path, names: Iterable[str]) -> None:
        for name in names:
            if name.endswith(".json") and ".index." in name:
                check_shards(folder / name)
            if name.endswith(CHECKPOINT):
                self.elements += read_header(folder / name).elements
                self.size += (folder / name).stat().st_size


NeededOf = Callable[[Path, Files, str], Needed]


def read_index(folder: Path) -> Mapping[str, Any]:
    """The model_index.json of a pipeline's folder.

    Raises:
        ValueError: it is missing or cannot be read; says so in a few words.
    """
    try:
        return as_index(json.loads((folder / INDEX).read_text(encoding="utf-8")))
    except OSError as error:
        raise ValueError(f"it has no {INDEX}, so it is no pipeline in diffusers' form") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{INDEX} cannot be read") from error


def read_config(folder: Path, part: str) -> Mapping[str, Any]:
    """The configuration of a part; nothing where it cannot be read, which loading will tell."""
    try:
        told = json.loads((folder / part / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}


def needed_pipeline(path: Path, files: Files, variant: str) -> Needed:
    try:
        return pipeline_files(read_index(path), files, variant)
    except ValueError as error:
        return Needed((), (str(error),))


def _needed_prior(path: Path, files: Files, variant: str) -> Needed:
    needed = needed_pipeline(path, files, variant)
    form = None if needed.problems else form_of(read_index(path))
    if form is not None and form.family != KANDINSKY_PRIOR:
        return Needed((), ("it is no prior",))
    return needed


def needed_config(path: Path, files: Files, _variant: str) -> Needed:
    try:
        return config_files(read_index(path), files)
    except ValueError as error:
        return Needed((), (str(error),))


def needed_control(path: Path, files: Files, variant: str) -> Needed:
    """What is needed of a ControlNet's folder."""
    name = read_config(path, "").get("_class_name", CONTROL_NET)
    if name != CONTROL_NET:
        return Needed((), (f"it is a {name}, not a {CONTROL_NET}",))
    return control_files(files, variant)


def needed_clip(_path: Path, files: Files, variant: str) -> Needed:
    """What is needed of the folder of a CLIP model."""
    return clip_files(files, variant)


def is_complete(source: str, weights: Weights, needed_of: NeededOf) -> bool:
    """Whether all of one source of an engine is here."""
    path = locate(source, weights.folder)
    if path is None:
        return False
    return path.is_file() or not needed_of(path, files_of(path), weights.variant).problems


def _prior_problem(path: Path, prior: str) -> str | None:
    form = form_of(read_index(path))
    if form is None or form.family not in (KANDINSKY, KANDINSKY_PRIOR):
        return "the key prior is Kandinsky's alone" if prior else None
    if form.family == KANDINSKY_PRIOR:
        return "it is a prior: name its decoder as source, and it with the key prior"
    if "prior_prior" not in form.parts and not prior:
        return "it is a decoder without its prior: name that with the key prior"
    return None


def _misfit(source: Path, config: Path) -> str | None:
    """Why a checkpoint does not fit the configs beside it."""
    if source.is_dir():
        return "the key config belongs to a checkpoint, and this is a folder"
    if _family(config) == GENERIC:
        return "a checkpoint of this kind is not read: name a folder in diffusers' form"
    try:
        unet = json.loads((config / "unet" / "config.json").read_text(encoding="utf-8"))
        channels = int(unet.get("in_channels", 4))
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return "the unet/config.json of its config cannot be read"
    return checkpoint_problem(read_header(source), _family(config), channels)


def _widths(configs: Path, family: str) -> Widths | None:
    """What adapters have to fit, from a model's configurations; None where they do not tell."""

    def told(part: str, key: str) -> int:
        text = (configs / part / "config.json").read_text(encoding="utf-8")
        return int(json.loads(text)[key])

    encoders = ("text_encoder", "text_encoder_2") if family == SDXL else ("text_encoder",)
    try:
        widths = tuple(told(part, "hidden_size") for part in encoders)
        return Widths(told("unet", "cross_attention_dim"), widths)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _family(folder: Path) -> str:
    form = form_of(read_index(folder))
    assert form is not None
    return form.family
