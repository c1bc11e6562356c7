from generation.wire import tensors_pb2 as _tensors_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FinishReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NULL: _ClassVar[FinishReason]
    LENGTH: _ClassVar[FinishReason]
    STOP: _ClassVar[FinishReason]
    ERROR: _ClassVar[FinishReason]
    FILTER: _ClassVar[FinishReason]

class ArtifactType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ARTIFACT_NONE: _ClassVar[ArtifactType]
    ARTIFACT_IMAGE: _ClassVar[ArtifactType]
    ARTIFACT_VIDEO: _ClassVar[ArtifactType]
    ARTIFACT_TEXT: _ClassVar[ArtifactType]
    ARTIFACT_TOKENS: _ClassVar[ArtifactType]
    ARTIFACT_EMBEDDING: _ClassVar[ArtifactType]
    ARTIFACT_CLASSIFICATIONS: _ClassVar[ArtifactType]
    ARTIFACT_MASK: _ClassVar[ArtifactType]
    ARTIFACT_LATENT: _ClassVar[ArtifactType]
    ARTIFACT_TENSOR: _ClassVar[ArtifactType]
    ARTIFACT_DEPTH: _ClassVar[ArtifactType]
    ARTIFACT_3D_MODEL: _ClassVar[ArtifactType]
    ARTIFACT_AUDIO: _ClassVar[ArtifactType]

class Action(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACTION_PASSTHROUGH: _ClassVar[Action]
    ACTION_REGENERATE_DUPLICATE: _ClassVar[Action]
    ACTION_REGENERATE: _ClassVar[Action]
    ACTION_OBFUSCATE_DUPLICATE: _ClassVar[Action]
    ACTION_OBFUSCATE: _ClassVar[Action]
    ACTION_DISCARD: _ClassVar[Action]

class ClassifierMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLSFR_MODE_ZEROSHOT: _ClassVar[ClassifierMode]
    CLSFR_MODE_MULTICLASS: _ClassVar[ClassifierMode]
NULL: FinishReason
LENGTH: FinishReason
STOP: FinishReason
ERROR: FinishReason
FILTER: FinishReason
ARTIFACT_NONE: ArtifactType
ARTIFACT_IMAGE: ArtifactType
ARTIFACT_VIDEO: ArtifactType
ARTIFACT_TEXT: ArtifactType
ARTIFACT_TOKENS: ArtifactType
ARTIFACT_EMBEDDING: ArtifactType
ARTIFACT_CLASSIFICATIONS: ArtifactType
ARTIFACT_MASK: ArtifactType
ARTIFACT_LATENT: ArtifactType
ARTIFACT_TENSOR: ArtifactType
ARTIFACT_DEPTH: ArtifactType
ARTIFACT_3D_MODEL: ArtifactType
ARTIFACT_AUDIO: ArtifactType
ACTION_PASSTHROUGH: Action
ACTION_REGENERATE_DUPLICATE: Action
ACTION_REGENERATE: Action
ACTION_OBFUSCATE_DUPLICATE: Action
ACTION_OBFUSCATE: Action
ACTION_DISCARD: Action
CLSFR_MODE_ZEROSHOT: ClassifierMode
CLSFR_MODE_MULTICLASS: ClassifierMode

class Token(_message.Message):
    __slots__ = ("text", "id")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    text: str
    id: int
    def __init__(self, text: _Optional[str] = ..., id: _Optional[int] = ...) -> None: ...

class Tokens(_message.Message):
    __slots__ = ("tokens", "tokenizer_id")
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    TOKENIZER_ID_FIELD_NUMBER: _ClassVar[int]
    tokens: _containers.RepeatedCompositeFieldContainer[Token]
    tokenizer_id: str
    def __init__(self, tokens: _Optional[_Iterable[_Union[Token, _Mapping]]] = ..., tokenizer_id: _Optional[str] = ...) -> None: ...

class Artifact(_message.Message):
    __slots__ = ("id", "type", "mime", "magic", "binary", "text", "tokens", "classifier", "tensor", "index", "finish_reason", "seed", "uuid", "size")
    ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    MIME_FIELD_NUMBER: _ClassVar[int]
    MAGIC_FIELD_NUMBER: _ClassVar[int]
    BINARY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TOKENS_FIELD_NUMBER: _ClassVar[int]
    CLASSIFIER_FIELD_NUMBER: _ClassVar[int]
    TENSOR_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    UUID_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    id: int
    type: ArtifactType
    mime: str
    magic: str
    binary: bytes
    text: str
    tokens: Tokens
    classifier: ClassifierParameters
    tensor: _tensors_pb2.Tensor
    index: int
    finish_reason: FinishReason
    seed: int
    uuid: str
    size: int
    def __init__(self, id: _Optional[int] = ..., type: _Optional[_Union[ArtifactType, str]] = ..., mime: _Optional[str] = ..., magic: _Optional[str] = ..., binary: _Optional[bytes] = ..., text: _Optional[str] = ..., tokens: _Optional[_Union[Tokens, _Mapping]] = ..., classifier: _Optional[_Union[ClassifierParameters, _Mapping]] = ..., tensor: _Optional[_Union[_tensors_pb2.Tensor, _Mapping]] = ..., index: _Optional[int] = ..., finish_reason: _Optional[_Union[FinishReason, str]] = ..., seed: _Optional[int] = ..., uuid: _Optional[str] = ..., size: _Optional[int] = ...) -> None: ...

class ClassifierParameters(_message.Message):
    __slots__ = ("categories", "exceeds", "realized_action")
    CATEGORIES_FIELD_NUMBER: _ClassVar[int]
    EXCEEDS_FIELD_NUMBER: _ClassVar[int]
    REALIZED_ACTION_FIELD_NUMBER: _ClassVar[int]
    categories: _containers.RepeatedCompositeFieldContainer[ClassifierCategory]
    exceeds: _containers.RepeatedCompositeFieldContainer[ClassifierCategory]
    realized_action: Action
    def __init__(self, categories: _Optional[_Iterable[_Union[ClassifierCategory, _Mapping]]] = ..., exceeds: _Optional[_Iterable[_Union[ClassifierCategory, _Mapping]]] = ..., realized_action: _Optional[_Union[Action, str]] = ...) -> None: ...

class ClassifierCategory(_message.Message):
    __slots__ = ("name", "concepts", "adjustment", "action", "classifier_mode")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONCEPTS_FIELD_NUMBER: _ClassVar[int]
    ADJUSTMENT_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    CLASSIFIER_MODE_FIELD_NUMBER: _ClassVar[int]
    name: str
    concepts: _containers.RepeatedCompositeFieldContainer[ClassifierConcept]
    adjustment: float
    action: Action
    classifier_mode: ClassifierMode
    def __init__(self, name: _Optional[str] = ..., concepts: _Optional[_Iterable[_Union[ClassifierConcept, _Mapping]]] = ..., adjustment: _Optional[float] = ..., action: _Optional[_Union[Action, str]] = ..., classifier_mode: _Optional[_Union[ClassifierMode, str]] = ...) -> None: ...

class ClassifierConcept(_message.Message):
    __slots__ = ("concept", "threshold")
    CONCEPT_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    concept: str
    threshold: float
    def __init__(self, concept: _Optional[str] = ..., threshold: _Optional[float] = ...) -> None: ...
