"""Names and times as every route takes them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from chevet.readings import MAX_NAME

GatewayId = Annotated[str, Path(min_length=1, max_length=MAX_NAME, pattern=r"^[A-Za-z0-9._-]+$", examples=["g01"])]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME, pattern=r"^[^\x00-\x1f\x7f]+$")]
PatientName = Annotated[Name, Path(examples=["p3f9c1d204be7a65f"])]
Prose = Annotated[
    str,
    Field(
        min_length=1,
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$",
        description="lines of text, without other controls and without what turns the direction of writing",
    ),
]
Milliseconds = Annotated[int, Field(ge=0, lt=2**53, description="milliseconds since 1970")]
Count = Annotated[int, Field(ge=0, le=100_000)]
