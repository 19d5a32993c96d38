"""Rules about our own code that no linter knows, each with a bad and a good sample. ruff's S rules are bandit's.

A finding is mended, or stands in `ALLOWED` with its reason; what is allowed and not there any more fails too.
"""

import ast

import pytest

from webui.conf import ROOT

APPS = ("webui", "chat", "knowledge", "providers")


def name_of(call):
    return ast.unparse(call.func)


def keyword(call, name):
    return next((one.value for one in call.keywords if one.arg == name), None)


def is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def markup_that_is_no_constant(call):
    """Text becomes markup without being escaped."""
    return name_of(call).endswith(("mark_safe", "SafeString")) and call.args and not is_text(call.args[0])


def sql_with_words_in_it(call):
    """A statement put together of text: parameters belong beside it."""
    made = (ast.JoinedStr, ast.BinOp)
    return (
        name_of(call).endswith((".execute", ".raw", ".extra", "RawSQL"))
        and call.args
        and isinstance(call.args[0], made)
    )


def certificates_unchecked(call):
    verify = keyword(call, "verify") or keyword(call, "ssl") or keyword(call, "verify_ssl")
    return isinstance(verify, ast.Constant) and verify.value is False


def redirects_followed(call):
    follow = keyword(call, "follow_redirects") or keyword(call, "allow_redirects")
    client = name_of(call).startswith(("httpx.", "requests.", "session.", "self._session."))
    return client and isinstance(follow, ast.Constant) and follow.value is True


def led_where_the_request_says(call):
    """A redirect to an address that somebody wrote into the request."""
    where = ast.unparse(call.args[0]) if call.args else ""
    return name_of(call) in ("redirect", "HttpResponseRedirect") and where.startswith(
        ("request.GET", "request.POST", "request.META", "request.headers")
    )


def compared_in_time_that_tells(call):
    """`==` on secrets is a comparison node; this finds the old hashes that such code comes with."""
    return name_of(call) in ("hashlib.md5", "hashlib.sha1", "hashlib.new")


def chance_that_can_be_guessed(call):
    return name_of(call) in ("random.getrandbits", "random.randbytes", "uuid.uuid1") or (
        name_of(call).startswith("random.") and "token" in ast.unparse(call)
    )


def waits_without_an_end(call):
    """A call to another machine without a limit of time."""
    return name_of(call) in ("urllib.request.urlopen", "urlopen", "socket.create_connection") and not (
        keyword(call, "timeout") or len(call.args) > 1
    )


def exempt_from_csrf(call):
    return name_of(call) in ("csrf_exempt", "method_decorator") and "csrf_exempt" in ast.unparse(call)


def every_field_of_a_form(call):
    """`fields = "__all__"` lets a form set what nobody meant."""
    return name_of(call).endswith("modelform_factory") and "__all__" in ast.unparse(call)


# rule: (a bad sample, a good one)
SAMPLES = {
    markup_that_is_no_constant: ("mark_safe(title)", 'format_html("<b>{}</b>", title)'),
    sql_with_words_in_it: ('cursor.execute(f"SELECT {name}")', 'cursor.execute("SELECT %s", [name])'),
    certificates_unchecked: ("httpx.Client(verify=False)", "httpx.Client(verify=tls())"),
    redirects_followed: ("httpx.get(url, follow_redirects=True)", "httpx.get(url, follow_redirects=False)"),
    led_where_the_request_says: ('redirect(request.GET["next"])', 'redirect("account")'),
    compared_in_time_that_tells: ("hashlib.md5(secret)", "hashlib.sha256(secret)"),
    chance_that_can_be_guessed: ("random.getrandbits(128)", "secrets.token_urlsafe(32)"),
    waits_without_an_end: ("urlopen(url)", "urlopen(url, timeout=5)"),
    exempt_from_csrf: ("csrf_exempt(view)", "require_POST(view)"),
    every_field_of_a_form: ('modelform_factory(User, fields="__all__")', 'modelform_factory(User, fields=["name"])'),
}
# (file, rule): why. All are texts of ours, and none holds a word of anybody.
ALLOWED = {
    ("chat/exporting/page.py", "markup_that_is_no_constant"): "the style sheet of exported chats, a file of ours",
    ("chat/rendering.py", "markup_that_is_no_constant"): "made of escaped text alone, which its own tests try",
    ("webui/panel/matrix.py", "markup_that_is_no_constant"): "two constants, as often as there are boxes",
    ("webui/templatetags/usage.py", "markup_that_is_no_constant"): "a query, percent-encoded",
    ("webui/templatetags/banners.py", "markup_that_is_no_constant"): "escaped by Django's own maker of links",
    ("webui/templatetags/assets.py", "markup_that_is_no_constant"): "drawings of our own icons.json",
}


# Names of tables and marks for parameters are put into statements here, and nothing else; no other file does so.
SQL_OF_NAMES = {
    "chat/finding/index.py",
    "chat/presence.py",
    "knowledge/candidates.py",
    "knowledge/fulltext.py",
    "webui/backup/rebuilding.py",
}


def found_in(source, rules=SAMPLES):
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {rule.__name__ for rule in rules for call in calls if rule(call)}


def decorated_without_csrf(source):
    names = (
        ast.unparse(decorator)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for decorator in node.decorator_list
    )
    return any("csrf_exempt" in name for name in names)


@pytest.mark.parametrize("rule", SAMPLES, ids=lambda rule: rule.__name__)
def test_each_rule_finds_its_bad_sample_and_leaves_the_good_one(rule):
    bad, good = SAMPLES[rule]
    assert found_in(bad, [rule])
    assert not found_in(good, [rule])


def test_our_code_keeps_the_rules():
    found, open_doors = set(), set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            name, source = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
            if "/migrations/" not in name:
                found |= {(name, rule) for rule in found_in(source)}
            open_doors |= {name} if decorated_without_csrf(source) else set()
    by_parameters = {(name, rule) for name, rule in found if rule == "sql_with_words_in_it"}
    assert found - by_parameters - ALLOWED.keys() == set()
    assert ALLOWED.keys() - found == set()
    assert {name for name, _rule in by_parameters} == SQL_OF_NAMES
    assert open_doors == {"webui/breaches.py"}, "what takes a POST without a token of ours"
