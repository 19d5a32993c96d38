"""Connections to model servers, and the models found on them."""

from providers.models.connection import Connection
from providers.models.model import Model

__all__ = [
    "Connection",
    "Model",
]
