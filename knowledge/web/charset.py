"""Bytes of a page -> text in its real encoding, whatever its labels say. Pure."""

import codecs
import re
import zlib

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_IN_PAGE = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""", re.IGNORECASE)
_HIGH_PAIR = re.compile(rb"[\xa1-\xfe]{2}")
# As browsers do: the label names less than what pages with it really hold.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252", "shift_jis": "cp932"}


def decode(body: bytes, declared: str = "") -> str:
    """`declared` is the charset of the Content-Type header. Never fails: what cannot be read becomes U+FFFD."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.decode(encoding, errors="replace").removeprefix("\ufeff")
    # UTF-8 first: text in another encoding hardly ever passes as UTF-8, while wrong labels are common.
    reading = body.decode("utf-8", errors="replace")
    if _is_sound(reading):
        return reading
    labels = [_known(declared), *(_known(found.decode()) for found in _IN_PAGE.findall(body[:4096])[:3])]
    for label in labels:
        if label not in ("", "utf-8", "cp1252") and _is_sound(labelled := body.decode(label, errors="replace")):
            return labelled
    # What is left is unlabelled, or labelled with a name that fits every byte and therefore says little.
    return body.decode(_guess(body), errors="replace")


def looks_binary(body: bytes) -> bool:
    """Bytes that are no text in any encoding of the web."""
    return b"\x00" in body[:4096] and not body.startswith((b"\xff\xfe", b"\xfe\xff"))


def _known(label: str) -> str:
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    # Python also registers codecs that are no text encodings (rot13, zip, idna).
    if not codecs.lookup(label)._is_text_encoding or name in ("idna", "punycode", "utf-7", "unicode_escape"):
        return ""
    return _WIDER.get(name, name)


def _is_sound(text: str) -> bool:
    """A few bad bytes are forgiven: cut pages and pasted quotes have them."""
    bad = text.count("\ufffd")
    return not bad or bad * 20 < sum(character > "\x7f" for character in text)


def _guess(body: bytes) -> str:
    pairs = _HIGH_PAIR.findall(body[:100_000])
    # The first level of GB 2312: nearly all that is written in Chinese has its first byte there.
    if pairs and sum(0xB0 <= pair[0] <= 0xD7 for pair in pairs) * 2 > len(pairs):
        return "gb18030"
    from charset_normalizer import from_bytes

    best = from_bytes(body[:20_000]).best()
    return best.encoding if best else "cp1252"


def inflater(content_encoding: str) -> "zlib._Decompress | None":
    """What undoes a Content-Encoding step by step; None for an unpacked body; `ValueError` for others."""
    match content_encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip" | "deflate":
            return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    raise ValueError(content_encoding)
