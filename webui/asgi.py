"""The ASGI entry: Django for HTTP, Channels for /ws/chat/ (session by cookie, origin compared with the host list)."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webui.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402  Django first
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402

from chat.routing import websocket_urlpatterns  # noqa: E402
from webui.metrics import measured  # noqa: E402
from webui.request_ids import Named  # noqa: E402
from webui.traces import traced  # noqa: E402

application = Named(
    traced(
        measured(
            ProtocolTypeRouter(
                {
                    "http": django_application,
                    "websocket": AllowedHostsOriginValidator(URLRouter(websocket_urlpatterns)),
                }
            )
        )
    )
)
