"""What a question is about, by its words alone: cheap, the same each time, and without asking a model. Pure."""

import re

from django.utils.translation import gettext_lazy as _

TOPICS = {
    "code": _("Programming"),
    "maths": _("Mathematics"),
    "translation": _("Translation"),
    "writing": _("Writing"),
    "summary": _("Summaries"),
    "other": _("Everything else"),
}
# In this order: a request to translate code is about programming.
_SIGNS = {
    "code": r"```|\b(?:python|javascript|typescript|java|rust|golang|c\+\+|sql|html|css|regex|bash|script|function"
    r"|code|compile|debug|stack trace|api|json|dockerfile|git)\b|代码|编程|函数|脚本|程序|报错|正则|数据库查询",
    "maths": r"\b(?:solve|equation|integral|derivative|probability|theorem|proof|prove|calculate|matrix|percent(?:age)?"
    r"|sum of|square root|algebra|geometry)\b|\d\s*[+*/^=]\s*\d|方程|积分|求导|概率|证明|计算|几何|矩阵|多少钱|等于几",
    "translation": r"\btranslat(?:e|ion)\b|\b(?:in|into|to) (?:english|chinese|french|german|spanish|japanese|korean)\b"
    r"|翻译|译成|译为|用英语|用中文说|英文怎么说",
    "summary": r"\b(?:summari[sz]e|summary|tl;?dr|key points|in short|abstract of)\b|总结|概括|摘要|要点|归纳",
    "writing": r"\b(?:write|draft|rewrite|rephrase|letter|e-?mail|essay|poem|story|slogan|speech|blog|headline"
    r"|proofread)\b|写一|写封|撰写|改写|润色|作文|诗|故事|邮件|文案|演讲稿|标题",
}
_PATTERNS = {topic: re.compile(pattern, re.IGNORECASE) for topic, pattern in _SIGNS.items()}


def topic_of(question: str) -> str:
    """A key of TOPICS."""
    head = question[:2000]
    return next((topic for topic, pattern in _PATTERNS.items() if pattern.search(head)), "other")
