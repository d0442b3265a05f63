"""Names and times as every route takes them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from chevet.readings import MAX_NAME

GatewayId = Annotated[str, Path(min_length=1, max_length=MAX_NAME, pattern=r"^[A-Za-z0-9._-]+$", examples=["g01"])]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME, pattern=r"^[^\x00-\x1f\x7f]+$")]
PatientName = Annotated[Name, Path(examples=["p3f9c1d204be7a65f"])]
Milliseconds = Annotated[int, Field(ge=0, lt=2**53, description="milliseconds since 1970")]
Count = Annotated[int, Field(ge=0, le=100_000)]
