from typing import Any, TypeAlias

RayServegRPCContext: TypeAlias = Any
