from google.protobuf import struct_pb2 as _struct_pb2
from generation.wire import artifact_pb2 as _artifact_pb2
from generation.wire import image_pb2 as _image_pb2
from generation.wire import transform_pb2 as _transform_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union
from generation.wire.artifact_pb2 import Token as Token
from generation.wire.artifact_pb2 import Tokens as Tokens
from generation.wire.artifact_pb2 import Artifact as Artifact
from generation.wire.artifact_pb2 import ClassifierParameters as ClassifierParameters
from generation.wire.artifact_pb2 import ClassifierCategory as ClassifierCategory
from generation.wire.artifact_pb2 import ClassifierConcept as ClassifierConcept
from generation.wire.artifact_pb2 import FinishReason as FinishReason
from generation.wire.artifact_pb2 import ArtifactType as ArtifactType
from generation.wire.artifact_pb2 import Action as Action
from generation.wire.artifact_pb2 import ClassifierMode as ClassifierMode
from generation.wire.image_pb2 import ImageParameters as ImageParameters
from generation.wire.image_pb2 import Prompt as Prompt
from generation.wire.image_pb2 import PromptParameters as PromptParameters
from generation.wire.image_pb2 import ConditionerParameters as ConditionerParameters
from generation.wire.image_pb2 import TransformType as TransformType
from generation.wire.image_pb2 import StepParameter as StepParameter
from generation.wire.image_pb2 import SamplerParameters as SamplerParameters
from generation.wire.image_pb2 import ScheduleParameters as ScheduleParameters
from generation.wire.image_pb2 import GuidanceParameters as GuidanceParameters
from generation.wire.image_pb2 import GuidanceInstanceParameters as GuidanceInstanceParameters
from generation.wire.image_pb2 import GuidanceScheduleParameters as GuidanceScheduleParameters
from generation.wire.image_pb2 import CutoutParameters as CutoutParameters
from generation.wire.image_pb2 import Model as Model
from generation.wire.image_pb2 import T2IAdapterParameter as T2IAdapterParameter
from generation.wire.image_pb2 import FineTuningParameters as FineTuningParameters
from generation.wire.image_pb2 import ContentCredentialsParameters as ContentCredentialsParameters
from generation.wire.image_pb2 import CAIParameters as CAIParameters
from generation.wire.image_pb2 import MaskedAreaInit as MaskedAreaInit
from generation.wire.image_pb2 import WeightMethod as WeightMethod
from generation.wire.image_pb2 import DiffusionSampler as DiffusionSampler
from generation.wire.image_pb2 import Upscaler as Upscaler
from generation.wire.image_pb2 import GuidancePreset as GuidancePreset
from generation.wire.image_pb2 import ModelArchitecture as ModelArchitecture
from generation.wire.image_pb2 import T2IAdapter as T2IAdapter
from generation.wire.image_pb2 import T2IAdapterInit as T2IAdapterInit
from generation.wire.transform_pb2 import InterpolateParameters as InterpolateParameters
from generation.wire.transform_pb2 import TransformParameters as TransformParameters
from generation.wire.transform_pb2 import TransformColorAdjust as TransformColorAdjust
from generation.wire.transform_pb2 import TransformDepthCalc as TransformDepthCalc
from generation.wire.transform_pb2 import TransformResample as TransformResample
from generation.wire.transform_pb2 import TransformMatrix as TransformMatrix
from generation.wire.transform_pb2 import TransformCameraPose as TransformCameraPose
from generation.wire.transform_pb2 import CameraParameters as CameraParameters
from generation.wire.transform_pb2 import InterpolateMode as InterpolateMode
from generation.wire.transform_pb2 import BorderMode as BorderMode
from generation.wire.transform_pb2 import ColorMatchMode as ColorMatchMode
from generation.wire.transform_pb2 import CameraType as CameraType
from generation.wire.transform_pb2 import RenderMode as RenderMode

DESCRIPTOR: _descriptor.FileDescriptor
NULL: _artifact_pb2.FinishReason
LENGTH: _artifact_pb2.FinishReason
STOP: _artifact_pb2.FinishReason
ERROR: _artifact_pb2.FinishReason
FILTER: _artifact_pb2.FinishReason
ARTIFACT_NONE: _artifact_pb2.ArtifactType
ARTIFACT_IMAGE: _artifact_pb2.ArtifactType
ARTIFACT_VIDEO: _artifact_pb2.ArtifactType
ARTIFACT_TEXT: _artifact_pb2.ArtifactType
ARTIFACT_TOKENS: _artifact_pb2.ArtifactType
ARTIFACT_EMBEDDING: _artifact_pb2.ArtifactType
ARTIFACT_CLASSIFICATIONS: _artifact_pb2.ArtifactType
ARTIFACT_MASK: _artifact_pb2.ArtifactType
ARTIFACT_LATENT: _artifact_pb2.ArtifactType
ARTIFACT_TENSOR: _artifact_pb2.ArtifactType
ARTIFACT_DEPTH: _artifact_pb2.ArtifactType
ARTIFACT_3D_MODEL: _artifact_pb2.ArtifactType
ARTIFACT_AUDIO: _artifact_pb2.ArtifactType
ACTION_PASSTHROUGH: _artifact_pb2.Action
ACTION_REGENERATE_DUPLICATE: _artifact_pb2.Action
ACTION_REGENERATE: _artifact_pb2.Action
ACTION_OBFUSCATE_DUPLICATE: _artifact_pb2.Action
ACTION_OBFUSCATE: _artifact_pb2.Action
ACTION_DISCARD: _artifact_pb2.Action
CLSFR_MODE_ZEROSHOT: _artifact_pb2.ClassifierMode
CLSFR_MODE_MULTICLASS: _artifact_pb2.ClassifierMode
MASKED_AREA_INIT_ZERO: _image_pb2.MaskedAreaInit
MASKED_AREA_INIT_RANDOM: _image_pb2.MaskedAreaInit
MASKED_AREA_INIT_ORIGINAL: _image_pb2.MaskedAreaInit
TEXT_ENCODER: _image_pb2.WeightMethod
CROSS_ATTENTION: _image_pb2.WeightMethod
SAMPLER_DDIM: _image_pb2.DiffusionSampler
SAMPLER_DDPM: _image_pb2.DiffusionSampler
SAMPLER_K_EULER: _image_pb2.DiffusionSampler
SAMPLER_K_EULER_ANCESTRAL: _image_pb2.DiffusionSampler
SAMPLER_K_HEUN: _image_pb2.DiffusionSampler
SAMPLER_K_DPM_2: _image_pb2.DiffusionSampler
SAMPLER_K_DPM_2_ANCESTRAL: _image_pb2.DiffusionSampler
SAMPLER_K_LMS: _image_pb2.DiffusionSampler
SAMPLER_K_DPMPP_2S_ANCESTRAL: _image_pb2.DiffusionSampler
SAMPLER_K_DPMPP_2M: _image_pb2.DiffusionSampler
SAMPLER_K_DPMPP_SDE: _image_pb2.DiffusionSampler
UPSCALER_RGB: _image_pb2.Upscaler
UPSCALER_GFPGAN: _image_pb2.Upscaler
UPSCALER_ESRGAN: _image_pb2.Upscaler
GUIDANCE_PRESET_NONE: _image_pb2.GuidancePreset
GUIDANCE_PRESET_SIMPLE: _image_pb2.GuidancePreset
GUIDANCE_PRESET_FAST_BLUE: _image_pb2.GuidancePreset
GUIDANCE_PRESET_FAST_GREEN: _image_pb2.GuidancePreset
GUIDANCE_PRESET_SLOW: _image_pb2.GuidancePreset
GUIDANCE_PRESET_SLOWER: _image_pb2.GuidancePreset
GUIDANCE_PRESET_SLOWEST: _image_pb2.GuidancePreset
MODEL_ARCHITECTURE_NONE: _image_pb2.ModelArchitecture
MODEL_ARCHITECTURE_CLIP_VIT: _image_pb2.ModelArchitecture
MODEL_ARCHITECTURE_CLIP_RESNET: _image_pb2.ModelArchitecture
MODEL_ARCHITECTURE_LDM: _image_pb2.ModelArchitecture
T2IADAPTER_NONE: _image_pb2.T2IAdapter
T2IADAPTER_SKETCH: _image_pb2.T2IAdapter
T2IADAPTER_DEPTH: _image_pb2.T2IAdapter
T2IADAPTER_CANNY: _image_pb2.T2IAdapter
T2IADAPTERINIT_IMAGE: _image_pb2.T2IAdapterInit
T2IADAPTERINIT_ADAPTER_IMAGE: _image_pb2.T2IAdapterInit
INTERPOLATE_LINEAR: _transform_pb2.InterpolateMode
INTERPOLATE_RIFE: _transform_pb2.InterpolateMode
INTERPOLATE_VAE_LINEAR: _transform_pb2.InterpolateMode
INTERPOLATE_VAE_SLERP: _transform_pb2.InterpolateMode
INTERPOLATE_FILM: _transform_pb2.InterpolateMode
BORDER_REFLECT: _transform_pb2.BorderMode
BORDER_REPLICATE: _transform_pb2.BorderMode
BORDER_WRAP: _transform_pb2.BorderMode
BORDER_ZERO: _transform_pb2.BorderMode
BORDER_PREFILL: _transform_pb2.BorderMode
COLOR_MATCH_HSV: _transform_pb2.ColorMatchMode
COLOR_MATCH_LAB: _transform_pb2.ColorMatchMode
COLOR_MATCH_RGB: _transform_pb2.ColorMatchMode
CAMERA_PERSPECTIVE: _transform_pb2.CameraType
CAMERA_ORTHOGRAPHIC: _transform_pb2.CameraType
RENDER_MESH: _transform_pb2.RenderMode
RENDER_POINTCLOUD: _transform_pb2.RenderMode

class AssetAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASSET_PUT: _ClassVar[AssetAction]
    ASSET_GET: _ClassVar[AssetAction]
    ASSET_DELETE: _ClassVar[AssetAction]

class AssetUse(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ASSET_USE_UNDEFINED: _ClassVar[AssetUse]
    ASSET_USE_INPUT: _ClassVar[AssetUse]
    ASSET_USE_OUTPUT: _ClassVar[AssetUse]
    ASSET_USE_INTERMEDIATE: _ClassVar[AssetUse]
    ASSET_USE_PROJECT: _ClassVar[AssetUse]

class StageAction(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_ACTION_PASS: _ClassVar[StageAction]
    STAGE_ACTION_DISCARD: _ClassVar[StageAction]
    STAGE_ACTION_RETURN: _ClassVar[StageAction]
ASSET_PUT: AssetAction
ASSET_GET: AssetAction
ASSET_DELETE: AssetAction
ASSET_USE_UNDEFINED: AssetUse
ASSET_USE_INPUT: AssetUse
ASSET_USE_OUTPUT: AssetUse
ASSET_USE_INTERMEDIATE: AssetUse
ASSET_USE_PROJECT: AssetUse
STAGE_ACTION_PASS: StageAction
STAGE_ACTION_DISCARD: StageAction
STAGE_ACTION_RETURN: StageAction

class Request(_message.Message):
    __slots__ = ("engine_id", "request_id", "requested_type", "prompt", "image", "classifier", "asset", "interpolate", "transform", "conditioner", "extras")
    ENGINE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_TYPE_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    CLASSIFIER_FIELD_NUMBER: _ClassVar[int]
    ASSET_FIELD_NUMBER: _ClassVar[int]
    INTERPOLATE_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    CONDITIONER_FIELD_NUMBER: _ClassVar[int]
    EXTRAS_FIELD_NUMBER: _ClassVar[int]
    engine_id: str
    request_id: str
    requested_type: _artifact_pb2.ArtifactType
    prompt: _containers.RepeatedCompositeFieldContainer[_image_pb2.Prompt]
    image: _image_pb2.ImageParameters
    classifier: _artifact_pb2.ClassifierParameters
    asset: AssetParameters
    interpolate: _transform_pb2.InterpolateParameters
    transform: _transform_pb2.TransformParameters
    conditioner: _image_pb2.ConditionerParameters
    extras: _struct_pb2.Struct
    def __init__(self, engine_id: _Optional[str] = ..., request_id: _Optional[str] = ..., requested_type: _Optional[_Union[_artifact_pb2.ArtifactType, str]] = ..., prompt: _Optional[_Iterable[_Union[_image_pb2.Prompt, _Mapping]]] = ..., image: _Optional[_Union[_image_pb2.ImageParameters, _Mapping]] = ..., classifier: _Optional[_Union[_artifact_pb2.ClassifierParameters, _Mapping]] = ..., asset: _Optional[_Union[AssetParameters, _Mapping]] = ..., interpolate: _Optional[_Union[_transform_pb2.InterpolateParameters, _Mapping]] = ..., transform: _Optional[_Union[_transform_pb2.TransformParameters, _Mapping]] = ..., conditioner: _Optional[_Union[_image_pb2.ConditionerParameters, _Mapping]] = ..., extras: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("answer_id", "request_id", "received", "created", "meta", "artifacts")
    ANSWER_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    META_FIELD_NUMBER: _ClassVar[int]
    ARTIFACTS_FIELD_NUMBER: _ClassVar[int]
    answer_id: str
    request_id: str
    received: int
    created: int
    meta: AnswerMeta
    artifacts: _containers.RepeatedCompositeFieldContainer[_artifact_pb2.Artifact]
    def __init__(self, answer_id: _Optional[str] = ..., request_id: _Optional[str] = ..., received: _Optional[int] = ..., created: _Optional[int] = ..., meta: _Optional[_Union[AnswerMeta, _Mapping]] = ..., artifacts: _Optional[_Iterable[_Union[_artifact_pb2.Artifact, _Mapping]]] = ...) -> None: ...

class AnswerMeta(_message.Message):
    __slots__ = ("gpu_id", "cpu_id", "node_id", "engine_id")
    GPU_ID_FIELD_NUMBER: _ClassVar[int]
    CPU_ID_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    ENGINE_ID_FIELD_NUMBER: _ClassVar[int]
    gpu_id: str
    cpu_id: str
    node_id: str
    engine_id: str
    def __init__(self, gpu_id: _Optional[str] = ..., cpu_id: _Optional[str] = ..., node_id: _Optional[str] = ..., engine_id: _Optional[str] = ...) -> None: ...

class AnswerBatch(_message.Message):
    __slots__ = ("batch_id", "answers")
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    batch_id: str
    answers: _containers.RepeatedCompositeFieldContainer[Answer]
    def __init__(self, batch_id: _Optional[str] = ..., answers: _Optional[_Iterable[_Union[Answer, _Mapping]]] = ...) -> None: ...

class AssetParameters(_message.Message):
    __slots__ = ("action", "project_id", "use")
    ACTION_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    USE_FIELD_NUMBER: _ClassVar[int]
    action: AssetAction
    project_id: str
    use: AssetUse
    def __init__(self, action: _Optional[_Union[AssetAction, str]] = ..., project_id: _Optional[str] = ..., use: _Optional[_Union[AssetUse, str]] = ...) -> None: ...

class ChainRequest(_message.Message):
    __slots__ = ("request_id", "stage")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    stage: _containers.RepeatedCompositeFieldContainer[Stage]
    def __init__(self, request_id: _Optional[str] = ..., stage: _Optional[_Iterable[_Union[Stage, _Mapping]]] = ...) -> None: ...

class Stage(_message.Message):
    __slots__ = ("id", "request", "on_status")
    ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    ON_STATUS_FIELD_NUMBER: _ClassVar[int]
    id: str
    request: Request
    on_status: _containers.RepeatedCompositeFieldContainer[OnStatus]
    def __init__(self, id: _Optional[str] = ..., request: _Optional[_Union[Request, _Mapping]] = ..., on_status: _Optional[_Iterable[_Union[OnStatus, _Mapping]]] = ...) -> None: ...

class OnStatus(_message.Message):
    __slots__ = ("reason", "target", "action", "artifact_type")
    REASON_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    ARTIFACT_TYPE_FIELD_NUMBER: _ClassVar[int]
    reason: _containers.RepeatedScalarFieldContainer[_artifact_pb2.FinishReason]
    target: str
    action: _containers.RepeatedScalarFieldContainer[StageAction]
    artifact_type: ArtifactTypeFilter
    def __init__(self, reason: _Optional[_Iterable[_Union[_artifact_pb2.FinishReason, str]]] = ..., target: _Optional[str] = ..., action: _Optional[_Iterable[_Union[StageAction, str]]] = ..., artifact_type: _Optional[_Union[ArtifactTypeFilter, _Mapping]] = ...) -> None: ...

class ArtifactTypeFilter(_message.Message):
    __slots__ = ("include", "exclude")
    INCLUDE_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_FIELD_NUMBER: _ClassVar[int]
    include: _containers.RepeatedScalarFieldContainer[_artifact_pb2.ArtifactType]
    exclude: _containers.RepeatedScalarFieldContainer[_artifact_pb2.ArtifactType]
    def __init__(self, include: _Optional[_Iterable[_Union[_artifact_pb2.ArtifactType, str]]] = ..., exclude: _Optional[_Iterable[_Union[_artifact_pb2.ArtifactType, str]]] = ...) -> None: ...
