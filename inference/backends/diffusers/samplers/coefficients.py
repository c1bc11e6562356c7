"""Samplers as tables of coefficients, so that one batch can hold any of them.

Every sampler here is linear. One evaluation of the UNet at input c_in · x gives e; then

    d  = x_to_d · x + e_to_d · e                      the denoised estimate
    x' = x_to_x · x + d_to_x · d + memory_to_x · m + noise_to_x · n
    m' = x_to_memory · x + d_to_memory · d

with fresh noise n. The figures are those of diffusers' schedulers (0.42.1), read off their steps;
the 2S ancestral solver is k-diffusion's `sample_dpmpp_2s_ancestral`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from generation.request import Sampler

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Figures = NDArray[np.float64]


class Column(IntEnum):
    """The columns of a table."""

    TIME = 0
    SIGMA = 1
    """Noise level: sqrt(1 - alpha_bar) / sqrt(alpha_bar)."""
    C_IN = 2
    X_TO_D = 3
    E_TO_D = 4
    X_TO_X = 5
    D_TO_X = 6
    MEMORY_TO_X = 7
    NOISE_TO_X = 8
    X_TO_MEMORY = 9
    D_TO_MEMORY = 10
    KEEP = 11
    """How much of the init image's latents is in x' where the picture is kept."""
    KEEP_NOISE = 12
    """And how much of the sample's first noise."""


LEAST_ALPHA = 2.0**-24
"""What is divided by where a schedule begins with noise alone, as rescaled ones do."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The evaluations of one schedule, one row each.

    A picture begins with x = latents_scale · latents + latents_noise · noise, or with
    x = noise_scale · noise where it begins with noise alone.
    """

    rows: NDArray[np.float32]
    order: int
    """Evaluations of a step; the last step may have fewer."""
    noise_scale: float
    latents_scale: float
    latents_noise: float


def _blank(times: Figures) -> Figures:
    rows = np.zeros((len(times), len(Column)))
    rows[:, Column.TIME] = times
    rows[:, Column.C_IN] = 1.0
    rows[:, Column.KEEP] = 1.0
    return rows


def _variance_exploding(scheduler: Any, levels: Figures, times: Figures) -> Figures:
    """Rows at those noise levels, with x = latents + sigma · noise."""
    rows = _blank(times)
    square = levels**2 + 1.0
    rows[:, Column.SIGMA] = levels
    rows[:, Column.C_IN] = square**-0.5
    match scheduler.config.prediction_type:
        case "epsilon":
            rows[:, Column.X_TO_D], rows[:, Column.E_TO_D] = 1.0, -levels
        case "v_prediction":
            rows[:, Column.X_TO_D], rows[:, Column.E_TO_D] = 1.0 / square, -levels * square**-0.5
        case _:
            rows[:, Column.E_TO_D] = 1.0
    return rows


def _variance_preserving(scheduler: Any, alphas: Figures, times: Figures) -> Figures:
    """Rows where x = alpha · latents + sqrt(1 - alpha²) · noise."""
    rows = _blank(times)
    sigmas = np.sqrt(1.0 - alphas**2)
    divisors = np.maximum(alphas, LEAST_ALPHA)
    rows[:, Column.SIGMA] = sigmas / divisors
    match scheduler.config.prediction_type:
        case "epsilon":
            rows[:, Column.X_TO_D], rows[:, Column.E_TO_D] = 1.0 / divisors, -sigmas / divisors
        case "v_prediction":
            rows[:, Column.X_TO_D], rows[:, Column.E_TO_D] = alphas, -sigmas
        case _:
            rows[:, Column.E_TO_D] = 1.0
    return rows


def _towards(row: Figures, level: float, target: float) -> None:
    """Along the derivative (x - d) / level to another noise level."""
    row[Column.X_TO_X] = target / level
    row[Column.D_TO_X] = 1.0 - target / level


def _from_memory(row: Figures, level: float, distance: float) -> None:
    """From the memory, by the derivative at x times a distance."""
    row[Column.MEMORY_TO_X] = 1.0
    row[Column.X_TO_X] = distance / level
    row[Column.D_TO_X] = -distance / level


def _ancestral(level: float, target: float) -> tuple[float, float]:
    """How far to go down, and how much noise to add then, to come to the target level."""
    up = math.sqrt(max(target**2 * (level**2 - target**2) / level**2, 0.0))
    return math.sqrt(max(target**2 - up**2, 0.0)), up


def _array(values: Any) -> Figures:
    return np.asarray(values, dtype=np.float64)


def _keep_levels(rows: Figures, levels: Figures) -> Figures:
    """The levels to which the kept part is noised after each row; after the last it is not."""
    rows[:-1, Column.KEEP_NOISE] = levels[1 : len(rows)]
    return rows


def _euler(scheduler: Any, _first: int) -> Figures:
    sigmas, times = _array(scheduler.sigmas), _array(scheduler.timesteps)
    # There may be more of them: interpolated by logarithms they do not end at 0.
    rows = _variance_exploding(scheduler, sigmas[: len(times)], times)
    for i, row in enumerate(rows):
        _towards(row, sigmas[i], sigmas[i + 1])
    return _keep_levels(rows, sigmas)


def _euler_ancestral(scheduler: Any, _first: int) -> Figures:
    sigmas, times = _array(scheduler.sigmas), _array(scheduler.timesteps)
    rows = _variance_exploding(scheduler, sigmas[:-1], times)
    for i, row in enumerate(rows):
        down, row[Column.NOISE_TO_X] = _ancestral(sigmas[i], sigmas[i + 1])
        _towards(row, sigmas[i], down)
    return _keep_levels(rows, sigmas)


def _heun(scheduler: Any, _first: int) -> Figures:
    sigmas, times = _array(scheduler.sigmas), _array(scheduler.timesteps)
    # The second evaluation of a step is at the level of the next one.
    rows = _variance_exploding(scheduler, sigmas[: len(times)], times)
    for i, row in enumerate(rows):
        if i % 2 == 0:
            level, target = sigmas[i], sigmas[i + 1]
            _towards(row, level, target)
            half = 0.5 * (target - level) / level
            row[Column.X_TO_MEMORY], row[Column.D_TO_MEMORY] = 1.0 + half, -half
        else:
            _from_memory(row, sigmas[i], 0.5 * (sigmas[i] - sigmas[i - 1]))
    return _keep_levels(rows, sigmas)


def _two_stage(scheduler: Any, middles: Figures, ends: Figures, noises: Figures) -> Figures:
    """A step to a middle level and, from its start again, to its end by the derivative there."""
    sigmas, times = _array(scheduler.sigmas), _array(scheduler.timesteps)
    count = len(times)
    levels = np.where(np.arange(count) % 2 == 0, sigmas[:count], np.roll(middles, 1)[:count])
    rows = _variance_exploding(scheduler, levels, times)
    for i, row in enumerate(rows):
        if i % 2 == 0:
            _towards(row, sigmas[i], middles[i])
            row[Column.X_TO_MEMORY] = 1.0
        else:
            _from_memory(row, middles[i - 1], ends[i - 1] - sigmas[i - 1])
            row[Column.NOISE_TO_X] = noises[i - 1]
    return _keep_levels(rows, sigmas)


def _k_dpm_2(scheduler: Any, _first: int) -> Figures:
    sigmas = _array(scheduler.sigmas)
    ends = np.append(sigmas[1:], 0.0)
    middles = np.append(_array(scheduler.sigmas_interpol)[1:], 0.0)
    return _two_stage(scheduler, middles, ends, np.zeros_like(sigmas))


def _k_dpm_2_ancestral(scheduler: Any, _first: int) -> Figures:
    return _two_stage(
        scheduler,
        _array(scheduler.sigmas_interpol),
        _array(scheduler.sigmas_down),
        _array(scheduler.sigmas_up),
    )


def _dpmpp_2s_ancestral(scheduler: Any, _first: int) -> Figures:
    sigmas, times = _array(scheduler.sigmas), _array(scheduler.timesteps)
    count = 2 * len(times) - 1
    known = np.log(np.sqrt(1.0 / _array(scheduler.alphas_cumprod) - 1.0))
    levels, stage_times = np.empty(count), np.empty(count)
    levels[::2], stage_times[::2] = sigmas[:-1], times
    downs = [_ancestral(sigmas[i], sigmas[i + 1]) for i in range(len(times))]
    for i, (down, _) in enumerate(downs[:-1]):
        middle = math.sqrt(sigmas[i] * down)
        levels[2 * i + 1] = middle
        stage_times[2 * i + 1] = np.interp(math.log(middle), known, np.arange(len(known)))
    rows = _variance_exploding(scheduler, levels, stage_times)
    for i, (down, up) in enumerate(downs[:-1]):
        start, middle = rows[2 * i], rows[2 * i + 1]
        _towards(start, sigmas[i], levels[2 * i + 1])
        start[Column.X_TO_MEMORY] = 1.0
        ratio = down / sigmas[i]
        middle[Column.MEMORY_TO_X], middle[Column.D_TO_X] = ratio, 1.0 - ratio
        middle[Column.NOISE_TO_X] = up
    _towards(rows[-1], sigmas[-2], downs[-1][0])
    return _keep_levels(rows, levels)


def _dpmpp_2m(scheduler: Any, first: int) -> Figures:
    sigmas, times = _array(scheduler.sigmas), _array(scheduler.timesteps)
    alphas = (sigmas**2 + 1.0) ** -0.5
    noises = sigmas * alphas
    rows = _variance_preserving(scheduler, alphas[:-1], times)
    rows[:, Column.D_TO_MEMORY] = 1.0
    with np.errstate(divide="ignore"):
        steps = -np.diff(np.log(sigmas))
    for i, row in enumerate(rows):
        row[Column.X_TO_X] = noises[i + 1] / noises[i]
        share = alphas[i + 1] * -math.expm1(-steps[i])
        if i == first or _is_lower_order(scheduler, i):
            row[Column.D_TO_X] = share
        else:
            slope = 0.5 * share * steps[i] / steps[i - 1]
            row[Column.D_TO_X], row[Column.MEMORY_TO_X] = share + slope, -slope
    rows[:-1, Column.KEEP], rows[:-1, Column.KEEP_NOISE] = alphas[1:-1], noises[1:-1]
    return rows


def _is_lower_order(scheduler: Any, index: int) -> bool:
    # As DPMSolverMultistepScheduler.step decides it for the last step.
    config, count = scheduler.config, len(scheduler.timesteps)
    is_short = config.lower_order_final and count < 15
    ends = config.euler_at_final or is_short or config.final_sigmas_type == "zero"
    return index == count - 1 and ends


def _ddim(scheduler: Any, _first: int) -> Figures:
    times = scheduler.timesteps.numpy()
    products = _array(scheduler.alphas_cumprod)
    spacing = scheduler.config.num_train_timesteps // scheduler.num_inference_steps
    last = float(scheduler.final_alpha_cumprod)
    nows = products[times]
    nexts = np.array([products[time - spacing] if time >= spacing else last for time in times])
    rows = _variance_preserving(scheduler, np.sqrt(nows), times)
    # The noise in x is (x - sqrt(now) · d) / sqrt(1 - now).
    ratio = np.sqrt((1.0 - nexts) / (1.0 - nows))
    rows[:, Column.X_TO_X] = ratio
    rows[:, Column.D_TO_X] = np.sqrt(nexts) - ratio * np.sqrt(nows)
    rows[:-1, Column.KEEP] = np.sqrt(nows[1:])
    rows[:-1, Column.KEEP_NOISE] = np.sqrt(1.0 - nows[1:])
    return rows


_BUILDERS: dict[Sampler, Callable[[Any, int], Figures]] = {
    Sampler.DDIM: _ddim,
    Sampler.K_EULER: _euler,
    Sampler.K_EULER_ANCESTRAL: _euler_ancestral,
    Sampler.K_HEUN: _heun,
    Sampler.K_DPM_2: _k_dpm_2,
    Sampler.K_DPM_2_ANCESTRAL: _k_dpm_2_ancestral,
    Sampler.K_DPMPP_2S_ANCESTRAL: _dpmpp_2s_ancestral,
    Sampler.K_DPMPP_2M: _dpmpp_2m,
}
TABLED = frozenset(_BUILDERS)
"""The samplers that have a table; the others are stepped by diffusers' own objects."""
_TWO_STAGES = frozenset(
    {
        Sampler.K_HEUN,
        Sampler.K_DPM_2,
        Sampler.K_DPM_2_ANCESTRAL,
        Sampler.K_DPMPP_2S_ANCESTRAL,
    }
)
_PRESERVING = frozenset({Sampler.DDIM, Sampler.K_DPMPP_2M})


def build_table(sampler: Sampler, scheduler: Any, first_step: int) -> Table:
    """The table of a scheduler whose timesteps are set, from that step on."""
    order = 2 if sampler in _TWO_STAGES else 1
    rows = _BUILDERS[sampler](scheduler, first_step)[first_step * order :]
    sigma = float(rows[0, Column.SIGMA]) if len(rows) else 0.0
    alpha = (sigma**2 + 1.0) ** -0.5 if sampler in _PRESERVING else 1.0
    return Table(
        rows.astype(np.float32),
        order,
        noise_scale=float(scheduler.init_noise_sigma),
        latents_scale=alpha,
        latents_noise=alpha * sigma,
    )
