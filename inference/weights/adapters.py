"""The LoRAs and textual inversions in an engine's folders, looked at by their headers.

A LoRA adds up · down, two small matrices, to the weights of layers; its file names these layers.
A textual inversion is a few vectors in the place of a word's, one row each.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from generation.validation import MAX_LORAS
from inference.weights.headers import read_header
from inference.weights.layout import CHECKPOINT, PICKLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from inference.weights.headers import Header

_OTHER_MODELS = (
    ("double_blocks", "a FLUX model"),
    ("single_transformer_blocks", "a FLUX model"),
    ("joint_blocks", "a Stable Diffusion 3 model"),
    ("joint_transformer_blocks", "a Stable Diffusion 3 model"),
    ("transformer.", "a transformer model"),
    ("diffusion_model.layers", "a transformer model"),
    ("prior_", "a Kandinsky model"),
)
"""Parts of names by which LoRAs for models of other kinds are known."""

_OTHER_KINDS = (
    ("hada_", "LoHa"),
    ("lokr_", "LoKr"),
    ("lora_mid", "LoCon with a core"),
    ("dora_scale", "DoRA"),
    ("lora_magnitude_vector", "DoRA"),
    ("oft_", "OFT"),
)
"""Parts of names by which adapters are known that are no plain LoRAs."""

_KOHYA_FLUX = ("lora_unet_double_blocks_", "lora_unet_single_blocks_")
"""How names begin by which kohya's LoRAs for FLUX are known."""

_OTHER_FORMS = (
    *((sign, "it is in kohya's form, for a FLUX model") for sign in _KOHYA_FLUX),
    ("lora_unet_", "it is for a model with a UNet"),
    ("unet.", "it is for a model with a UNet"),
    ("diffusion_model.", "its layers have their authors' names, and only diffusers' are read"),
    ("double_blocks", "its layers have their authors' names, and only diffusers' are read"),
)
"""How names begin by which LoRAs are known that do not fit a transformer in diffusers' form."""

_BASES = {768: "Stable Diffusion 1", 1024: "Stable Diffusion 2", 2048: "Stable Diffusion XL"}
"""Models by the width of the texts that their UNet reads."""

_READS_TEXT = re.compile(r"attn2[._](processor\.)?to_[kv]\b|attn2[._]to_[kv]_lora")
_DOWN = re.compile(r"(lora_down|lora_A|lora[._]down|lora_linear_layer\.down|_lora\.down)\.weight$")
_NAME = re.compile(r"[^<>:|{}\s][^<>:|{}\n\r\t]{0,60}")
"""A name that can stand in a prompt as <lora:name:1>."""

_WORD = re.compile(r"[\w.-]{2,60}")

ONLY, FIRST, SECOND = "emb_params", "clip_l", "clip_g"
"""Names of a textual inversion's vectors: for one encoder, and for SDXL's two."""


@dataclass(frozen=True, slots=True)
class AdapterFile:
    """A LoRA or a textual inversion; `problem` says why it cannot be used, if so.

    `is_broken` tells that it can be used with no model, and not only with another one; `changed_at`
    is the time of its last change in nanoseconds, by which it is known again.
    """

    path: Path
    elements: int = 0
    problem: str = ""
    is_broken: bool = False
    changed_at: int = 0


@dataclass(frozen=True, slots=True)
class Widths:
    """What adapters have to fit: the width of texts, and of each text encoder's word vectors."""

    text: int
    encoders: tuple[int, ...]


def find_loras(folder: Path, widths: Widths) -> dict[str, AdapterFile]:
    """The LoRAs of a folder by the names of their files, in alphabetical order."""
    return _found(folder, _NAME, lambda header: lora_problem(header, widths.text))


def find_transformer_loras(folder: Path, *, is_flux: bool) -> dict[str, AdapterFile]:
    """The LoRAs of a folder for a pipeline with a transformer."""
    return _found(folder, _NAME, partial(transformer_lora_problem, is_flux=is_flux))


def find_embeddings(folder: Path, widths: Widths) -> dict[str, AdapterFile]:
    """The textual inversions of a folder by their words, which are the names of their files."""
    return _found(folder, _WORD, lambda header: embedding_problem(header, widths.encoders))


def _found(
    folder: Path, name: re.Pattern[str], problem_of: Callable[[Header], str]
) -> dict[str, AdapterFile]:
    files = sorted(folder.iterdir(), key=lambda file: file.name.casefold())
    found = {file.stem: _looked_at(file, problem_of) for file in files if _is_adapter(file)}
    return {stem: file if name.fullmatch(stem) else _unnamed(file) for stem, file in found.items()}


def _is_adapter(file: Path) -> bool:
    return file.suffix in (CHECKPOINT, *PICKLES) and file.is_file()


def _unnamed(file: AdapterFile) -> AdapterFile:
    problem = "its file's name cannot stand in a prompt"
    return AdapterFile(file.path, problem=problem, is_broken=True)


def _looked_at(file: Path, problem_of: Callable[[Header], str]) -> AdapterFile:
    if file.suffix != CHECKPOINT:
        return AdapterFile(file, problem=f"only {CHECKPOINT} files are read", is_broken=True)
    try:
        header = read_header(file)
    except ValueError as error:
        return AdapterFile(file, problem=str(error), is_broken=True)
    changed_at = file.stat().st_mtime_ns
    return AdapterFile(file, header.elements, problem_of(header), changed_at=changed_at)


def lora_problem(header: Header, text_width: int) -> str:
    """Why a LoRA does not fit a UNet that reads texts of that width; empty where it may."""
    names = header.shapes
    for sign, model in _OTHER_MODELS:
        if any(sign in name for name in names):
            return f"it is for {model}"
    if problem := _kind_problem(names):
        return problem
    widths = {
        shape[1]
        for name, shape in names.items()
        if len(shape) > 1 and _READS_TEXT.search(name) and _DOWN.search(name)
    }
    return _width_problem(widths, {text_width}, "texts are")


def transformer_lora_problem(header: Header, *, is_flux: bool) -> str:
    """Why a LoRA fits no transformer; empty where it may: its layers tell when it is loaded."""
    names = header.shapes
    if is_flux and any(name.startswith(_KOHYA_FLUX) for name in names):
        return _kind_problem(names)
    for sign, problem in _OTHER_FORMS:
        if any(name.startswith(sign) for name in names):
            return problem
    return _kind_problem(names)


def _kind_problem(names: Mapping[str, tuple[int, ...]]) -> str:
    """Why an adapter of tensors of those shapes is no plain LoRA; empty where it is one."""
    for sign, kind in _OTHER_KINDS:
        if any(sign in name for name in names):
            return f"it is of a kind that is not read ({kind})"
    if not any(_DOWN.search(name) for name in names):
        return "it is no LoRA"
    for name, shape in names.items():
        if name.endswith(".alpha") and math.prod(shape) != 1:
            return f"{name[:80]} is no single number"
    return ""


def embedding_problem(header: Header, encoder_widths: tuple[int, ...]) -> str:
    """Why a textual inversion does not fit text encoders of those widths; empty where it does."""
    vectors = vectors_of(header.shapes, len(encoder_widths))
    if vectors is None:
        return f"it is no textual inversion for a model with {len(encoder_widths)} text encoders"
    for key, width in zip(vectors, encoder_widths, strict=True):
        shape = header.shapes[key]
        if len(shape) not in (1, 2) or 0 in shape:
            return "it is no textual inversion"
        if problem := _width_problem({shape[-1]}, {width}, "word vectors are"):
            return problem
    return ""


def vectors_of(shapes: Mapping[str, tuple[int, ...]], encoders: int) -> tuple[str, ...] | None:
    """The names of the vectors for each text encoder of a model that has so many."""
    if encoders > 1:
        return (FIRST, SECOND) if {FIRST, SECOND} <= set(shapes) else None
    if ONLY in shapes:
        return (ONLY,)
    # In diffusers' form the only tensor has the name of the word that it was trained as.
    return tuple(shapes) if len(shapes) == 1 else None


def _width_problem(found: set[int], wanted: set[int], what: str) -> str:
    wrong = sorted(found - wanted)
    if not wrong:
        return ""
    base = f", as those of {_BASES[wrong[0]]}" if wrong[0] in _BASES else ""
    return f"its {what} {wrong[0]} wide{base}; this model's are {min(wanted)}"


def usable(files: Mapping[str, AdapterFile]) -> dict[str, AdapterFile]:
    """Those that can be used."""
    return {name: file for name, file in files.items() if not file.problem}


def room_elements(files: Mapping[str, AdapterFile]) -> int:
    """How many numbers the LoRAs of one picture can have: those of the largest that it may name."""
    sizes = sorted(file.elements for file in files.values() if not file.problem)
    return sum(sizes[-MAX_LORAS:])
