"""Reads what a message asks of pictures that are there already."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from generation.errors import BadRequest
from generation.wire import generation_pb2 as pb
from inference.transforms.camera import (
    identity,
    plane_matrix,
    product,
    projection,
    ray_matrix,
    square,
)
from inference.transforms.orders import (
    MAX_STRENGTH,
    Blend,
    Border,
    ColourAdjustment,
    ColourSpace,
    DepthCalculation,
    DepthWarp,
    Warp,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inference.transforms.camera import Matrix
    from inference.transforms.orders import Transform

MAX_RATIOS = 64
BORDERS = {
    pb.BORDER_REFLECT: Border.REFLECT,
    pb.BORDER_REPLICATE: Border.REPLICATE,
    pb.BORDER_WRAP: Border.WRAP,
    pb.BORDER_ZERO: Border.ZERO,
    pb.BORDER_PREFILL: Border.PREFILL,
}
SPACES = {
    pb.COLOR_MATCH_HSV: ColourSpace.HSV,
    pb.COLOR_MATCH_LAB: ColourSpace.LAB,
    pb.COLOR_MATCH_RGB: ColourSpace.RGB,
}
RANGES = {
    "brightness": (0.0, 100.0),
    "contrast": (0.0, 100.0),
    "hue": (-360.0, 360.0),
    "saturation": (0.0, 100.0),
    "lightness": (-1.0, 1.0),
    "noise_amount": (0.0, 10.0),
}
MAX_BLUR_PX = 64


def read_transform(message: pb.Request, *, has_depth: bool) -> Transform:
    """The transform of a message; `has_depth` says that a depth map came with it.

    Raises:
        BadRequest: names the field and what would be right.
    """
    params = message.transform
    kind = params.WhichOneof("transform")
    if has_depth and kind in ("color_adjust", "depth_calc"):
        raise BadRequest("tensor", f"a depth map does nothing for {kind}; leave it out")
    match kind:
        case "color_adjust":
            return _read_adjustment(params.color_adjust)
        case "resample":
            return _read_resample(params.resample, has_depth=has_depth)
        case "camera_pose":
            return _read_pose(params.camera_pose, has_depth=has_depth)
        case "depth_calc":
            return _read_depth(params.depth_calc)
        case _:
            extras = ", ".join(sorted(message.extras.fields))[:80]
            reason = f"extras ({extras}) are not known here" if extras else "it is empty"
            known = "color_adjust, resample, camera_pose or depth_calc"
            raise BadRequest("transform", f"{reason}; send {known}")


def read_blend(message: pb.Request) -> Blend:
    """The pictures between two others that a message asks for.

    Raises:
        BadRequest: names the field and what would be right.
    """
    mode, ratios = message.interpolate.mode, message.interpolate.ratios
    if mode != pb.INTERPOLATE_LINEAR:
        name = pb.InterpolateMode.Name(mode) if mode in pb.InterpolateMode.values() else str(mode)
        raise BadRequest("mode", f"{name} needs a model that is not here; ask for LINEAR")
    if not 1 <= len(ratios) <= MAX_RATIOS:
        raise BadRequest("ratios", f"there are {len(ratios)}; send 1 to {MAX_RATIOS}")
    return Blend([_checked("ratios", ratio, (0.0, 1.0)) for ratio in ratios])


def _read_adjustment(params: pb.TransformColorAdjust) -> ColourAdjustment:
    figures = {
        name: _checked(name, getattr(params, name), limits)
        for name, limits in RANGES.items()
        if params.HasField(name)
    }
    if params.match_mode not in SPACES:
        raise BadRequest("match_mode", f"number {params.match_mode} is no colour space")
    if params.HasField("match_image") and not params.match_image.binary:
        raise BadRequest("match_image", "it holds no binary data")
    return ColourAdjustment(
        match=params.match_image.binary or None,
        match_space=SPACES[params.match_mode],
        noise_seed=params.noise_seed,
        **figures,
    )


def _read_depth(params: pb.TransformDepthCalc) -> DepthCalculation:
    # It mixes the hosted service's two models; with one it is the same whatever it is.
    _checked("blend_weight", params.blend_weight, (0.0, 1.0))
    _checked("blur_radius", params.blur_radius, (0, MAX_BLUR_PX))
    return DepthCalculation(params.blur_radius, params.reverse)


def _read_resample(params: pb.TransformResample, *, has_depth: bool) -> Warp | DepthWarp:
    if params.border_mode not in BORDERS:
        raise BadRequest("border_mode", f"number {params.border_mode} is no border mode")
    matrix = _square("transform", params.transform.data)
    before = identity(len(matrix))
    if params.HasField("prev_transform"):
        before = _square("prev_transform", params.prev_transform.data)
    if len(before) != len(matrix):
        raise BadRequest("prev_transform", f"it is not {len(matrix)}×{len(matrix)}, as transform")
    border = BORDERS[params.border_mode]
    if has_depth:
        if len(matrix) != 4:
            raise BadRequest("transform", "it has 9 figures; with a depth map send 16, row by row")
        strength = params.depth_warp if params.HasField("depth_warp") else 1.0
        return DepthWarp(
            ray_matrix(matrix),
            ray_matrix(before),
            border,
            _checked("depth_warp", strength, (0.0, MAX_STRENGTH)),
            wants_mask=params.export_mask,
        )
    if len(matrix) == 4:
        matrix, before = plane_matrix(matrix), plane_matrix(before)
    return Warp(
        matrix,
        before,
        border,
        in_pixels=len(params.transform.data) == 9,
        wants_mask=params.export_mask,
    )


def _read_pose(params: pb.TransformCameraPose, *, has_depth: bool) -> Warp | DepthWarp:
    view = _square("world_to_view_matrix", params.world_to_view_matrix.data)
    if len(view) != 4:
        raise BadRequest("world_to_view_matrix", "it has 9 figures; send 16, row by row")
    camera = params.camera_parameters
    if camera.camera_type not in pb.CameraType.values():
        raise BadRequest("camera_type", f"number {camera.camera_type} is no camera type")
    if params.render_mode not in pb.RenderMode.values():
        raise BadRequest("render_mode", f"number {params.render_mode} is no render mode")
    lens = identity(4)
    if camera.camera_type == pb.CAMERA_PERSPECTIVE:
        lens = projection(_checked("fov", camera.fov, (0.1, 179.0)))
    border = Border.PREFILL if params.do_prefill else Border.ZERO
    after = product(lens, view)
    if has_depth:
        return DepthWarp(
            ray_matrix(after),
            ray_matrix(lens),
            border,
            wants_mask=True,
            is_rendered=True,
            has_holes=params.render_mode == pb.RENDER_POINTCLOUD,
        )
    planes = plane_matrix(after), plane_matrix(lens)
    return Warp(*planes, border, in_pixels=False, wants_mask=True)


def _square(field: str, data: Sequence[float]) -> Matrix:
    if len(data) not in (9, 16):
        raise BadRequest(field, f"it has {len(data)} figures; send 9 or 16, row by row")
    if not all(map(math.isfinite, data)):
        raise BadRequest(field, "one of its figures is not a finite number")
    return square(data)


def _checked(field: str, figure: float, limits: tuple[float, float]) -> float:
    low, high = limits
    if not low <= figure <= high:
        raise BadRequest(field, f"{figure:g} is not from {low:g} to {high:g}")
    return figure
