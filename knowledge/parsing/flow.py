"""Lines of a printed page -> paragraphs, without blanks between Chinese characters. Pure."""

import re

CJK = r"\u2e80-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
_SPACE_IN_CJK = re.compile(rf"(?<=[{CJK}])[ \t\u3000]+(?=[{CJK}])")
_SENTENCE_END = (".", "!", "?", ":", "。", "！", "？", "：", "…")


def flow(lines: list[str]) -> str:
    """Lines -> paragraphs: a line as wide as the page's text that ends no sentence goes on in the next one."""
    widths = sorted(len(line) for line in lines if line.strip())
    full = widths[len(widths) * 9 // 10] * 3 // 4 if widths else 0
    flowing: list[str] = []
    continues = False
    for line in (line.strip() for line in lines):
        if continues and line:
            flowing[-1] = _joined(flowing[-1], line)
        else:
            flowing.append(line)
        continues = bool(line) and len(line) >= max(full, 15) and not line.endswith(_SENTENCE_END)
    return _SPACE_IN_CJK.sub("", "\n".join(flowing)).strip("\n")


def _joined(before: str, after: str) -> str:
    is_cjk = re.compile(f"[{CJK}]").match
    return before + ("" if is_cjk(before[-1]) and is_cjk(after[0]) else " ") + after
