"""What ComfyUI writes: the graph that was run ("prompt"), or the one that was drawn ("workflow").

https://docs.comfy.org/specs/workflow_json. From the node that samples, its inputs are followed to
what they come from; every walk visits a node once, and no more nodes than a graph may have.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from media.origins.found import (
    MAX_LORAS,
    MAX_WORDS,
    FoundRecipe,
    items,
    mapping,
    name,
    number,
    prompts_of,
    read_object,
    whole,
)
from media.origins.workflow import MAX_NODES, from_workflow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

T = TypeVar("T")

PROGRAM = "ComfyUI"
WORDS = ("text", "text_g", "text_l", "t5xxl", "clip_l", "prompt", "string", "value")
"""The inputs that hold words."""

CONSTANTS = ("value", "int", "float", "number", "seed", "string")
"""Where nodes have their value that only stand for one."""

MODELS = ("ckpt_name", "unet_name", "model_name")
CONDITIONS = frozenset({"positive", "negative", "conditioning", "guider"})
PICTURES = frozenset({"latent_image", "samples", "pixels", "image", "images", "latent"})
PARTS = frozenset({"model", "clip", "vae", "control_net"})
SETTINGS = frozenset({"noise", "sigmas", "sampler"})
MAX_ENDS = 20


def read_comfyui(texts: Mapping[str, str]) -> FoundRecipe | None:
    """The recipe of the node that sampled last."""
    nodes = read_object(texts.get("prompt", "")) or from_workflow(
        read_object(texts.get("workflow", ""))
    )
    if len(nodes) > MAX_NODES:
        return None
    graph = Graph({str(key): mapping(node) for key, node in nodes.items()})
    sampler = graph.find_sampler()
    return _recipe(graph, sampler) if sampler is not None else None


def _recipe(graph: Graph, sampler: str) -> FoundRecipe:
    # What is told of a sampler stands with it, not with one whose result it is given.
    own = CONDITIONS | PICTURES | PARTS
    sampled_by = graph.find(sampler, ("sampler_name",), name, apart=own) or ""
    schedule = graph.find(sampler, ("scheduler",), name, apart=own) or ""
    denoise = graph.find(sampler, ("denoise",), number, apart=own)
    cfg_scale = graph.find(sampler, ("cfg", "guidance"), number, apart=PICTURES | PARTS)
    of_latent = CONDITIONS | PARTS | SETTINGS
    model = graph.find(sampler, MODELS, name, apart=PICTURES | {"positive", "negative"}) or ""
    return FoundRecipe(
        program=PROGRAM,
        prompts=prompts_of(*graph.conditions(sampler)),
        width=graph.find(sampler, ("width",), whole, apart=of_latent),
        height=graph.find(sampler, ("height",), whole, apart=of_latent),
        seed=graph.find(sampler, ("noise_seed", "seed"), whole, apart=own),
        steps=graph.find(sampler, ("steps",), whole, apart=own),
        cfg_scale=cfg_scale,
        sampler=" ".join([sampled_by, *([] if schedule in ("", "normal") else [schedule])]).strip(),
        model=_file_title(model),
        strength=denoise if denoise is not None and denoise < 1 else None,
        loras=tuple(graph.loras(sampler))[:MAX_LORAS],
    )


def _file_title(path: str) -> str:
    """What a file is called, without its folder and its ending."""
    title = path.replace("\\", "/").rpartition("/")[2]
    return title.removesuffix(".safetensors").removesuffix(".ckpt").removesuffix(".gguf")


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by their ids; an input is a value, or the id of a node with the number of an output."""

    nodes: Mapping[str, dict[str, Any]]

    def inputs(self, node_id: str) -> dict[str, Any]:
        """The inputs of a node."""
        return mapping(self.nodes[node_id].get("inputs"))

    def source(self, node_id: str, key: str) -> str | None:
        """The node that an input comes from, where it comes from one."""
        link = items(self.inputs(node_id).get(key))
        if len(link) != 2 or not isinstance(link[0], str | int):
            return None
        return str(link[0]) if str(link[0]) in self.nodes else None

    def walk(self, start: str, apart: Collection[str] = ()) -> Iterator[str]:
        """The node and all that it comes from, the nearest first; not through some inputs."""
        seen, waiting = {start}, deque([start])
        while waiting:
            node_id = waiting.popleft()
            yield node_id
            for key in self.inputs(node_id):
                source = None if key in apart else self.source(node_id, key)
                if source is not None and source not in seen:
                    seen.add(source)
                    waiting.append(source)

    def find_sampler(self) -> str | None:
        """The node that samples nearest to what is saved, else any."""
        ends = [key for key, node in self.nodes.items() if _is_end(node)]
        for start in ends[:MAX_ENDS]:
            for node_id in self.walk(start):
                if self._samples(node_id):
                    return node_id
        return next(filter(self._samples, self.nodes), None)

    def find(
        self,
        start: str,
        keys: Collection[str],
        read: Callable[[object], T | None],
        *,
        apart: Collection[str],
    ) -> T | None:
        """The nearest value of an input of one of those names, by what reads it."""
        for node_id in self.walk(start, apart):
            for key in keys:
                value = read(self._value(node_id, key))
                if value is not None and value != "":
                    return value
        return None

    def conditions(self, sampler: str) -> tuple[str, str]:
        """The words that a sampler is told to draw, and those that it is to keep out."""
        guider = self.source(sampler, "guider")
        at = sampler if guider is None else guider
        positive = self._words(at, "positive") or self._words(at, "conditioning")
        return positive, self._words(at, "negative")

    def loras(self, sampler: str) -> Iterator[tuple[str, float]]:
        """The LoRAs that the model goes through, with their weights."""
        for node_id in self.walk(sampler, PICTURES | {"positive", "negative"}):
            found = name(self._value(node_id, "lora_name"))
            weight = number(self._value(node_id, "strength_model"))
            if found:
                yield _file_title(found), 1.0 if weight is None else weight

    def _words(self, node_id: str, key: str) -> str:
        """All texts that an input comes from, each once, the nearest first."""
        own = self.inputs(node_id).get(key)
        source = self.source(node_id, key)
        if source is None:
            return own if isinstance(own, str) else ""
        other = {"positive": "negative", "negative": "positive"}.get(key, "")
        found: dict[str, None] = {}
        for at in self.walk(source, PICTURES | PARTS | {other}):
            inputs = self.inputs(at)
            texts = (inputs.get(name_) for name_ in (*WORDS, key))
            found |= dict.fromkeys(text for text in texts if isinstance(text, str) and text.strip())
            if sum(map(len, found)) > MAX_WORDS:
                break
        return ", ".join(found)

    def _value(self, node_id: str, key: str) -> object:
        """What an input is, or what the node stands for that it comes from."""
        source = self.source(node_id, key)
        if source is None:
            return self.inputs(node_id).get(key)
        inputs = self.inputs(source)
        values = (inputs[name_] for name_ in (key, *CONSTANTS) if name_ in inputs)
        return next((value for value in values if not isinstance(value, list | dict)), None)

    def _samples(self, node_id: str) -> bool:
        inputs = self.inputs(node_id)
        is_told = bool(inputs.keys() & {"seed", "noise_seed", "noise"})
        return is_told and bool(inputs.keys() & {"latent_image", "guider", "positive", "steps"})


def _is_end(node: Mapping[str, Any]) -> bool:
    return str(node.get("class_type", "")).startswith(("Save", "Preview"))
