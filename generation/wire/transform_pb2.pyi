from generation.wire import artifact_pb2 as _artifact_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InterpolateMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTERPOLATE_LINEAR: _ClassVar[InterpolateMode]
    INTERPOLATE_RIFE: _ClassVar[InterpolateMode]
    INTERPOLATE_VAE_LINEAR: _ClassVar[InterpolateMode]
    INTERPOLATE_VAE_SLERP: _ClassVar[InterpolateMode]
    INTERPOLATE_FILM: _ClassVar[InterpolateMode]

class BorderMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BORDER_REFLECT: _ClassVar[BorderMode]
    BORDER_REPLICATE: _ClassVar[BorderMode]
    BORDER_WRAP: _ClassVar[BorderMode]
    BORDER_ZERO: _ClassVar[BorderMode]
    BORDER_PREFILL: _ClassVar[BorderMode]

class ColorMatchMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COLOR_MATCH_HSV: _ClassVar[ColorMatchMode]
    COLOR_MATCH_LAB: _ClassVar[ColorMatchMode]
    COLOR_MATCH_RGB: _ClassVar[ColorMatchMode]

class CameraType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAMERA_PERSPECTIVE: _ClassVar[CameraType]
    CAMERA_ORTHOGRAPHIC: _ClassVar[CameraType]

class RenderMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RENDER_MESH: _ClassVar[RenderMode]
    RENDER_POINTCLOUD: _ClassVar[RenderMode]
INTERPOLATE_LINEAR: InterpolateMode
INTERPOLATE_RIFE: InterpolateMode
INTERPOLATE_VAE_LINEAR: InterpolateMode
INTERPOLATE_VAE_SLERP: InterpolateMode
INTERPOLATE_FILM: InterpolateMode
BORDER_REFLECT: BorderMode
BORDER_REPLICATE: BorderMode
BORDER_WRAP: BorderMode
BORDER_ZERO: BorderMode
BORDER_PREFILL: BorderMode
COLOR_MATCH_HSV: ColorMatchMode
COLOR_MATCH_LAB: ColorMatchMode
COLOR_MATCH_RGB: ColorMatchMode
CAMERA_PERSPECTIVE: CameraType
CAMERA_ORTHOGRAPHIC: CameraType
RENDER_MESH: RenderMode
RENDER_POINTCLOUD: RenderMode

class InterpolateParameters(_message.Message):
    __slots__ = ("ratios", "mode")
    RATIOS_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    ratios: _containers.RepeatedScalarFieldContainer[float]
    mode: InterpolateMode
    def __init__(self, ratios: _Optional[_Iterable[float]] = ..., mode: _Optional[_Union[InterpolateMode, str]] = ...) -> None: ...

class TransformParameters(_message.Message):
    __slots__ = ("color_adjust", "depth_calc", "resample", "camera_pose")
    COLOR_ADJUST_FIELD_NUMBER: _ClassVar[int]
    DEPTH_CALC_FIELD_NUMBER: _ClassVar[int]
    RESAMPLE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_POSE_FIELD_NUMBER: _ClassVar[int]
    color_adjust: TransformColorAdjust
    depth_calc: TransformDepthCalc
    resample: TransformResample
    camera_pose: TransformCameraPose
    def __init__(self, color_adjust: _Optional[_Union[TransformColorAdjust, _Mapping]] = ..., depth_calc: _Optional[_Union[TransformDepthCalc, _Mapping]] = ..., resample: _Optional[_Union[TransformResample, _Mapping]] = ..., camera_pose: _Optional[_Union[TransformCameraPose, _Mapping]] = ...) -> None: ...

class TransformColorAdjust(_message.Message):
    __slots__ = ("brightness", "contrast", "hue", "saturation", "lightness", "match_image", "match_mode", "noise_amount", "noise_seed")
    BRIGHTNESS_FIELD_NUMBER: _ClassVar[int]
    CONTRAST_FIELD_NUMBER: _ClassVar[int]
    HUE_FIELD_NUMBER: _ClassVar[int]
    SATURATION_FIELD_NUMBER: _ClassVar[int]
    LIGHTNESS_FIELD_NUMBER: _ClassVar[int]
    MATCH_IMAGE_FIELD_NUMBER: _ClassVar[int]
    MATCH_MODE_FIELD_NUMBER: _ClassVar[int]
    NOISE_AMOUNT_FIELD_NUMBER: _ClassVar[int]
    NOISE_SEED_FIELD_NUMBER: _ClassVar[int]
    brightness: float
    contrast: float
    hue: float
    saturation: float
    lightness: float
    match_image: _artifact_pb2.Artifact
    match_mode: ColorMatchMode
    noise_amount: float
    noise_seed: int
    def __init__(self, brightness: _Optional[float] = ..., contrast: _Optional[float] = ..., hue: _Optional[float] = ..., saturation: _Optional[float] = ..., lightness: _Optional[float] = ..., match_image: _Optional[_Union[_artifact_pb2.Artifact, _Mapping]] = ..., match_mode: _Optional[_Union[ColorMatchMode, str]] = ..., noise_amount: _Optional[float] = ..., noise_seed: _Optional[int] = ...) -> None: ...

class TransformDepthCalc(_message.Message):
    __slots__ = ("blend_weight", "blur_radius", "reverse")
    BLEND_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    BLUR_RADIUS_FIELD_NUMBER: _ClassVar[int]
    REVERSE_FIELD_NUMBER: _ClassVar[int]
    blend_weight: float
    blur_radius: int
    reverse: bool
    def __init__(self, blend_weight: _Optional[float] = ..., blur_radius: _Optional[int] = ..., reverse: _Optional[bool] = ...) -> None: ...

class TransformResample(_message.Message):
    __slots__ = ("border_mode", "transform", "prev_transform", "depth_warp", "export_mask")
    BORDER_MODE_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    PREV_TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    DEPTH_WARP_FIELD_NUMBER: _ClassVar[int]
    EXPORT_MASK_FIELD_NUMBER: _ClassVar[int]
    border_mode: BorderMode
    transform: TransformMatrix
    prev_transform: TransformMatrix
    depth_warp: float
    export_mask: bool
    def __init__(self, border_mode: _Optional[_Union[BorderMode, str]] = ..., transform: _Optional[_Union[TransformMatrix, _Mapping]] = ..., prev_transform: _Optional[_Union[TransformMatrix, _Mapping]] = ..., depth_warp: _Optional[float] = ..., export_mask: _Optional[bool] = ...) -> None: ...

class TransformMatrix(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, data: _Optional[_Iterable[float]] = ...) -> None: ...

class TransformCameraPose(_message.Message):
    __slots__ = ("world_to_view_matrix", "camera_parameters", "do_prefill", "render_mode")
    WORLD_TO_VIEW_MATRIX_FIELD_NUMBER: _ClassVar[int]
    CAMERA_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    DO_PREFILL_FIELD_NUMBER: _ClassVar[int]
    RENDER_MODE_FIELD_NUMBER: _ClassVar[int]
    world_to_view_matrix: TransformMatrix
    camera_parameters: CameraParameters
    do_prefill: bool
    render_mode: RenderMode
    def __init__(self, world_to_view_matrix: _Optional[_Union[TransformMatrix, _Mapping]] = ..., camera_parameters: _Optional[_Union[CameraParameters, _Mapping]] = ..., do_prefill: _Optional[bool] = ..., render_mode: _Optional[_Union[RenderMode, str]] = ...) -> None: ...

class CameraParameters(_message.Message):
    __slots__ = ("camera_type", "near_plane", "far_plane", "fov")
    CAMERA_TYPE_FIELD_NUMBER: _ClassVar[int]
    NEAR_PLANE_FIELD_NUMBER: _ClassVar[int]
    FAR_PLANE_FIELD_NUMBER: _ClassVar[int]
    FOV_FIELD_NUMBER: _ClassVar[int]
    camera_type: CameraType
    near_plane: float
    far_plane: float
    fov: float
    def __init__(self, camera_type: _Optional[_Union[CameraType, str]] = ..., near_plane: _Optional[float] = ..., far_plane: _Optional[float] = ..., fov: _Optional[float] = ...) -> None: ...
