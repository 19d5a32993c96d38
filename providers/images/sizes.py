"""The sizes that a server draws, as an administrator lists them. Pure but for gettext. Raises `BadSizes`."""

import re

from django.utils.translation import gettext as _

LEAST, MOST = 16, 4096
MOST_SIZES = 20
_SIZE = re.compile(r"(\d{2,4})\s*[x×*]\s*(\d{2,4})", re.I)


class BadSizes(Exception):
    """The text is a sentence."""


def sizes_in(text: str) -> list[str]:
    """Each as `1024x768`, once, in their order."""
    found: dict[str, None] = {}
    for line in filter(None, map(str.strip, re.split(r"[\n,;]", text))):
        size = _SIZE.fullmatch(line)
        if size is None or not all(LEAST <= int(side) <= MOST for side in size.groups()):
            raise BadSizes(_("“%(size)s” is no size. Write one a line, like 1024x1024.") % {"size": line[:40]})
        found[f"{int(size[1])}x{int(size[2])}"] = None
    if not found or len(found) > MOST_SIZES:
        raise BadSizes(_("Name at least one size, and at most %(most)s.") % {"most": MOST_SIZES})
    return list(found)
