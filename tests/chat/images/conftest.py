"""A folder of its own for the pictures, and servers that make them for everybody."""

import pytest

from tests.chat.attachments.conftest import uploads

__all__ = ["uploads"]


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.FILE_ROOT = tmp_path / "files"

    def stored():
        return sorted(path.name for path in (settings.FILE_ROOT / "attachments").glob("??/*"))

    return stored


@pytest.fixture
def painter(db):
    """painter(server.base_url, kind="openai", …): a server that everybody may ask."""
    from providers.models import ImageServer

    def make(base_url, **fields):
        given = {"name": "Atelier", "kind": "openai", "rule": "everyone", "sizes": "96x64\n64x64", "seconds": 5}
        key = fields.pop("key", "")
        server = ImageServer(base_url=base_url, **(given | fields))
        server.api_key = key
        server.save()
        return server

    return make
