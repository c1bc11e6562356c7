"""Pictures with the texts that other programs write."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

INFOTEXT = (
    "a red fox, (detailed:1.2) <lora:ink:0.8>\n"
    "Negative prompt: lowres, blurry\n"
    "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 1234,"
    " Size: 512x768, Model hash: cc6cb27103, Model: v1-5-pruned, Denoising strength: 0.7,"
    ' Clip skip: 2, Lora hashes: "ink: 0a1b, other: 2c3d", Version: v1.10.1'
)

GRAPH: dict[str, Any] = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 42,
            "steps": 25,
            "cfg": 6.5,
            "sampler_name": "dpmpp_2m",
            "scheduler": "karras",
            "denoise": 1,
            "model": ["10", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sdxl/base.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 832, "height": 1216}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a lighthouse", "clip": ["10", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "people", "clip": ["10", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "x"}},
    "10": {
        "class_type": "LoraLoader",
        "inputs": {"lora_name": "ink.safetensors", "strength_model": 0.6, "model": ["4", 0]},
    },
}

FLUX: dict[str, Any] = {
    "1": {
        "class_type": "SamplerCustomAdvanced",
        "inputs": {
            "noise": ["2", 0],
            "guider": ["3", 0],
            "sampler": ["4", 0],
            "sigmas": ["5", 0],
            "latent_image": ["6", 0],
        },
    },
    "2": {"class_type": "RandomNoise", "inputs": {"noise_seed": ["9", 0]}},
    "3": {"class_type": "BasicGuider", "inputs": {"conditioning": ["7", 0], "model": ["8", 0]}},
    "4": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
    "5": {"class_type": "BasicScheduler", "inputs": {"scheduler": "simple", "steps": 4}},
    "6": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 1024, "height": 1024}},
    "7": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["10", 0]}},
    "8": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-schnell.gguf"}},
    "9": {"class_type": "PrimitiveInt", "inputs": {"value": 7}},
    "10": {"class_type": "CLIPTextEncode", "inputs": {"text": ["11", 0]}},
    "11": {"class_type": "StringConstant", "inputs": {"string": "a glass bird"}},
}

WORKFLOW: dict[str, Any] = {
    "nodes": [
        {
            "id": 1,
            "type": "KSampler",
            "widgets_values": [99, "randomize", 30, 7, "euler_ancestral", "normal", 0.5],
            "inputs": [
                {"name": "positive", "link": 1},
                {"name": "negative", "link": 2},
                {"name": "latent_image", "link": 3},
                {"name": "model", "link": 4},
            ],
        },
        {"id": 2, "type": "CLIPTextEncode", "widgets_values": ["a boat"], "inputs": []},
        {"id": 3, "type": "CLIPTextEncode", "widgets_values": ["fog"], "inputs": []},
        {"id": 4, "type": "EmptyLatentImage", "widgets_values": [640, 448, 1]},
        {"id": 5, "type": "CheckpointLoaderSimple", "widgets_values": ["sd15.ckpt"]},
    ],
    "links": [
        [1, 2, 0, 1, 1, "CONDITIONING"],
        [2, 3, 0, 1, 2, "CONDITIONING"],
        [3, 4, 0, 1, 3, "LATENT"],
        [4, 5, 0, 1, 0, "MODEL"],
    ],
}

INVOKE: dict[str, Any] = {
    "app_version": "5.4.0",
    "generation_mode": "sdxl_txt2img",
    "positive_prompt": "a castle",
    "negative_prompt": "text",
    "width": 1024,
    "height": 768,
    "seed": 11,
    "cfg_scale": 5,
    "steps": 30,
    "scheduler": "euler_a",
    "model": {"name": "Juggernaut XL", "key": "k"},
    "loras": [{"model": {"name": "mist"}, "weight": 0.75}],
}

INVOKE_2: dict[str, Any] = {
    "model": "stable diffusion",
    "model_weights": "stable-diffusion-1.5",
    "image": {
        "prompt": [{"prompt": "a harbour [people, boats]", "weight": 1}],
        "steps": 50,
        "cfg_scale": 7.5,
        "height": 512,
        "width": 640,
        "seed": 5,
        "sampler": "k_euler_a",
    },
}

DREAM = '"a mill [sheep]" -s 40 -S 77 -W 640 -H 448 -C 8 -A k_lms'


def picture(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Something to see."""
    wide, high = size
    tiles = [(x * 12 // wide, y * 9 // high) for y in range(high) for x in range(wide)]
    seen = Image.new("RGB", size)
    seen.putdata([(a * 97 % 256, (a + b) * 61 % 256, a * b * 41 % 256) for a, b in tiles])
    return seen


def png(texts: Mapping[str, str]) -> bytes:
    """A PNG with text chunks; those that Latin-1 cannot write are international ones."""
    info = PngInfo()
    for key, text in texts.items():
        info.add_text(key, text, zip=len(text) > 10_000)
    buffer = BytesIO()
    picture().save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def with_comment(kind: str, text: str, charset: str = "utf-16-be") -> bytes:
    """A JPEG or WebP with that text as EXIF's UserComment."""
    name = b"ASCII\0\0\0" if charset == "utf-8" else b"UNICODE\0"
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = name + text.encode(charset)
    buffer = BytesIO()
    picture().save(buffer, kind, exif=exif)
    return buffer.getvalue()


def webp_of_comfyui(graph: Mapping[str, Any]) -> bytes:
    """A WebP as ComfyUI writes it: the graph in EXIF's Model."""
    exif = Image.Exif()
    exif[0x0110] = f"prompt:{json.dumps(graph)}"
    buffer = BytesIO()
    picture().save(buffer, "WEBP", exif=exif)
    return buffer.getvalue()
