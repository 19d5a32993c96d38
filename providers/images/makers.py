"""From a server as an administrator has set it up to the maker that speaks to it. Raises `ProviderError`."""

import base64
from collections.abc import Callable

from django.utils.translation import gettext as _

from providers.base import ProviderError
from providers.images.base import ImageMaker
from providers.images.failing import Teller
from providers.images.line import Line
from providers.images.openai_images import OpenAIImages
from providers.models import ImageServer
from webui.crypto import SecretUnreadable


def maker_for(server: ImageServer) -> ImageMaker:
    """For one drawing or one look: what it opens is closed with that."""
    try:
        key = server.api_key
    except SecretUnreadable as problem:
        raise ProviderError(str(problem), code="unreadable_key") from None
    make = _MAKERS.get(server.kind)
    if make is None:
        raise ProviderError(_("Nobody knows how to speak to this kind of server."), code="bad_request")
    return make(server, key)


def _openai(server: ImageServer, key: str) -> ImageMaker:
    teller = Teller(server=server.name, seconds=server.seconds)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    line = Line(server.base_url, headers, teller)
    return OpenAIImages(line, teller, model=server.model, quality=server.quality, seconds=server.seconds)


def basic(key: str) -> dict[str, str]:
    """`user:password` as a header; servers of one's own know nothing better."""
    return {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}"} if key else {}


_MAKERS: dict[str, Callable[[ImageServer, str], ImageMaker]] = {ImageServer.Kind.OPENAI: _openai}
