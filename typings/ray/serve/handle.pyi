from typing import Any, TypeAlias

DeploymentHandle: TypeAlias = Any
