"""Whether what was found has to do with the question at all. Pure.

A nearest passage always exists, and how near it lies depends on the model and the language. So every question is also
compared with texts about nothing in particular: a passage that is no nearer than the nearest of these is not an answer.
The figures behind the constants stand in docs/decisions/0002-retrieval.md.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul

from knowledge import segmentation


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What the best passage must have: so much of the way from the nearest neutral text to the question itself, in the
    question's script or in another one, where models see less likeness; or such a share of the question's words."""

    same_script: float
    across: float
    words: float


# The best of many unrelated passages lies nearer by chance than the best of few.
AMONG_FEW = Floor(same_script=0.03, across=-0.125, words=0.5)
AMONG_MANY = Floor(same_script=0.09, across=-0.03, words=0.67)
MANY = 50
# Across scripts no floor among many tells well: one of ten real questions lies lower than six of ten others. So it is
# nearly none where the question was asked in its own script alone, the one above where a translation was asked beside.
ALONE_ACROSS = -0.25
# How far the others may stay behind; and the share of the words that is asked for when there are no vectors.
BEHIND = 0.15
SOME_WORDS = 0.25

# Stories, errands, instructions and noise. No greeting and no bare punctuation: every short question is near those.
SPACED = (
    "The ferry to the island leaves twice a day in summer and once a day in winter, when the sea allows it.",
    "Water boils at a lower temperature on a mountain, because the pressure of the air is lower there.",
    "The old bridge was built of stone from the quarry nearby and widened when the railway came.",
    "I can help you with questions, texts, translations and ideas. What would you like to do?",
    "asdf qwer zxcv blorp wibble fnarg xyzzy qqq",
    "foo bar baz 12345 67890 abc xyz",
    "Click on the menu, choose Settings, and restart your phone or computer when the update is finished.",
    "The weather tomorrow will be sunny in the north with a little rain along the coast in the evening.",
    "Wear comfortable shoes, stretch before you run, and see a doctor if the pain does not go away.",
    "He fixed the leaking tap, cleaned the filter and put the washing machine back in its place.",
)
CJK = (
    "夏天开往小岛的渡轮每天两班，冬天视海况每天一班。",
    "山上的气压较低，所以水在山上沸腾的温度也较低。",
    "她的第二部小说讲述了三姐妹从未曾谋面的叔叔那里继承葡萄园的故事。",
    "这座老桥用附近采石场的石头建成，铁路通车后被加宽。",
    "我可以帮你回答问题、写作、翻译和出主意。你想做什么？",
    "啊啊啊 哈哈哈 的的的 嘟噜咕叽 锟斤拷烫烫烫",
    "甲乙丙丁 一二三四五 六七八九十",
    "本店营业时间为九点至六点；最近的公交站就在入口对面。",
    "穿舒适的鞋子，跑步前做拉伸，如果疼痛不消失请去看医生。",
    "买些新鲜蔬菜、大米和鸡蛋，在柜台用现金或银行卡付款。",
)
NEUTRAL = SPACED + CJK


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """How near the nearest neutral text of each script lies to a question."""

    spaced: float
    cjk: float

    def height(self, cosine: float, text: str) -> float:
        """0 for a passage no nearer than neutral text, 1 for the question itself."""
        return _above(cosine, self.cjk if segmentation.is_cjk(text) else self.spaced)

    def over_all(self, cosine: float) -> float:
        """The same in whichever script: these compare between texts in several."""
        return _above(cosine, max(self.spaced, self.cjk))


def unit(vector: Sequence[float]) -> list[float]:
    """The same direction, of length one."""
    length = math.hypot(*vector) or 1.0
    return [number / length for number in vector]


def ground(question: Sequence[float], neutral: Sequence[Sequence[float]]) -> Ground:
    """From the vectors of a question and of `NEUTRAL`, these of length one."""
    length = math.hypot(*question)
    near = [sum(map(mul, question, vector)) / length for vector in neutral]
    return Ground(spaced=max(near[: len(SPACED)]), cjk=max(near[len(SPACED) :]))


def relevant(
    question: str,
    texts: Mapping[int, str],
    cosines: Mapping[int, float],
    level: Ground | None,
    shares: Mapping[int, float] | None = None,
    *,
    translated: bool = False,
    lacking: dict[int, float] | None = None,
) -> list[int]:
    """Those of the texts that have to do with the question, in their order: none when not even the best has.

    `translated`: the same was asked in another script as well. `shares` say how much of the question's words each text
    has, where that is known better than by counting them: the rare ones weigh more, so that "What does isobaric mean?"
    is answered by what says "isobaric". `lacking`, when given, is told how much each one lacks.
    """
    asked = segmentation.content_stems(question)
    script = segmentation.is_cjk(question)
    floor = AMONG_MANY if len(cosines) >= MANY else AMONG_FEW
    across = ALONE_ACROSS if floor is AMONG_MANY and not translated else floor.across
    if shares is None:
        shares = {key: segmentation.share(asked, text) for key, text in texts.items()}

    def lacks(key: int, text: str) -> float:
        """How much is missing; 0 and less is enough."""
        if not level:
            return 0.0 if shares[key] >= SOME_WORDS else 1.0
        # Found by its words alone, among more chunks than the vector leg names: good enough to follow another.
        missing = BEHIND
        if key in cosines:
            enough = floor.same_script if segmentation.is_cjk(text) == script else across
            missing = enough - level.height(cosines[key], text)
        return 0.0 if missing > 0 and shares[key] >= floor.words else missing

    missing = {key: lacks(key, text) for key, text in texts.items()}
    if lacking is not None:
        lacking.update(missing)
    if not any(lack <= 0 for lack in missing.values()):
        return []
    return [key for key, lack in missing.items() if lack <= BEHIND]


def _above(cosine: float, level: float) -> float:
    return (cosine - level) / max(1 - level, 1e-6)
