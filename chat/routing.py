"""Socket addresses."""

websocket_urlpatterns: list = []
