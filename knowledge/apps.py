from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    label = "knowledge"

    def ready(self) -> None:
        from knowledge import removal, room  # noqa: F401  they listen for deletions, and tell what is stored
