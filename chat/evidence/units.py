"""Words for what is counted and for how many thousands, Chinese and English, by the one name they are compared by."""

_WORDS = {
    "percent": "% percent per cent 个百分点 percentage points",
    "second": "seconds second 秒钟 秒",
    "minute": "minutes minute mins min 分钟",
    "hour": "hours hour hrs 小时 个小时 钟头",
    "day": "days day 天 日 个工作日 工作日 个自然日 自然日",
    "week": "weeks week 周 个星期 星期",
    "month": "months month 个月",
    "year": "years year 年",
    "yuan": "yuan rmb cny 元 块 人民币",
    "dollar": "dollars dollar usd 美元",
    "euro": "euros euro eur 欧元",
    "pound": "pounds pound gbp 英镑",
    "kilogram": "kilograms kilogram kg 公斤 千克",
    "gram": "grams gram 克",
    "tonne": "tonnes tonne tons 吨",
    "kilometre": "kilometres kilometre kilometers kilometer km 公里 千米",
    "metre": "metres metre meters meter 米",
    "centimetre": "centimetres centimetre centimeters cm 厘米",
    "millimetre": "millimetres millimeters mm 毫米",
    "litre": "litres litre liters liter 升",
    "degree": "degrees degree °c °f 度 摄氏度",
    "kilobyte": "kb",
    "megabyte": "mb",
    "gigabyte": "gb",
    "terabyte": "tb",
    "person": "people persons employees staff 人 名员工 名",
    "time": "times 次",
}
_APART = {"per cent", "percentage points"}
CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yuan"}
SCALES = {
    "千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8, "万亿": 1e12,
    "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "bn": 1e9, "k": 1e3,
}  # fmt: skip
UNITS = {word: name for name, words in _WORDS.items() for word in words.split()} | dict.fromkeys(_APART, "percent")
for _half in ("per", "cent", "percentage", "points"):
    UNITS.pop(_half, None)
