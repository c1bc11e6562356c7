from generation.wire import artifact_pb2 as _artifact_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class MaskedAreaInit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MASKED_AREA_INIT_ZERO: _ClassVar[MaskedAreaInit]
    MASKED_AREA_INIT_RANDOM: _ClassVar[MaskedAreaInit]
    MASKED_AREA_INIT_ORIGINAL: _ClassVar[MaskedAreaInit]

class WeightMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TEXT_ENCODER: _ClassVar[WeightMethod]
    CROSS_ATTENTION: _ClassVar[WeightMethod]

class DiffusionSampler(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SAMPLER_DDIM: _ClassVar[DiffusionSampler]
    SAMPLER_DDPM: _ClassVar[DiffusionSampler]
    SAMPLER_K_EULER: _ClassVar[DiffusionSampler]
    SAMPLER_K_EULER_ANCESTRAL: _ClassVar[DiffusionSampler]
    SAMPLER_K_HEUN: _ClassVar[DiffusionSampler]
    SAMPLER_K_DPM_2: _ClassVar[DiffusionSampler]
    SAMPLER_K_DPM_2_ANCESTRAL: _ClassVar[DiffusionSampler]
    SAMPLER_K_LMS: _ClassVar[DiffusionSampler]
    SAMPLER_K_DPMPP_2S_ANCESTRAL: _ClassVar[DiffusionSampler]
    SAMPLER_K_DPMPP_2M: _ClassVar[DiffusionSampler]
    SAMPLER_K_DPMPP_SDE: _ClassVar[DiffusionSampler]

class Upscaler(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UPSCALER_RGB: _ClassVar[Upscaler]
    UPSCALER_GFPGAN: _ClassVar[Upscaler]
    UPSCALER_ESRGAN: _ClassVar[Upscaler]

class GuidancePreset(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GUIDANCE_PRESET_NONE: _ClassVar[GuidancePreset]
    GUIDANCE_PRESET_SIMPLE: _ClassVar[GuidancePreset]
    GUIDANCE_PRESET_FAST_BLUE: _ClassVar[GuidancePreset]
    GUIDANCE_PRESET_FAST_GREEN: _ClassVar[GuidancePreset]
    GUIDANCE_PRESET_SLOW: _ClassVar[GuidancePreset]
    GUIDANCE_PRESET_SLOWER: _ClassVar[GuidancePreset]
    GUIDANCE_PRESET_SLOWEST: _ClassVar[GuidancePreset]

class ModelArchitecture(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODEL_ARCHITECTURE_NONE: _ClassVar[ModelArchitecture]
    MODEL_ARCHITECTURE_CLIP_VIT: _ClassVar[ModelArchitecture]
    MODEL_ARCHITECTURE_CLIP_RESNET: _ClassVar[ModelArchitecture]
    MODEL_ARCHITECTURE_LDM: _ClassVar[ModelArchitecture]

class T2IAdapter(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    T2IADAPTER_NONE: _ClassVar[T2IAdapter]
    T2IADAPTER_SKETCH: _ClassVar[T2IAdapter]
    T2IADAPTER_DEPTH: _ClassVar[T2IAdapter]
    T2IADAPTER_CANNY: _ClassVar[T2IAdapter]

class T2IAdapterInit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    T2IADAPTERINIT_IMAGE: _ClassVar[T2IAdapterInit]
    T2IADAPTERINIT_ADAPTER_IMAGE: _ClassVar[T2IAdapterInit]
MASKED_AREA_INIT_ZERO: MaskedAreaInit
MASKED_AREA_INIT_RANDOM: MaskedAreaInit
MASKED_AREA_INIT_ORIGINAL: MaskedAreaInit
TEXT_ENCODER: WeightMethod
CROSS_ATTENTION: WeightMethod
SAMPLER_DDIM: DiffusionSampler
SAMPLER_DDPM: DiffusionSampler
SAMPLER_K_EULER: DiffusionSampler
SAMPLER_K_EULER_ANCESTRAL: DiffusionSampler
SAMPLER_K_HEUN: DiffusionSampler
SAMPLER_K_DPM_2: DiffusionSampler
SAMPLER_K_DPM_2_ANCESTRAL: DiffusionSampler
SAMPLER_K_LMS: DiffusionSampler
SAMPLER_K_DPMPP_2S_ANCESTRAL: DiffusionSampler
SAMPLER_K_DPMPP_2M: DiffusionSampler
SAMPLER_K_DPMPP_SDE: DiffusionSampler
UPSCALER_RGB: Upscaler
UPSCALER_GFPGAN: Upscaler
UPSCALER_ESRGAN: Upscaler
GUIDANCE_PRESET_NONE: GuidancePreset
GUIDANCE_PRESET_SIMPLE: GuidancePreset
GUIDANCE_PRESET_FAST_BLUE: GuidancePreset
GUIDANCE_PRESET_FAST_GREEN: GuidancePreset
GUIDANCE_PRESET_SLOW: GuidancePreset
GUIDANCE_PRESET_SLOWER: GuidancePreset
GUIDANCE_PRESET_SLOWEST: GuidancePreset
MODEL_ARCHITECTURE_NONE: ModelArchitecture
MODEL_ARCHITECTURE_CLIP_VIT: ModelArchitecture
MODEL_ARCHITECTURE_CLIP_RESNET: ModelArchitecture
MODEL_ARCHITECTURE_LDM: ModelArchitecture
T2IADAPTER_NONE: T2IAdapter
T2IADAPTER_SKETCH: T2IAdapter
T2IADAPTER_DEPTH: T2IAdapter
T2IADAPTER_CANNY: T2IAdapter
T2IADAPTERINIT_IMAGE: T2IAdapterInit
T2IADAPTERINIT_ADAPTER_IMAGE: T2IAdapterInit

class ImageParameters(_message.Message):
    __slots__ = ("height", "width", "seed", "samples", "steps", "transform", "parameters", "masked_area_init", "weight_method", "quantize", "cai_parameters", "adapter", "fine_tuning_parameters", "content_credentials_parameters")
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    MASKED_AREA_INIT_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_METHOD_FIELD_NUMBER: _ClassVar[int]
    QUANTIZE_FIELD_NUMBER: _ClassVar[int]
    CAI_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_FIELD_NUMBER: _ClassVar[int]
    FINE_TUNING_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    CONTENT_CREDENTIALS_PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    height: int
    width: int
    seed: _containers.RepeatedScalarFieldContainer[int]
    samples: int
    steps: int
    transform: TransformType
    parameters: _containers.RepeatedCompositeFieldContainer[StepParameter]
    masked_area_init: MaskedAreaInit
    weight_method: WeightMethod
    quantize: bool
    cai_parameters: CAIParameters
    adapter: T2IAdapterParameter
    fine_tuning_parameters: _containers.RepeatedCompositeFieldContainer[FineTuningParameters]
    content_credentials_parameters: ContentCredentialsParameters
    def __init__(self, height: _Optional[int] = ..., width: _Optional[int] = ..., seed: _Optional[_Iterable[int]] = ..., samples: _Optional[int] = ..., steps: _Optional[int] = ..., transform: _Optional[_Union[TransformType, _Mapping]] = ..., parameters: _Optional[_Iterable[_Union[StepParameter, _Mapping]]] = ..., masked_area_init: _Optional[_Union[MaskedAreaInit, str]] = ..., weight_method: _Optional[_Union[WeightMethod, str]] = ..., quantize: _Optional[bool] = ..., cai_parameters: _Optional[_Union[CAIParameters, _Mapping]] = ..., adapter: _Optional[_Union[T2IAdapterParameter, _Mapping]] = ..., fine_tuning_parameters: _Optional[_Iterable[_Union[FineTuningParameters, _Mapping]]] = ..., content_credentials_parameters: _Optional[_Union[ContentCredentialsParameters, _Mapping]] = ...) -> None: ...

class Prompt(_message.Message):
    __slots__ = ("parameters", "text", "tokens", "artifact")
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    ARTIFACT_FIELD_NUMBER: _ClassVar[int]
    parameters: PromptParameters
    text: str
    tokens: _artifact_pb2.Tokens
    artifact: _artifact_pb2.Artifact
    def __init__(self, parameters: _Optional[_Union[PromptParameters, _Mapping]] = ..., text: _Optional[str] = ..., tokens: _Optional[_Union[_artifact_pb2.Tokens, _Mapping]] = ..., artifact: _Optional[_Union[_artifact_pb2.Artifact, _Mapping]] = ...) -> None: ...

class PromptParameters(_message.Message):
    __slots__ = ("init", "weight")
    INIT_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    init: bool
    weight: float
    def __init__(self, init: _Optional[bool] = ..., weight: _Optional[float] = ...) -> None: ...

class ConditionerParameters(_message.Message):
    __slots__ = ("vector_adjust_prior", "conditioner")
    VECTOR_ADJUST_PRIOR_FIELD_NUMBER: _ClassVar[int]
    CONDITIONER_FIELD_NUMBER: _ClassVar[int]
    vector_adjust_prior: str
    conditioner: Model
    def __init__(self, vector_adjust_prior: _Optional[str] = ..., conditioner: _Optional[_Union[Model, _Mapping]] = ...) -> None: ...

class TransformType(_message.Message):
    __slots__ = ("diffusion", "upscaler")
    DIFFUSION_FIELD_NUMBER: _ClassVar[int]
    UPSCALER_FIELD_NUMBER: _ClassVar[int]
    diffusion: DiffusionSampler
    upscaler: Upscaler
    def __init__(self, diffusion: _Optional[_Union[DiffusionSampler, str]] = ..., upscaler: _Optional[_Union[Upscaler, str]] = ...) -> None: ...

class StepParameter(_message.Message):
    __slots__ = ("scaled_step", "sampler", "schedule", "guidance")
    SCALED_STEP_FIELD_NUMBER: _ClassVar[int]
    SAMPLER_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    GUIDANCE_FIELD_NUMBER: _ClassVar[int]
    scaled_step: float
    sampler: SamplerParameters
    schedule: ScheduleParameters
    guidance: GuidanceParameters
    def __init__(self, scaled_step: _Optional[float] = ..., sampler: _Optional[_Union[SamplerParameters, _Mapping]] = ..., schedule: _Optional[_Union[ScheduleParameters, _Mapping]] = ..., guidance: _Optional[_Union[GuidanceParameters, _Mapping]] = ...) -> None: ...

class SamplerParameters(_message.Message):
    __slots__ = ("eta", "sampling_steps", "latent_channels", "downsampling_factor", "cfg_scale", "init_noise_scale", "step_noise_scale")
    ETA_FIELD_NUMBER: _ClassVar[int]
    SAMPLING_STEPS_FIELD_NUMBER: _ClassVar[int]
    LATENT_CHANNELS_FIELD_NUMBER: _ClassVar[int]
    DOWNSAMPLING_FACTOR_FIELD_NUMBER: _ClassVar[int]
    CFG_SCALE_FIELD_NUMBER: _ClassVar[int]
    INIT_NOISE_SCALE_FIELD_NUMBER: _ClassVar[int]
    STEP_NOISE_SCALE_FIELD_NUMBER: _ClassVar[int]
    eta: float
    sampling_steps: int
    latent_channels: int
    downsampling_factor: int
    cfg_scale: float
    init_noise_scale: float
    step_noise_scale: float
    def __init__(self, eta: _Optional[float] = ..., sampling_steps: _Optional[int] = ..., latent_channels: _Optional[int] = ..., downsampling_factor: _Optional[int] = ..., cfg_scale: _Optional[float] = ..., init_noise_scale: _Optional[float] = ..., step_noise_scale: _Optional[float] = ...) -> None: ...

class ScheduleParameters(_message.Message):
    __slots__ = ("start", "end", "value")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    start: float
    end: float
    value: float
    def __init__(self, start: _Optional[float] = ..., end: _Optional[float] = ..., value: _Optional[float] = ...) -> None: ...

class GuidanceParameters(_message.Message):
    __slots__ = ("guidance_preset", "instances")
    GUIDANCE_PRESET_FIELD_NUMBER: _ClassVar[int]
    INSTANCES_FIELD_NUMBER: _ClassVar[int]
    guidance_preset: GuidancePreset
    instances: _containers.RepeatedCompositeFieldContainer[GuidanceInstanceParameters]
    def __init__(self, guidance_preset: _Optional[_Union[GuidancePreset, str]] = ..., instances: _Optional[_Iterable[_Union[GuidanceInstanceParameters, _Mapping]]] = ...) -> None: ...

class GuidanceInstanceParameters(_message.Message):
    __slots__ = ("models", "guidance_strength", "schedule", "cutouts", "prompt")
    MODELS_FIELD_NUMBER: _ClassVar[int]
    GUIDANCE_STRENGTH_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    CUTOUTS_FIELD_NUMBER: _ClassVar[int]
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    models: _containers.RepeatedCompositeFieldContainer[Model]
    guidance_strength: float
    schedule: _containers.RepeatedCompositeFieldContainer[GuidanceScheduleParameters]
    cutouts: CutoutParameters
    prompt: Prompt
    def __init__(self, models: _Optional[_Iterable[_Union[Model, _Mapping]]] = ..., guidance_strength: _Optional[float] = ..., schedule: _Optional[_Iterable[_Union[GuidanceScheduleParameters, _Mapping]]] = ..., cutouts: _Optional[_Union[CutoutParameters, _Mapping]] = ..., prompt: _Optional[_Union[Prompt, _Mapping]] = ...) -> None: ...

class GuidanceScheduleParameters(_message.Message):
    __slots__ = ("duration", "value")
    DURATION_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    duration: float
    value: float
    def __init__(self, duration: _Optional[float] = ..., value: _Optional[float] = ...) -> None: ...

class CutoutParameters(_message.Message):
    __slots__ = ("cutouts", "count", "gray", "blur", "size_power")
    CUTOUTS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    GRAY_FIELD_NUMBER: _ClassVar[int]
    BLUR_FIELD_NUMBER: _ClassVar[int]
    SIZE_POWER_FIELD_NUMBER: _ClassVar[int]
    cutouts: _containers.RepeatedCompositeFieldContainer[CutoutParameters]
    count: int
    gray: float
    blur: float
    size_power: float
    def __init__(self, cutouts: _Optional[_Iterable[_Union[CutoutParameters, _Mapping]]] = ..., count: _Optional[int] = ..., gray: _Optional[float] = ..., blur: _Optional[float] = ..., size_power: _Optional[float] = ...) -> None: ...

class Model(_message.Message):
    __slots__ = ("architecture", "publisher", "dataset", "version", "semantic_version", "alias")
    ARCHITECTURE_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SEMANTIC_VERSION_FIELD_NUMBER: _ClassVar[int]
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    architecture: ModelArchitecture
    publisher: str
    dataset: str
    version: float
    semantic_version: str
    alias: str
    def __init__(self, architecture: _Optional[_Union[ModelArchitecture, str]] = ..., publisher: _Optional[str] = ..., dataset: _Optional[str] = ..., version: _Optional[float] = ..., semantic_version: _Optional[str] = ..., alias: _Optional[str] = ...) -> None: ...

class T2IAdapterParameter(_message.Message):
    __slots__ = ("adapter_type", "adapter_strength", "adapter_init_type")
    ADAPTER_TYPE_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_STRENGTH_FIELD_NUMBER: _ClassVar[int]
    ADAPTER_INIT_TYPE_FIELD_NUMBER: _ClassVar[int]
    adapter_type: T2IAdapter
    adapter_strength: float
    adapter_init_type: T2IAdapterInit
    def __init__(self, adapter_type: _Optional[_Union[T2IAdapter, str]] = ..., adapter_strength: _Optional[float] = ..., adapter_init_type: _Optional[_Union[T2IAdapterInit, str]] = ...) -> None: ...

class FineTuningParameters(_message.Message):
    __slots__ = ("model_id", "weight")
    MODEL_ID_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    model_id: str
    weight: float
    def __init__(self, model_id: _Optional[str] = ..., weight: _Optional[float] = ...) -> None: ...

class ContentCredentialsParameters(_message.Message):
    __slots__ = ("model_metadata",)
    class ModelMetadata(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MODEL_METADATA_UNSPECIFIED: _ClassVar[ContentCredentialsParameters.ModelMetadata]
        MODEL_METADATA_SIGN_WITH_ENGINE_ID: _ClassVar[ContentCredentialsParameters.ModelMetadata]
    MODEL_METADATA_UNSPECIFIED: ContentCredentialsParameters.ModelMetadata
    MODEL_METADATA_SIGN_WITH_ENGINE_ID: ContentCredentialsParameters.ModelMetadata
    MODEL_METADATA_FIELD_NUMBER: _ClassVar[int]
    model_metadata: ContentCredentialsParameters.ModelMetadata
    def __init__(self, model_metadata: _Optional[_Union[ContentCredentialsParameters.ModelMetadata, str]] = ...) -> None: ...

class CAIParameters(_message.Message):
    __slots__ = ("model_metadata",)
    class ModelMetadata(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        MODEL_METADATA_UNSPECIFIED: _ClassVar[CAIParameters.ModelMetadata]
        MODEL_METADATA_SIGN_WITH_ENGINE_ID: _ClassVar[CAIParameters.ModelMetadata]
    MODEL_METADATA_UNSPECIFIED: CAIParameters.ModelMetadata
    MODEL_METADATA_SIGN_WITH_ENGINE_ID: CAIParameters.ModelMetadata
    MODEL_METADATA_FIELD_NUMBER: _ClassVar[int]
    model_metadata: CAIParameters.ModelMetadata
    def __init__(self, model_metadata: _Optional[_Union[CAIParameters.ModelMetadata, str]] = ...) -> None: ...
