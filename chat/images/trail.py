"""The stages of an answer that is a picture, as they stand among its frames. Pure."""

from typing import Any

DRAWING = "drawing"  # with how far it is
DRAWN = "drawn"  # with a picture that is there, as JSON


def pictures_in(trail: list[Any]) -> int:
    """How many pictures an answer has, by its frames: also when it was stopped after the first."""
    return sum(1 for item in trail if isinstance(item, list) and item[0] == DRAWN)
