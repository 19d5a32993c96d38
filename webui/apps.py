from django.apps import AppConfig


class WebuiConfig(AppConfig):
    """The project itself, as an app: management commands, template tags and the catalogues live here."""

    name = "webui"
