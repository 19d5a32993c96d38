"""Connections to model servers, and the models found on them."""

from providers.models.check_run import CheckRun
from providers.models.connection import Connection
from providers.models.image_server import ImageServer, PictureCount
from providers.models.model import Model, NewModels, abilities_of, smallest_window
from providers.models.ollama_job import OllamaJob
from providers.models.tool import Tool, ToolServer, ToolSignIn
from providers.models.usage import NO_LIMIT, Limit, Meter, Reservation, Usage

__all__ = [
    "NO_LIMIT",
    "CheckRun",
    "Connection",
    "ImageServer",
    "Limit",
    "Meter",
    "Model",
    "NewModels",
    "OllamaJob",
    "PictureCount",
    "Reservation",
    "Tool",
    "ToolServer",
    "ToolSignIn",
    "Usage",
    "abilities_of",
    "smallest_window",
]
