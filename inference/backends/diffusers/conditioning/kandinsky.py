"""Kandinsky 2.2: texts become image embeddings by the prior, and these a picture by the decoder.

Weighted prompts mix the prior's image embeddings by the formula of `mixture`, X_0 being the
embedding of a black picture. Pictures to blend take part by their own embeddings, beside the texts
that have words. One negative prompt of full weight is diffusers' `negative_prompt`, which steers
the prior as well. Sides that are no multiples of 64 are drawn on a larger canvas, of which the
middle is the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import diffusers
import torch
from diffusers.pipelines.kandinsky2_2.pipeline_kandinsky2_2_inpainting import prepare_mask
from torch.nn import functional

from generation.errors import BadRequest
from generation.request import GuidancePreset, Sampler, WeightMethod
from inference.backends.diffusers.conditioning.images import (
    fill_masked_area,
    read_init_image,
    read_mask,
)
from inference.backends.diffusers.conditioning.mixture import mix, plain
from inference.backends.failure import DrawingFailed
from inference.backends.given_pictures import open_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from numpy.typing import NDArray
    from torch import Tensor

    from generation.request import ImageRequest
    from inference.backends.diffusers.conditioning.mixture import Mixture
    from inference.backends.diffusers.model import Model

PRIOR_STEPS = 25
PRIOR_GUIDANCE = 4.0
"""How the prior is run, as diffusers does by default."""

CANVAS_STEP = 64
"""The sides of what the decoder draws are multiples of this."""

SCHEDULERS = {Sampler.DDPM: "DDPMScheduler", Sampler.DDIM: "DDIMScheduler"}
"""The samplers that the decoder can be run with; it predicts its variance as well."""


def check(model: Model, request: ImageRequest) -> None:
    """Refuse what Kandinsky does not do.

    Raises:
        BadRequest: names the field and what would be right.
    """
    problems = {
        "sampler": request.sampler not in (None, *SCHEDULERS) and "draws with ddpm or ddim",
        "clip": request.guidance is not GuidancePreset.NONE and "has no CLIP guidance",
        "style": request.style is not None and "knows no style presets",
        "control": bool(request.controls) and "takes no control pictures",
        "weight_method": request.weight_method is not WeightMethod.TEXT_ENCODER
        and "weighs prompts by its prior only (TEXT_ENCODER)",
        "mask": model.is_inpainting and request.mask is None and "needs an image and a mask",
    }
    for field, problem in problems.items():
        if problem:
            raise BadRequest(field, f"{request.engine_id} {problem}")


def count_steps(request: ImageRequest) -> int:
    """How many steps of the prior and the decoder a request takes in all."""
    texts = len(_prior_calls(request, _mix(request)))
    return texts * PRIOR_STEPS + _decoder_steps(request)


def latent_size(model: Model, request: ImageRequest) -> tuple[int, int]:
    """Height and width of the canvas in latents."""
    height, width = _canvas_size(request)
    return height // model.vae_scale, width // model.vae_scale


def _canvas_size(request: ImageRequest) -> tuple[int, int]:
    height, width = (
        -(-side // CANVAS_STEP) * CANVAS_STEP for side in (request.height, request.width)
    )
    return height, width


@torch.no_grad()
def draw(
    model: Model, request: ImageRequest, progress: Callable[[int, int], None]
) -> Generator[None, None, NDArray[Any]]:
    """Draw the picture of a request with its own seed; pauses where others may have a turn.

    `progress` is told of every step that is done, and of how many. Returns RGB of 8 bits (height,
    width, 3).

    Raises:
        BadRequest: as `check` does.
        DrawingFailed: the model gives no figures.
        Exception: whatever `progress` raises.
    """
    check(model, request)
    generator = torch.Generator().manual_seed(request.seed)
    count = _Counter(count_steps(request), progress)
    embeds = _embed(model, request, generator, count)
    yield
    latents = yield from _decode(model, request, embeds, generator, count)
    rgb = model.vae.decode(latents.to(model.dtype), force_not_quantize=True)["sample"][0].float()
    # What is no number in the latents is none in the picture either.
    if not bool(torch.isfinite(rgb).all()):
        raise DrawingFailed(
            f"{model.id} came to numbers that are no picture; another seed may help"
        )
    rgb = _middle(rgb / 2 + 0.5, request.height, request.width)
    return (rgb.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()


@dataclass(slots=True)
class _Counter:
    """Counts the steps of prior and decoder together."""

    steps: int
    progress: Callable[[int, int], None]
    done: int = 0

    def step(self) -> None:
        """One more is done."""
        self.done += 1
        self.progress(self.done, self.steps)

    def on_step_end(self, _: Any, __: int, ___: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        """The same as a callback of diffusers' pipelines."""
        self.step()
        return tensors


def _mix(request: ImageRequest) -> Mixture:
    # The prior reads a text as a whole, so brackets are part of it.
    beside = sum(picture.weight for picture in request.blend)
    return mix(request.prompts, reads_emphasis=False, beside=beside)


def _prior_calls(request: ImageRequest, mixture: Mixture) -> list[tuple[str, str | None]]:
    """The texts that the prior is run for, each with the one that it is steered away from."""
    wanted, unwanted = list(mixture.wanted), list(mixture.unwanted)
    is_plain = len(wanted) == len(unwanted) == 1 and mixture.negative_scale == 1
    if is_plain and not request.blend:
        return [(plain(wanted[0]), plain(unwanted[0]))]
    return [(plain(text), None) for text in mixture.texts]


@dataclass(frozen=True, slots=True, eq=False)
class _Embeds:
    """Image embeddings of what is drawn and what is pushed out (1, width)."""

    wanted: Tensor
    unwanted: Tensor


def _embed(
    model: Model, request: ImageRequest, generator: torch.Generator, count: _Counter
) -> _Embeds:
    prior, mixture = _open_prior(model), _mix(request)
    # Every text gets the same noise, so that a text of no weight changes nothing.
    state = generator.get_state()
    found: list[_Embeds] = []
    for text, negative in _prior_calls(request, mixture):
        generator.set_state(state)
        answer = prior(
            prompt=text,
            negative_prompt=negative,
            num_inference_steps=PRIOR_STEPS,
            guidance_scale=PRIOR_GUIDANCE,
            generator=generator,
            callback_on_step_end=count.on_step_end,
        )
        found.append(_Embeds(answer.image_embeds, answer.negative_image_embeds))
    if len(found) == 1 and not request.blend:
        return found[0]
    if request.blend:
        # The decoder begins with the same noise, however many texts take part.
        generator.set_state(state)
    by_text = dict(zip(mixture.texts, (one.wanted for one in found), strict=True))
    nothing = found[0].unwanted if found else prior.get_zero_embed(1, model.device)
    wanted = [by_text[text] * share for text, share in mixture.wanted.items()]
    wanted += _embed_pictures(prior, request, 1 - sum(mixture.wanted.values()))
    unwanted = nothing
    if mixture.unwanted:
        pushed = [by_text[text] * share for text, share in mixture.unwanted.items()]
        unwanted = nothing + mixture.negative_scale * (reduce(torch.add, pushed) - nothing)
    return _Embeds(reduce(torch.add, wanted), unwanted)


def _embed_pictures(prior: Any, request: ImageRequest, share: float) -> list[Tensor]:
    """The embeddings of the pictures to blend, which have that share of the whole together."""
    total = sum(picture.weight for picture in request.blend)
    encoder = prior.image_encoder
    found: list[Tensor] = []
    for picture in request.blend:
        opened = open_picture(picture.image, "RGB")
        pixels = prior.image_processor(opened, return_tensors="pt").pixel_values
        seen = encoder(pixels.to(encoder.device, encoder.dtype))["image_embeds"]
        found.append(seen * (share * picture.weight / total))
    return found


def _open_prior(model: Model) -> Any:
    pipeline = model.pipeline
    prior = diffusers.KandinskyV22PriorPipeline(
        prior=pipeline.prior_prior,
        image_encoder=pipeline.prior_image_encoder,
        text_encoder=pipeline.prior_text_encoder,
        tokenizer=pipeline.prior_tokenizer,
        scheduler=_fresh(pipeline.prior_scheduler),
        image_processor=pipeline.prior_image_processor,
    )
    prior.set_progress_bar_config(disable=True)
    return prior


def _decoder_steps(request: ImageRequest) -> int:
    if request.init_image is None:
        return request.steps
    return min(int(request.steps * request.strength), request.steps)


@dataclass(frozen=True, slots=True, eq=False)
class _Canvas:
    """Where the decoder starts from, all with a batch of one."""

    noise: Tensor
    latents: Tensor | None = None
    """Of the init image."""
    start: Tensor | None = None
    """What the noise is added to; None starts from noise alone."""
    keep: Tensor | None = None
    """1 where the init image is kept (1, 1, height, width)."""


def _decode(
    model: Model,
    request: ImageRequest,
    embeds: _Embeds,
    generator: torch.Generator,
    count: _Counter,
) -> Generator[None, None, Tensor]:
    """The latents of the picture, with a pause after each step."""
    scheduler = _open_scheduler(model, request)
    scheduler.set_timesteps(request.steps)
    times = scheduler.timesteps[request.steps - _decoder_steps(request) :]
    canvas = _open_canvas(model, request, generator)
    x = _begin(canvas, scheduler, times)
    for index, time in enumerate(times):
        output = _predict(model, request, embeds, canvas, x, time)
        if not _reads_variance(scheduler):
            output = output[:, : x.shape[1]]
        x = scheduler.step(output, time, x, generator=generator)[0]
        if canvas.keep is not None:
            kept = canvas.latents
            if index + 1 < len(times):
                kept = scheduler.add_noise(kept, canvas.noise, times[index + 1 : index + 2])
            x = canvas.keep * kept + (1 - canvas.keep) * x
        count.step()
        yield
    return x


def _open_scheduler(model: Model, request: ImageRequest) -> Any:
    own = model.pipeline.scheduler
    if request.sampler is None:
        return _fresh(own)
    return _fresh(own, getattr(diffusers, SCHEDULERS[request.sampler]))


def _fresh(scheduler: Any, kind: Any = None) -> Any:
    """A scheduler of its own for one picture, for schedulers remember where they are."""
    return (kind or scheduler).from_config(scheduler.config)


def _reads_variance(scheduler: Any) -> bool:
    learned = scheduler.config.get("variance_type") in ("learned", "learned_range")
    return learned and isinstance(scheduler, diffusers.DDPMScheduler)


def _open_canvas(model: Model, request: ImageRequest, generator: torch.Generator) -> _Canvas:
    sides = _canvas_size(request)
    shape = (1, model.vae.config.latent_channels, *latent_size(model, request))
    image = read_init_image(model, request)
    noise = (
        torch.randn(shape, generator=generator, dtype=torch.float32).to(model.device)
        * request.noise_scale
    )
    if image is None:
        return _Canvas(noise)
    given = _surrounded(image, *sides).to(model.device, model.dtype)
    latents = model.vae.encode(given[None])["latents"].float()
    mask = read_mask(model, request)
    if mask is None:
        return _Canvas(noise, latents, latents)
    keep = functional.interpolate(_surrounded(1 - mask, *sides)[None], size=shape[-2:])
    if model.is_inpainting:
        keep = prepare_mask(keep)
    keep = keep.to(model.device)
    start = None
    if request.strength < 1:
        start = fill_masked_area(request, latents, 1 - keep, generator)
    return _Canvas(noise, latents, start, keep)


def _begin(canvas: _Canvas, scheduler: Any, times: Tensor) -> Tensor:
    """What the first step looks at."""
    if canvas.start is None:
        return canvas.noise * scheduler.init_noise_sigma
    if not len(times):
        return canvas.start
    return scheduler.add_noise(canvas.start, canvas.noise, times[:1])


def _predict(
    model: Model, request: ImageRequest, embeds: _Embeds, canvas: _Canvas, x: Tensor, time: Tensor
) -> Tensor:
    """The guided prediction of noise with that of its variance."""
    guided = request.cfg_scale > 1
    told = torch.cat((embeds.unwanted, embeds.wanted)) if guided else embeds.wanted
    seen = x
    if model.is_inpainting and canvas.keep is not None:
        seen = torch.cat((x, canvas.latents * canvas.keep, canvas.keep), dim=1)
    output = model.unet(
        sample=(torch.cat((seen, seen)) if guided else seen).to(model.dtype),
        timestep=time,
        encoder_hidden_states=None,
        added_cond_kwargs={"image_embeds": told.to(model.device, model.dtype)},
        return_dict=False,
    )[0].float()
    if not guided:
        return output
    without, towards = output.chunk(2)
    channels = x.shape[1]
    noise = without[:, :channels] + request.cfg_scale * (towards - without)[:, :channels]
    return torch.cat((noise, towards[:, channels:]), dim=1)


def _surrounded(picture: Tensor, height: int, width: int) -> Tensor:
    """The picture in the middle of a larger one, its edges drawn out."""
    down, right = height - picture.shape[-2], width - picture.shape[-1]
    around = (right // 2, right - right // 2, down // 2, down - down // 2)
    return functional.pad(picture[None], around, mode="replicate")[0]


def _middle(picture: Tensor, height: int, width: int) -> Tensor:
    top, left = (picture.shape[-2] - height) // 2, (picture.shape[-1] - width) // 2
    return picture[:, top : top + height, left : left + width]
