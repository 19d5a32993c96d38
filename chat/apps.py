from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"
    label = "chat"

    def ready(self) -> None:
        from chat.attachments import sweeping  # noqa: F401  hears what is deleted
        from chat.busy import is_answering, is_anybody_answered
        from chat.wordings import ChatWordings
        from knowledge.explaining import rewording
        from knowledge.golden import watching
        from providers.doctor import quiet

        quiet.also_ask(is_answering)
        watching.also_ask(is_anybody_answered)
        rewording.use(ChatWordings())
