"""Connections to model servers, and the models found on them."""

from providers.models.connection import Connection
from providers.models.model import Model, NewModels

__all__ = [
    "Connection",
    "Model",
    "NewModels",
]
