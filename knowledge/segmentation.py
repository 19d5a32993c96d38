"""Text to the words that are indexed and asked for: the same on every database.

Latin and other spaced scripts give their words; Chinese, Japanese and Korean, which set no spaces, give overlapping
pairs of characters, so that no dictionary decides what can be found. Pure.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

# Han (with extensions A to H and compatibility forms), kana, bopomofo, Hangul.
_CJK = (
    "\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
)
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_CJK_RUN = re.compile(f"[{_CJK}]+")
_SPACED = re.compile(rf"[^\W_{_CJK}]+")
_RUNS = re.compile(rf"(?P<cjk>[{_CJK}]+)|(?P<word>{_SPACED.pattern})")
MAX_WORD = 64


def normalised(text: str) -> str:
    """NFKC in lower case."""
    if text.isascii():
        return text.lower()
    for wide, narrow in _WIDE:
        text = text.replace(wide, narrow)
    return unicodedata.normalize("NFKC", text).lower()


# What Chinese text is full of, and NFKC makes the same of. Without it most texts are seen to be normal at a glance.
_WIDE = tuple(zip("，；：？！（）", ",;:?!()", strict=True))


def words(text: str) -> list[str]:
    """In order, repeated as often as they stand: what a chunk is indexed under."""
    found: list[str] = []
    for run in _RUNS.finditer(normalised(text)):
        if word := run["word"]:
            found.append(word[:MAX_WORD])
        else:
            found += _pairs(run["cjk"])
    return found


def indexed(text: str) -> str:
    """What a full-text index is given: `words`, and the last character of each run of pairs.

    Every character then begins some word, so that a question of one character is a search for words that begin with it.
    """
    found: list[str] = []
    for run in _RUNS.finditer(normalised(text)):
        if word := run["word"]:
            found.append(word[:MAX_WORD])
        else:
            characters = run["cjk"]
            found += _pairs(characters)
            if len(characters) > 1:
                found.append(characters[-1])
    return " ".join(found)


def is_single(word: str) -> bool:
    """One Chinese, Japanese or Korean character, to be looked for as the beginning of a pair."""
    return _CJK_CHARACTER.fullmatch(word) is not None


def is_unspaced(word: str) -> bool:
    """Written without spaces: looked for as it stands, without cutting a text into words."""
    return _CJK_CHARACTER.match(word) is not None


def spaced_stems(text: str) -> list[str]:
    """The stems of the spaced words of a text that is in lower case and normalised, in order."""
    return [stem(word[:MAX_WORD]) for word in _SPACED.findall(text)]


class WordsWithStems:
    """Finds spaced words that begin as words with these stems do; whether one has such a stem, `stem` then tells."""

    def __init__(self, stems: Iterable[str]) -> None:
        beginnings = {one[:-1] if one.endswith("y") and one.isascii() else one for one in stems}
        # Bare: a pattern that says itself where words begin and end takes five milliseconds to compile, each question.
        self._beginnings = re.compile("|".join(map(re.escape, sorted(beginnings, key=len, reverse=True))))

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where they begin and end in a text that is in lower case and normalised."""
        until = 0
        for match in self._beginnings.finditer(text):
            start = match.start()
            if start < until or (start and _SPACED.match(text, start - 1)):
                continue
            word = _SPACED.match(text, start)
            until = word.end() if word else match.end()
            yield start, until


def has_spaced_word(text: str, start: int, end: int) -> bool:
    return _SPACED.search(text, start, end) is not None


def question_words(question: str) -> list[str]:
    """Each word once."""
    return list(dict.fromkeys(words(question)))


def _pairs(characters: str) -> list[str]:
    if len(characters) == 1:
        return [characters]
    return [characters[start : start + 2] for start in range(len(characters) - 1)]


def content_words(question: str) -> list[str]:
    """The words that say what is asked about; all words when there are no others."""
    asked = question_words(question)
    return [word for word in asked if word not in _ASKING] or asked


def content_stems(question: str) -> frozenset[str]:
    return frozenset(map(stem, content_words(question)))


def share(stems: frozenset[str], text: str) -> float:
    """How many of the stems a text has, 0…1."""
    if not stems:
        return 0.0
    text = normalised(text)
    # Characters without spaces need no cutting into pairs here: a pair is there when it stands there.
    unspaced = {word for word in stems if is_unspaced(word)}
    there = sum(word in text for word in unspaced)
    if spaced := stems - unspaced:
        there += len(spaced.intersection(spaced_stems(text)))
    return there / len(stems)


@lru_cache(maxsize=256)  # the passages of a question are asked about several times each
def is_cjk(text: str) -> bool:
    """Whether at least a third is written without spaces."""
    return not text.isascii() and 3 * sum(map(len, _CJK_RUN.findall(text))) > len(text)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word without its commonest English endings: enough to see that two words are the same one."""
    if not word.isascii():
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    for ending in ("ing", "ed", "es", "s", "e"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            return word[: -len(ending)]
    return word


# Words a question is asked with, whatever it is about.
_ASKING = frozenset(
    words(
        "a an and are as at be been but by can could did do does for from give had has have he her his how i in into is"
        " it its me my of on or our please she so tell than that the their them there they this to us was we were what"
        " when where which who whom whose why will with would you your"
        " 什么 多少 怎么 如何 哪里 哪些 哪个 是什 么是 为什 的是 是谁 是哪"
        " 有多 么时 时候 几个 有哪 哪一 一个 是多 么样 怎样 了什 请问"
    )
)
