from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "knowledge"
    label = "knowledge"

    def ready(self) -> None:
        from knowledge import removal  # noqa: F401  it listens for deletions
