"""What a check found out: plain JSON when it is stored, worded for whoever reads it (`providers/checks/wording.py`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Outcome = Literal["passed", "failed", "impossible"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`said` names a sentence that `values` are put into. `figures` are numbers by name, milliseconds where the name
    ends in `_ms`. `series` are the (x, y) of the plot, in the order in which they were measured.
    """

    check: str
    outcome: Outcome
    said: str
    values: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    series: Sequence[tuple[float, float]] = ()

    def stored(self) -> dict[str, Any]:
        return asdict(self) | {"series": [list(point) for point in self.series]}


def of_stored(row: Mapping[str, Any]) -> Result:
    """The inverse of `Result.stored`."""
    return Result(**{**row, "series": tuple((float(x), float(y)) for x, y in row["series"])})
