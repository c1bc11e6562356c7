"""Which files a model needs, by the names that diffusers and transformers give them.

The same rules say what is missing in a folder and what has to be downloaded of a hub's repository:
only safetensors, configurations and tokenizers, never pickles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

Files = Mapping[str, int]
"""The files of a folder or repository by their path in it, with their sizes in bytes."""

INDEX = "model_index.json"
CHECKPOINT = ".safetensors"
_TEXTS = (".json", ".txt", ".jinja")
"""The files of tokenizers and processors; a chat template is a .jinja file."""
PICKLES = (".bin", ".ckpt", ".pt", ".pth", ".pkl")

SD, SDXL, KANDINSKY, KANDINSKY_PRIOR = "sd", "sdxl", "kandinsky", "kandinsky-prior"
SVD, WAN = "svd", "wan"
UPSCALER = "upscaler"
"""Pipelines of diffusers that make a given picture larger."""
GENERIC = "generic"
"""Any other pipeline of diffusers that draws pictures from words."""
DEPTH = "depth"
"""Models of transformers that estimate the depth of a picture."""
FILMS = frozenset({SVD, WAN})
"""The families that make films from pictures."""

_SD_PARTS = frozenset({"vae", "text_encoder", "tokenizer", "unet", "scheduler"})
_PRIOR_PARTS = frozenset(
    {"prior", "image_encoder", "text_encoder", "tokenizer", "scheduler", "image_processor"}
)
_DECODER_PARTS = frozenset({"unet", "scheduler", "movq"})
_COMBINED_PARTS = _DECODER_PARTS | {f"prior_{part}" for part in _PRIOR_PARTS}
_SVD_PARTS = frozenset({"vae", "image_encoder", "feature_extractor", "unet", "scheduler"})
_WAN_PARTS = frozenset({"vae", "text_encoder", "tokenizer", "transformer", "scheduler"})
_UPSCALER_PARTS = frozenset({"vae", "text_encoder", "tokenizer", "unet", "scheduler"})
LATENT_UPSCALER = "StableDiffusionLatentUpscalePipeline"
LIBRARIES = frozenset({"diffusers", "transformers"})
"""Where the classes of a pipeline's parts come from; of others no code is run."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form in which diffusers saves a pipeline that we can draw with; `parts` are those used."""

    family: str
    parts: frozenset[str]


FORMS = {
    **{
        f"StableDiffusion{task}Pipeline": Form(SD, _SD_PARTS)
        for task in ("", "Img2Img", "Inpaint", "InpaintLegacy")
    },
    **{
        f"StableDiffusionXL{task}Pipeline": Form(
            SDXL, _SD_PARTS | {"text_encoder_2", "tokenizer_2"}
        )
        for task in ("", "Img2Img", "Inpaint")
    },
    **{
        f"KandinskyV22{task}Pipeline": Form(KANDINSKY, _DECODER_PARTS)
        for task in ("", "Img2Img", "Inpaint")
    },
    **{
        f"KandinskyV22{task}CombinedPipeline": Form(KANDINSKY, _COMBINED_PARTS)
        for task in ("", "Img2Img", "Inpaint")
    },
    **{
        f"KandinskyV22Prior{task}Pipeline": Form(KANDINSKY_PRIOR, _PRIOR_PARTS)
        for task in ("", "Emb2Emb")
    },
    "StableVideoDiffusionPipeline": Form(SVD, _SVD_PARTS),
    **{f"Wan{task}Pipeline": Form(WAN, _WAN_PARTS) for task in ("", "ImageToVideo")},
    "StableDiffusionUpscalePipeline": Form(UPSCALER, _UPSCALER_PARTS | {"low_res_scheduler"}),
    LATENT_UPSCALER: Form(UPSCALER, _UPSCALER_PARTS),
}
"""The pipelines by their class in model_index.json."""


_OTHER_KINDS = (
    *("Audio", "Music", "Video", "Animate", "Wan", "LTX", "Mochi", "Allegro", "Latte"),
    *("I2V", "T2V", "Control", "Adapter", "Upscale", "Modular", "Prior", "IFPipeline"),
)
"""Parts of the names of pipelines that make something else, or need another picture to do it."""

_LEFT_OUT = frozenset({"safety_checker"})


def _generic_form(index: Mapping[str, Any]) -> Form | None:
    """The form of a pipeline that only its class and its parts are known of."""
    name = str(index.get("_class_name"))
    if not name.endswith("Pipeline") or any(kind in name for kind in _OTHER_KINDS):
        return None
    parts = {part for part, told in index.items() if _class_of(told)[1] is not None} - _LEFT_OUT
    has_all = {"scheduler", "vae"} <= parts and parts & {"transformer", "unet"}
    return Form(GENERIC, frozenset(parts)) if has_all else None


@dataclass(frozen=True, slots=True)
class Needed:
    """The files that are needed of those that are there, and what is wrong, in short sentences."""

    files: tuple[str, ...]
    problems: tuple[str, ...] = ()

    def __add__(self, other: Needed) -> Needed:
        return Needed(self.files + other.files, self.problems + other.problems)


NOTHING = Needed(())


def form_of(index: Mapping[str, Any]) -> Form | None:
    """The form that a model_index.json tells of; None where we cannot draw with it."""
    return FORMS.get(str(index.get("_class_name"))) or _generic_form(index)


def is_flux(index: Mapping[str, Any]) -> bool:
    """Whether a pipeline draws with the transformer of FLUX.1."""
    return _class_of(index.get("transformer")) == ("diffusers", "FluxTransformer2DModel")


def pipeline_files(index: Mapping[str, Any], files: Files, variant: str) -> Needed:
    """What is needed of a pipeline's folder, whose model_index.json was read."""
    form = form_of(index)
    if form is None:
        name = index.get("_class_name")
        return Needed((), (f"{INDEX} tells of a {name}, with which this server cannot draw",))
    if form.family == WAN and not index.get("expand_timesteps"):
        return Needed((), (f"{INDEX} tells of a Wan that is no 2.2 TI2V (expand_timesteps)",))
    needed = Needed((INDEX,))
    for part in sorted(form.parts):
        needed += _part_files(part, index.get(part), files, variant)
    return needed


def _part_files(part: str, told: object, files: Files, variant: str) -> Needed:
    library, name = _class_of(told)
    if name is None:
        return Needed((), (f"{INDEX} does not tell of the {part}",))
    if library not in LIBRARIES:
        return Needed((), (f"the {part} would run code of its own ({library}), which is not done",))
    if "Scheduler" in name:
        return _required(part, "scheduler_config.json", files)
    if "Tokenizer" in name:
        return tokenizer_files(part, files)
    if "Processor" in name or "FeatureExtractor" in name:
        return _processor_files(part, files)
    stem = "diffusion_pytorch_model" if library == "diffusers" else "model"
    return model_files(part, stem, files, variant)


def _class_of(told: object) -> tuple[str, str | None]:
    match told:
        case [str(library), str(name)]:
            return library, name
        case _:
            return "", None


def _required(part: str, name: str, files: Files) -> Needed:
    path = f"{part}/{name}" if part else name
    return Needed((path,)) if path in files else Needed((), (f"{path} is missing",))


def _processor_files(part: str, files: Files) -> Needed:
    """What is needed of a processor: newer ones keep all their configuration in one file."""
    told = [path for path in _inside(part, files) if path.endswith(_TEXTS)]
    if any(path.endswith("/processor_config.json") for path in told):
        return Needed(tuple(told))
    return _required(part, "preprocessor_config.json", files)


def tokenizer_files(part: str, files: Files) -> Needed:
    """What is needed of a tokenizer: its configuration, and its words in either form."""
    inside = _inside(part, files)
    names = [path for path in inside if path.endswith(_TEXTS)]
    short = {path.rpartition("/")[2] for path in names}
    if "tokenizer.json" in short or {"vocab.json", "merges.txt"} <= short:
        return Needed(tuple(names)) + _required(part, "tokenizer_config.json", files)
    where = part or "the folder"
    return Needed((), (f"{where} holds no tokenizer.json, nor vocab.json with merges.txt",))


def model_files(part: str, stem: str, files: Files, variant: str) -> Needed:
    """What is needed of one model: its configuration and its weights, in one file or in several.

    The weights of the variant are taken where they are, else those without one.
    """
    config = _required(part, "config.json", files)
    prefix = f"{part}/" if part else ""
    for kind in dict.fromkeys((variant, "")):
        weights = _weights_of(prefix, stem, files, kind)
        if weights.files or weights.problems:
            return config + weights
    pickles = [path for path in _inside(part, files) if path.endswith(PICKLES)]
    if pickles:
        return Needed((), (f"{pickles[0]} is a pickle, and only {CHECKPOINT} files are read",))
    return config + Needed((), (f"{prefix}{stem}{CHECKPOINT} is missing",))


def _weights_of(prefix: str, stem: str, files: Files, variant: str) -> Needed:
    dotted = f".{variant}" if variant else ""
    whole = f"{prefix}{stem}{dotted}{CHECKPOINT}"
    if whole in files:
        return Needed((whole,))
    # Both orders of variant and number have been written.
    shard = re.compile(
        rf"{re.escape(prefix + stem)}({re.escape(dotted)})?-(\d+)-of-(\d+)({re.escape(dotted)})?"
        rf"{re.escape(CHECKPOINT)}"
    )
    shards = [found for path in files if (found := shard.fullmatch(path))]
    shards = [found for found in shards if bool(found[1] or found[4]) == bool(variant)]
    if not shards:
        return NOTHING
    count = int(shards[0][3])
    if len(shards) != count:
        return Needed((), (f"{prefix}{stem} has {len(shards)} of its {count} files",))
    names = (f"{stem}{CHECKPOINT}.index{dotted}.json", f"{stem}{dotted}{CHECKPOINT}.index.json")
    index = next((prefix + name for name in names if prefix + name in files), None)
    if index is None:
        return Needed((), (f"{prefix}{names[0]} is missing",))
    return Needed((index, *sorted(found[0] for found in shards)))


def control_files(files: Files, variant: str) -> Needed:
    """What is needed of a ControlNet's folder."""
    return model_files("", "diffusion_pytorch_model", files, variant)


def clip_files(files: Files, variant: str) -> Needed:
    """What is needed of the folder of a CLIP model."""
    processor = [name for name in ("preprocessor_config.json",) if name in files]
    return (
        model_files("", "model", files, variant)
        + tokenizer_files("", files)
        + Needed(tuple(processor))
    )


def depth_files(files: Files, variant: str) -> Needed:
    """What is needed of the folder of a model that estimates depth."""
    processor = _required("", "preprocessor_config.json", files)
    return model_files("", "model", files, variant) + processor


def config_files(index: Mapping[str, Any], files: Files) -> Needed:
    """What is needed of a pipeline's folder beside a checkpoint: all but the weights."""
    form = form_of(index)
    if form is None:
        return pipeline_files(index, files, "")
    needed = Needed((INDEX,))
    for part in sorted(form.parts):
        library, name = _class_of(index.get(part))
        if name is None or "Scheduler" in name or "Tokenizer" in name:
            needed += _part_files(part, index.get(part), files, "")
        elif library:
            needed += _required(part, "config.json", files)
    return needed


def _inside(part: str, files: Files) -> list[str]:
    """The files that lie directly in a part's folder."""
    if not part:
        return sorted(path for path in files if "/" not in path)
    return sorted(
        path
        for path in files
        if path.startswith(f"{part}/") and path.count("/") == part.count("/") + 1
    )


def as_index(document: object) -> Mapping[str, Any]:
    """A model_index.json that was read, as a table.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(document, dict):
        raise ValueError(f"{INDEX} is not a table")
    return cast("dict[str, Any]", document)
