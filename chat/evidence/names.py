"""Names and quotations that stand in a text, as far as they can be told from other words without a model. Pure."""

import re
from collections.abc import Container

from chat.evidence.words import CAPITAL_ANYWAY, FAMILY_NAMES, PLACES

_QUOTED = re.compile(
    r"“([^”]{2,400})”|\"([^\"]{2,400})\"|「([^」]{2,400})」|『([^』]{2,400})』|«([^»]{2,400})»|《([^》]{2,100})》"
)
_CAPITAL = re.compile(r"(?<![\w'’-])[A-ZÀ-ÖØ-Þ][\w'’-]*[\w]|\b[A-Z]{2,}\b")
_STARTS = re.compile(r"(?:^|[.!?:;；。！？|]\s*|\n\s*)[\"'“‘(\[]*$")
_OWN = re.compile(r"['’]s?$")
_LEFT_OUT = re.compile(r"…+|\.{3,}|\[[^\]]*\]")
_LABEL = re.compile(r"^[^:：.。]{1,40}[:：]\s*")
_PLACE = re.compile("|".join(PLACES))
_PERSON = re.compile(
    rf"(?:^|(?<=[由向和与、是为经给:：,，;；(（\s]))([{FAMILY_NAMES}][\u4e00-\u9fff]{{1,2}}?)"
    r"(?=负责|担任|审批|批准|签字|签发|说|表示|指出|提出|发现|主持|先生|女士|教授|经理|主任|老师|博士|医生|工程师|[、,，。;；)）]|于\d|和[^\u4e00-\u9fff]?|与|$)"
)
# Behind these a person follows; two signs of the name are enough to look it up.
_ACTOR = re.compile(
    rf"(?:由|总监|经理|主任|队长|院长|局长|部长|书记|主席|工程师|教授|博士)([{FAMILY_NAMES}][\u4e00-\u9fff])"
)
_BODY = re.compile(
    r"[\u4e00-\u9fff]{2,8}(?:部门|部|局|处|科|委员会|中心|办公室|学院|大学|公司|医院|法院|银行|协会|小组|总监|经理|主管|主任)"
)
_NO_BODY = re.compile(
    r"(?:全部|内部|外部|局部|一部|大部|各部|本公司|该公司|公司|部门|本部门|该部门|到处|好处|当中心|用处|之处|益处|中部|干部|俱乐部)$"
)
_SIGNS = re.compile(r"[^\w%]+|_")
_CJK = re.compile(r"[\u3400-\u9fff]")


def is_chinese(text: str) -> bool:
    """Whether more than a fifth of its letters are Chinese."""
    return len(_CJK.findall(text)) * 5 > len(re.sub(r"\s", "", text))


def squeezed(text: str) -> str:
    """Letters and digits alone, in lower case: what is left when punctuation and blanks do not count."""
    return _SIGNS.sub("", text.lower())


def quotations(text: str) -> list[str]:
    """What is quoted and long enough to be a quotation: four Chinese signs, or two words; cut at an ellipsis."""
    found: list[str] = []
    for match in _QUOTED.finditer(text):
        quoted = next(group for group in match.groups() if group)
        for part in _LEFT_OUT.split(quoted):
            enough = len(_CJK.findall(part)) >= 4 or (" " in part.strip() and len(part.strip()) >= 8)
            if enough or (match[6] and len(part) > 1):
                found.append(part.strip())
    return found


def capitals(text: str, known: Container[str]) -> list[str]:
    """Names by their capitals. The first word of a sentence is one only among other names or when it is `known`."""
    text = _LABEL.sub(lambda match: " " * len(match[0]), text)
    found: list[str] = []
    words = list(_CAPITAL.finditer(text))
    for position, word in enumerate(words):
        name = _OWN.sub("", word[0])
        if name.lower() in CAPITAL_ANYWAY or len(name) < 2:
            continue
        if _STARTS.search(text, max(0, word.start() - 40), word.start()) and not name.isupper() and name not in known:
            follower = words[position + 1] if position + 1 < len(words) else None
            if not follower or text[word.end() : follower.start()] != " ":
                continue
        found.append(name)
    return found


def chinese_names(text: str) -> list[str]:
    """Places, weekdays, people by family name and surroundings, offices and bodies by their ending."""
    text = text.replace("礼拜", "星期")
    found = [match[0].replace("星期", "周") for match in _PLACE.finditer(text)]
    found += [match[1] for match in _PERSON.finditer(text)]
    found += [match[1] for match in _ACTOR.finditer(text) if not any(match[1] in name for name in found)]
    for match in _BODY.finditer(text):
        if not _NO_BODY.search(match[0]):
            found.append(match[0])
    return found


def stands_in(name: str, text: str) -> bool:
    """A Chinese name in a text. Of a body the end counts, for where its name begins cannot be told."""
    text = text.replace("星期", "周").replace("礼拜", "周")
    if name in text:
        return True
    match = _BODY.fullmatch(name)
    return match is not None and any(name[-length:] in text for length in range(4 if len(name) > 3 else 3, len(name)))
