"""ComfyUI's workflow, as its page draws it, brought into the form of the graph that is run.

The page keeps the values of a node as a list without names, so only the usual nodes can be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from media.origins.found import items, mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NODES = 5000
MAX_LINKS = 4 * MAX_NODES
_SKIPPED = ""
"""Stands for what the page adds to a seed: whether it changes by itself."""

WIDGETS: Mapping[str, tuple[str, ...]] = {
    "KSampler": ("seed", _SKIPPED, "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": (
        *("add_noise", "noise_seed", _SKIPPED, "steps", "cfg"),
        *("sampler_name", "scheduler"),
    ),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "EmptyLatentImage": ("width", "height"),
    "EmptySD3LatentImage": ("width", "height"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "RandomNoise": ("noise_seed",),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "PrimitiveNode": ("value",),
}
"""The names of the values of the usual nodes, in the order in which the page keeps them."""


def from_workflow(workflow: Mapping[str, Any]) -> dict[str, Any]:
    """The nodes by their ids, each with its inputs by name; empty where there are none."""
    nodes = [mapping(node) for node in items(workflow.get("nodes"))[: MAX_NODES + 1]]
    sources = dict(filter(None, map(_source, items(workflow.get("links"))[:MAX_LINKS])))
    return {
        str(node["id"]): {"class_type": str(node.get("type", "")), "inputs": _inputs(node, sources)}
        for node in nodes
        if isinstance(node.get("id"), str | int)
    }


def _source(link: object) -> tuple[int, list[Any]] | None:
    """A link by its number: the node that it comes from, and the number of its output."""
    parts = items(link)
    is_link = len(parts) >= 3 and isinstance(parts[0], int) and isinstance(parts[1], str | int)
    return (parts[0], [str(parts[1]), parts[2]]) if is_link else None


def _inputs(node: Mapping[str, Any], sources: Mapping[int, list[Any]]) -> dict[str, Any]:
    names = WIDGETS.get(str(node.get("type", "")), ())
    found = dict(zip(names, items(node.get("widgets_values")), strict=False))
    found.pop(_SKIPPED, None)
    for entry in map(mapping, items(node.get("inputs"))[:MAX_NODES]):
        key, link = entry.get("name"), entry.get("link")
        if isinstance(key, str) and isinstance(link, int) and link in sources:
            found[key] = sources[link]
    return found
