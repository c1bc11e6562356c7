"""Any pipeline of diffusers, put together from a folder: its class and parts as its index tells.

The classes are those of diffusers and transformers alone, and weights are read from safetensors.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import diffusers
import transformers

from inference.backends.diffusers.models.parts import load_model, load_part
from inference.backends.diffusers.models.problem import ModelProblem
from inference.weights.availability import read_index
from inference.weights.layout import form_of

if TYPE_CHECKING:
    from pathlib import Path

    import torch

_READERS = (
    transformers.PreTrainedTokenizerBase,
    transformers.ProcessorMixin,
    transformers.FeatureExtractionMixin,
    transformers.ImageProcessingMixin,
)


def load_generic(folder: Path, dtype: torch.dtype, variant: str) -> Any:
    """The pipeline of a folder by its own class, on the processor.

    Raises:
        ModelProblem: it is of a kind that is not read, or not all of it is there.
    """
    index = read_index(folder)
    name = str(index.get("_class_name"))
    kind = getattr(diffusers, name, None)
    if not (inspect.isclass(kind) and issubclass(kind, diffusers.DiffusionPipeline)):
        raise ModelProblem(f"it is a {name}, which this version of diffusers does not have")
    form = form_of(index)
    assert form is not None
    taken = inspect.signature(kind.__init__).parameters
    parts: dict[str, Any] = {
        part: _load(folder, part, index[part], dtype, variant)
        for part in sorted(form.parts & set(taken))
    }
    settings = {
        key: value
        for key, value in index.items()
        if key in taken and key not in parts and not isinstance(value, list)
    }
    lacking = {
        key: None
        for key, parameter in taken.items()
        if key not in ("self", "args", "kwargs") and parameter.default is inspect.Parameter.empty
    }
    return kind(**lacking | settings | parts)


def _load(folder: Path, part: str, told: Any, dtype: torch.dtype, variant: str) -> Any:
    library, name = (str(word) for word in told)
    home = {"diffusers": diffusers, "transformers": transformers}.get(library)
    try:
        kind: Any = getattr(home, name, None)
        if not inspect.isclass(kind):
            raise ModelProblem(f"its {part} is of the class {name}, which {library} does not have")
        if issubclass(kind, (diffusers.ModelMixin, transformers.PreTrainedModel)):
            return load_model(library, name, folder, part, dtype, variant)
        if issubclass(kind, _READERS):
            reader: Any = kind
            return reader.from_pretrained(folder, subfolder=part, local_files_only=True)
        return load_part(folder, part, told, dtype, variant)
    except ImportError as error:
        needed = str(error).partition("requires the ")[2].partition(" library")[0]
        library = needed or error.name or "a library that is not installed"
        raise ModelProblem(f"its {part} ({name}) needs {library}") from error
