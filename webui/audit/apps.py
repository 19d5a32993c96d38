from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "webui.audit"
    label = "audit"

    def ready(self) -> None:
        from webui.audit import signing, watching

        signing.listen()
        watching.listen()
