"""Headers of one's own for a model server, as they are typed: `Name: value`, one a line. Pure.

Raises `BadHeader`, whose text is a code: form, name, forbidden, value, many, twice; `header` is what it is about.
"""

import re

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE = re.compile(r"[\x20-\x7e\t]{1,4000}")
# Ours to set, or between us and the next machine only.
_FORBIDDEN = {
    *("host", "content-length", "content-type", "content-encoding", "accept-encoding", "expect"),
    *("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection"),
    *("proxy-authenticate", "proxy-authorization", "http2-settings"),
}
_MOST = 20


class BadHeader(Exception):
    """Not a header that can be sent along."""

    def __init__(self, code: str, header: str = "") -> None:
        super().__init__(code)
        self.header = header


def parsed_headers(text: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in text.strip().splitlines():
        if not line.strip():
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        shown = name[:60]
        if not colon:
            raise BadHeader("form", shown)
        if not _NAME.fullmatch(name):
            raise BadHeader("name", shown)
        if name.lower() in _FORBIDDEN:
            raise BadHeader("forbidden", shown)
        if not _VALUE.fullmatch(value):
            raise BadHeader("value", shown)
        if name.lower() in {known.lower() for known in headers}:
            raise BadHeader("twice", shown)
        headers[name] = value
    if len(headers) > _MOST:
        raise BadHeader("many")
    return headers
