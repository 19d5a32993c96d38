"""Whether what an answer says with an [n] stands in the passage n. Pure: see judging.py for the method."""

from chat.evidence.judging import Check, check

__all__ = ["Check", "check"]
