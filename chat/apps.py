from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"
    label = "chat"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from chat.attachments import sweeping  # noqa: F401  hears what is deleted
        from chat.busy import is_answering, is_anybody_answered
        from chat.finding import catching_up, index  # noqa: F401  is done every hour, too
        from chat.wordings import ChatWordings
        from knowledge.explaining import rewording
        from knowledge.golden import watching
        from providers.doctor import quiet

        post_migrate.connect(index.keep_triggers, sender=self)
        quiet.also_ask(is_answering)
        watching.also_ask(is_anybody_answered)
        rewording.use(ChatWordings())
