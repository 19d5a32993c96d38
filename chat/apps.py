from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"
    label = "chat"

    def ready(self) -> None:
        from chat.attachments import sweeping  # noqa: F401  hears what is deleted
