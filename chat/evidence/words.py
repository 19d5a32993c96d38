"""Lists of words that the other modules know. Pure."""

_CAPITAL_ANYWAY = """
i the a an in on at by for from of to and or but if when while where as it its this that these those there
their they he she we you your his her our all both each no not only according however therefore additionally
also moreover furthermore finally first second third note source sources passage document yes section chapter
article page table figure january february march april may june july august september october november
december jan feb mar apr jun jul aug sep sept oct nov dec must should can will are is was were with without
under over before after during until since per any every ask contact see send call use read write tell inform notify
check add report submit file visit keep note please
"""
_PLACES = """
北京 上海 天津 重庆 广州 深圳 杭州 南京 苏州 成都 武汉 西安 长沙 郑州 济南 青岛 大连 沈阳
哈尔滨 长春 厦门 福州 宁波 无锡 合肥 昆明 贵阳 南昌 太原 兰州 海口 三亚 拉萨 银川 西宁 南宁
石家庄 呼和浩特 乌鲁木齐 香港 澳门 台北 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西
山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海 内蒙古 广西 西藏 宁夏 新疆 中国
美国 日本 韩国 英国 法国 德国 意大利 西班牙 葡萄牙 荷兰 瑞士 瑞典 挪威 俄罗斯 印度 巴西 加拿大
澳大利亚 新加坡 东京 伦敦 巴黎 柏林 纽约 周一 周二 周三 周四 周五 周六 周日 星期一 星期二
星期三 星期四 星期五 星期六 星期日 上午 下午
"""
_SMALL = """
the and for with from that this are was were have has had not but its their they will shall can may must
should who which when where what how all any each per into than then them there these those been being also
only such other more most some under over after before between within without your our his her one two you
"""
_NUMBERS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
FAMILY_NAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪"
    "田任姜范石姚谭廖邹熊金陆郝孔崔康毛邱秦史顾侯邵孟龙段雷钱汤尹黎易武乔贺赖龚"
)
CAPITAL_ANYWAY = frozenset(_CAPITAL_ANYWAY.split())  # written large without being a name of anything
PLACES = tuple(_PLACES.split())  # and days, which are swapped as easily
SMALL = frozenset(_SMALL.split())  # say nothing of what a sentence is about
NUMBERS = tuple(_NUMBERS.split())
TENS = tuple(_TENS.split())
