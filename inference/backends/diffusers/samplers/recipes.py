"""The protocol's samplers as diffusers' schedulers, with the settings each of them needs.

Everything else of a scheduler's config (betas, spacing, offset, prediction) is the model's own.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import diffusers

from generation.errors import BadRequest
from generation.request import ANCESTRAL_SAMPLERS, GuidancePreset, Sampler

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from generation.request import ImageRequest


@dataclass(frozen=True, slots=True)
class Recipe:
    """The scheduler class of a sampler, what its config must say, and the module it needs.

    `predictions` are what a model may predict that it steps.
    """

    scheduler: str
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    module: str = ""
    predictions: Collection[str] = ("epsilon", "v_prediction", "sample")


# Clamping the estimate to -1 … 1 is for pixels; latents are larger, and it spoils them.
_UNCLIPPED = {"clip_sample": False, "thresholding": False}

RECIPES: Mapping[Sampler, Recipe] = {
    Sampler.DDIM: Recipe("DDIMScheduler", _UNCLIPPED),
    Sampler.DDPM: Recipe("DDPMScheduler", _UNCLIPPED),
    Sampler.K_EULER: Recipe("EulerDiscreteScheduler"),
    Sampler.K_EULER_ANCESTRAL: Recipe("EulerAncestralDiscreteScheduler"),
    Sampler.K_HEUN: Recipe("HeunDiscreteScheduler", {"clip_sample": False}),
    Sampler.K_DPM_2: Recipe("KDPM2DiscreteScheduler"),
    Sampler.K_DPM_2_ANCESTRAL: Recipe("KDPM2AncestralDiscreteScheduler"),
    Sampler.K_LMS: Recipe("LMSDiscreteScheduler", module="scipy"),
    # diffusers has no 2S ancestral; the noise levels are Euler's, the steps are our own.
    Sampler.K_DPMPP_2S_ANCESTRAL: Recipe("EulerDiscreteScheduler"),
    Sampler.K_DPMPP_2M: Recipe(
        "DPMSolverMultistepScheduler",
        {
            "algorithm_type": "dpmsolver++",
            "solver_order": 2,
            "solver_type": "midpoint",
            "thresholding": False,
        },
    ),
    Sampler.K_DPMPP_SDE: Recipe(
        "DPMSolverSDEScheduler", module="torchsde", predictions=("epsilon", "v_prediction")
    ),
}

SAMPLER_OF_SCHEDULER = {
    "DDIMScheduler": Sampler.DDIM,
    "DDPMScheduler": Sampler.DDPM,
    "EulerDiscreteScheduler": Sampler.K_EULER,
    "EulerAncestralDiscreteScheduler": Sampler.K_EULER_ANCESTRAL,
    "HeunDiscreteScheduler": Sampler.K_HEUN,
    "KDPM2DiscreteScheduler": Sampler.K_DPM_2,
    "KDPM2AncestralDiscreteScheduler": Sampler.K_DPM_2_ANCESTRAL,
    "LMSDiscreteScheduler": Sampler.K_LMS,
    "DPMSolverSDEScheduler": Sampler.K_DPMPP_SDE,
}
"""What a model's own scheduler is called here; models that come with another one get DPM++ 2M."""


def choose_sampler(
    request: ImageRequest, default: Sampler | None, own_config: Mapping[str, Any]
) -> Sampler:
    """The sampler of a request: its own, else the engine's default, else the model's own.

    With CLIP guidance it is an ancestral one.
    """
    chosen = request.sampler or default
    if chosen is None:
        own = str(own_config.get("_class_name", ""))
        chosen = SAMPLER_OF_SCHEDULER.get(own, Sampler.K_DPMPP_2M)
    guided = request.guidance is not GuidancePreset.NONE
    if guided and request.sampler is None and chosen not in ANCESTRAL_SAMPLERS:
        return Sampler.K_EULER_ANCESTRAL
    return chosen


def open_scheduler(sampler: Sampler, own_config: Mapping[str, Any], seed: int) -> Any:
    """A scheduler of diffusers for one picture, from the config of the model's own.

    Raises:
        BadRequest: the sampler cannot be had here; names it and says why.
    """
    recipe = RECIPES[sampler]
    if recipe.module and importlib.util.find_spec(recipe.module) is None:
        raise BadRequest("sampler", f"{sampler} needs the package {recipe.module} on this server")
    settings = dict(recipe.settings)
    if sampler is Sampler.K_DPMPP_SDE:
        settings["noise_sampler_seed"] = seed
    kind = getattr(diffusers, recipe.scheduler)
    try:
        scheduler = kind.from_config(own_config, **settings)
    except (ValueError, NotImplementedError, ImportError) as error:
        raise BadRequest("sampler", f"{sampler} does not fit this model ({error})") from error
    prediction = scheduler.config.prediction_type
    if prediction not in recipe.predictions:
        raise BadRequest("sampler", f"{sampler} does not fit a model that predicts {prediction}")
    return scheduler


def check_steps(steps: int, own_config: Mapping[str, Any]) -> None:
    """Refuse more steps than a model knows noise levels.

    Raises:
        BadRequest: says how many there are.
    """
    most = own_config.get("num_train_timesteps")
    if isinstance(most, int) and steps > most:
        reason = f"{steps} are more than the {most} noise levels that this model was trained with"
        raise BadRequest("steps", reason)
