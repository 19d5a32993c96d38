"""Which sites may be read: names, their subdomains, and what only looks like them."""

import pytest

from knowledge.web.domains import domains, listed


@pytest.mark.parametrize(
    ("url", "admitted"),
    [
        ("https://example.org/", True),
        ("https://www.example.org:8443/x", True),
        ("https://EXAMPLE.org./", True),
        ("https://notexample.org/", False),
        ("https://example.org.evil.test/", False),
        ("https://evil.test/?example.org", False),
        ("https://example.org@evil.test/", False),
        ("https://bad.example.org/", False),
        ("https://deep.bad.example.org/", False),
        ("https://铁路.中国/", True),
        ("http://10.0.0.1/", False),
        ("javascript:alert(1)", False),
    ],
)
def test_a_domain_is_itself_and_what_is_below_it(url, admitted):
    rules = domains("example.org\n铁路.中国", "bad.example.org")
    assert rules.admit(url) is admitted


def test_without_a_list_everything_but_what_is_denied_may_be_read():
    assert not domains("", "")
    assert domains("", "evil.test").admit("https://example.org/")
    assert not domains("", "evil.test").admit("https://www.evil.test/")


def test_names_are_taken_as_people_write_them():
    good, bad = listed("https://www.Example.org/page, *.example.net\n.example.com；a b@c 铁路.中国")
    assert good[:4] == ["www.example.org", "example.net", "example.com", "a"]
    assert good[4].startswith("xn--")
    assert bad == ["b@c"]
