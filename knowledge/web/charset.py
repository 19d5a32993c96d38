"""Bytes of a page -> text in its real encoding, whatever its labels say. Pure."""

import codecs
import re
import zlib

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_IN_PAGE = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,30})""", re.IGNORECASE)
_HIGH = re.compile(rb"[\x80-\xff]+")
# Of each encoding: what text in it mostly consists of. The pages of a code table that hold everyday characters are
# few, so that text read in a wrong encoding falls mostly outside of them.
_EVERYDAY = {
    "gb18030": (0xB0, 0xD7),
    "euc_jp": (0xB0, 0xCF),
    "big5": (0xA4, 0xC6),
    "cp932": (0x88, 0x98),
}
_EAST_ASIAN = re.compile(r"[\u4e00-\u9fa5\u3040-\u30ff\uac00-\ud7a3，。、：；！？（） \n\r,.0-9]")
_KOREAN = range(0xB0, 0xC9)
_SAMPLE = 40_000
_ENOUGH = 0.85
_WESTERN_RUN = 1.7
# As browsers do: the label names less than what pages with it really hold.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252", "shift_jis": "cp932"}


def decode(body: bytes, declared: str = "") -> str:
    """`declared` is the charset of the Content-Type header. Never fails: what cannot be read becomes U+FFFD."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.decode(encoding, errors="replace").removeprefix("\ufeff")
    # UTF-8 first: text in another encoding hardly ever passes as UTF-8, while wrong labels are common.
    reading = body.decode("utf-8", errors="replace")
    if _is_sound(reading) and b"\x1b$" not in body[:4096]:
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
    sample = body[:_SAMPLE]
    if b"\x1b$" in sample:
        return "iso2022_jp"
    if not (high := _HIGH.findall(sample)):
        return "cp1252"
    scores = {name: _everyday_share(sample, name) for name in (*_EVERYDAY, "utf-16-le", "utf-16-be")}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= _ENOUGH:
        return "cp949" if best == "gb18030" and _is_korean(sample) else best
    # Single accented letters between plain ones: too little for statistics when the text is short.
    if sum(map(len, high)) / len(high) < _WESTERN_RUN and len(high) < 40:
        return "cp1252"
    from charset_normalizer import from_bytes

    found = from_bytes(body[:20_000]).best()
    return found.encoding if found else "cp1252"


def _everyday_share(sample: bytes, encoding: str) -> float:
    """How much of the characters beyond ASCII is what texts in this encoding consist of: 0 to 1."""
    if encoding.startswith("utf-16"):
        wide = sample[: len(sample) // 2 * 2].decode(encoding, errors="replace")
        everyday = len(_EAST_ASIAN.findall(wide))
        return everyday / len(wide) if len(wide) > 7 else 0
    reading = sample.decode(encoding, errors="replace")
    beyond = [character for character in reading[:5000] if character > "\x7f"]
    if not beyond or beyond.count("\ufffd") > 1 + len(beyond) // 200:
        return 0
    low, high = _EVERYDAY[encoding]
    if encoding == "euc_jp" and not any(_is_kana(character) for character in beyond):
        return 0
    return sum(_is_everyday(character, encoding, low, high) for character in beyond) / len(beyond)


def _is_everyday(character: str, encoding: str, low: int, high: int) -> bool:
    if character in "，。、：；！？（）《》“”「」『』—…　":
        return True
    if _is_kana(character):
        return encoding in ("cp932", "euc_jp")
    code = character.encode(encoding, errors="ignore")
    return len(code) == 2 and low <= code[0] <= high and (encoding != "gb18030" or code[1] > 0xA0)


def _is_kana(character: str) -> bool:
    return "\u3040" <= character <= "\u30ff"


def _is_korean(sample: bytes) -> bool:
    """Hangul has the first half of the pages of Chinese characters, and blanks between words."""
    first = [run[at] for run in _HIGH.findall(sample) for at in range(0, len(run) - 1, 2)]
    return len(first) > 11 and sum(byte in _KOREAN for byte in first) > len(first) * 0.95


def inflater(content_encoding: str) -> "zlib._Decompress | None":
    """What undoes a Content-Encoding step by step; None for an unpacked body; `ValueError` for others."""
    match content_encoding.strip().lower():
        case "" | "identity":
            return None
        case "gzip" | "x-gzip" | "deflate":
            return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    raise ValueError(content_encoding)
