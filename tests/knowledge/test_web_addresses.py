"""Which URLs may be fetched for a person: a table of those that may not, and of those that may."""

from ipaddress import IPv6Address, ip_address
from pathlib import Path

import httpx
import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.web import fetch
from knowledge.web.addresses import Exceptions, NotAllowed, follow, is_public, judge, parse

# What the name server of this test says; a name may stand for several addresses.
NAMES = {
    "localhost": ["127.0.0.1", "::1"],
    "www.localhost": ["127.0.0.1"],
    "router.example": ["192.168.1.1"],
    "metadata.example": ["169.254.169.254"],
    "half.example": ["93.184.215.14", "10.0.0.7"],
    "half-six.example": ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "fd00::1"],
    "nat.example": ["64:ff9b::7f00:1"],
    "zone.example": ["fe80::1%eth0"],
    "odd.example": ["not an address"],
    "empty.example": [],
    "xn--fsqu00a.xn--0zwm56d": ["127.0.0.1"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "db": ["10.0.0.9"],
    "public.example": ["93.184.215.14"],
}

LINES = (Path(__file__).parent / "forbidden_urls.txt").read_text().splitlines()
NOT_INTO_THE_NETWORK = [line for line in LINES if line.startswith("http")]
NOT_A_PAGE = [
    "",
    " ",
    "public.example",
    "//public.example/",
    "/etc/passwd",
    "http:",
    "http://",
    "http:///public.example/",
    "http:/public.example/",
    "http:public.example",
    "file:///etc/passwd",
    "file://public.example/etc/passwd",
    "ftp://public.example/",
    "gopher://public.example:80/_x",
    "dict://public.example:80/",
    "ldap://public.example/",
    "data:text/html,hello",
    "javascript:alert(1)",
    "jar:http://public.example!/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "ws://public.example/",
    "view-source:http://public.example/",
    "url:http://public.example/",
    "http://user@public.example/",
    "http://user:word@public.example/",
    "http://:@public.example/",
    "http://@public.example/",
    "http://public.example@127.0.0.1/",
    "http://public.example%40127.0.0.1/",
    "http://127.0.0.1\\@public.example/",
    "http://public.example\\@127.0.0.1/",
    "http://public.example\\127.0.0.1/",
    "http://public.example#@127.0.0.1\\/",
    "http:\\\\127.0.0.1\\",
    "http://public.example:81/",
    "http://public.example:8080/",
    "http://public.example:22/",
    "http://public.example:0/",
    "http://public.example:65536/",
    "http://public.example:99999999999/",
    "http://public.example:-80/",
    "http://public.example:+80/",
    "http://public.example:80:80/",
    "http://public.example:８０/",
    "http://public.example: 80/",
    "http://public.example:http/",
    "http://public .example/",
    "http://public.example\t/",
    "http://public\n.example/",
    "http://public.example/\r\nHost: 127.0.0.1",
    "http://public.example/\x00",
    "\x01http://public.example/",
    "http://public.example/a b",
    "http://public\u00a0.example/",
    "http://public\u200b.example\u2028/",
    "http://.public.example/",
    "http://public..example/",
    "http://public.example../",
    "http://./",
    "http://-public.example/",
    "http://public-.example/",
    "http://*.example/",
    "http://public.example,127.0.0.1/",
    "http://public.example;127.0.0.1/",
    "http://public.example%00.127.0.0.1/",
    "http://public.example%2f127.0.0.1/",
    "http://public.example%23/",
    "http://%2531%32%37.0.0.1/",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 130 + "example/",
    "http://public.example/" + "a" * 4000,
    "http://[::1/",
    "http://::1/",
    "http://::1]/",
    "http://[::1]x/",
    "http://[::1]:x/",
    "http://x[::1]/",
    "http://[127.0.0.1]/",
    "http://[localhost]/",
    "http://[v1.x]/",
    "http://[]/",
    "http://[::1]@public.example/",
    "http://1.2.3.4.5/",
    "http://1.2.3.256/",
    "http://256.0.0.1/",
    "http://4294967296/",
    "http://0x100000000/",
    "http://08.8.8.8/",
    "http://1.2.3.4x.0x/",
    "http://8.8.8.8:8080/",
    "http://a.1/",
]
FORBIDDEN = [*NOT_INTO_THE_NETWORK, *NOT_A_PAGE]


async def resolve(host, _port):
    if host not in NAMES:
        raise OSError("Name or service not known")
    return NAMES[host]


@pytest.fixture
def connected(monkeypatch):
    """The connections that would have been made."""
    made = []

    async def ask_at(address, judged, _connect_seconds, _sent):
        made.append((address.url, judged))
        raise fetch.FetchFailed("The test lets nobody out.")

    monkeypatch.setattr(fetch, "resolve", resolve)
    monkeypatch.setattr(fetch, "_ask_at", ask_at)
    return made


def test_the_table_is_long_enough():
    assert len(FORBIDDEN) == len(set(FORBIDDEN)) >= 200


@pytest.mark.parametrize("url", FORBIDDEN)
async def test_a_forbidden_address_is_refused_without_a_connection(url, connected):
    with pytest.raises(fetch.FetchRefused):
        await fetch.fetch(url, user_id=1)
    assert connected == []


@pytest.mark.parametrize("url", NOT_INTO_THE_NETWORK)
async def test_all_refusals_of_the_network_sound_the_same(url, connected):
    with pytest.raises(fetch.FetchRefused) as refusal:
        await fetch.fetch(url, user_id=1)
    assert str(refusal.value) in (
        "The page cannot be reached from here.",
        "Only ordinary http and https addresses can be fetched.",  # what is no URL is refused before any look-up
    )


@pytest.mark.parametrize(
    ("url", "asked", "at"),
    [
        ("http://public.example/", "http://public.example/", "93.184.215.14"),
        (" https://PUBLIC.example. ", "https://public.example/", "93.184.215.14"),
        ("http://public.example:443/x", "http://public.example:443/x", "93.184.215.14"),
        ("HTTPS://public.example:443/x?y=z#part", "https://public.example/x?y=z", "93.184.215.14"),
        ("http://%70ublic.example/%7Ea", "http://public.example/%7Ea", "93.184.215.14"),
        ("http://public.example/中文?q=试", "http://public.example/%E4%B8%AD%E6%96%87?q=%E8%AF%95", "93.184.215.14"),
        ("http://8.8.8.8/", "http://8.8.8.8/", "8.8.8.8"),
        ("http://134744072/", "http://8.8.8.8/", "8.8.8.8"),
        ("http://[2606:4700:4700::1111]/", "http://[2606:4700:4700::1111]/", "2606:4700:4700::1111"),
        ("http://[::ffff:8.8.8.8]/", "http://[::ffff:808:808]/", "::ffff:808:808"),
        ("http://[64:ff9b::8.8.8.8]/", "http://[64:ff9b::808:808]/", "64:ff9b::808:808"),
    ],
)
async def test_a_public_address_is_asked_at_the_address_it_was_judged_by(url, asked, at, connected):
    with pytest.raises(fetch.FetchFailed):
        await fetch.fetch(url, user_id=1)
    assert [(first, str(ip_address(second))) for first, second in connected] == [(asked, str(ip_address(at)))]


@pytest.mark.parametrize(
    ("allowed", "url", "fits"),
    [
        ("router.example", "http://router.example:8080/", True),
        ("Router.Example.", "http://router.example/", True),
        ("192.168.0.0/16", "http://router.example:8080/", True),
        ("192.168.1.1", "http://192.168.1.1:9/", True),
        ("192.168.1.1", "http://[::ffff:192.168.1.1]/", True),
        ("127.0.0.1", "http://2130706433:5000/", True),
        ("[::1]", "http://[::1]:5000/", True),
        ("::1/128", "http://[::1]:5000/", True),
        ("localhost", "http://localhost:5000/", True),
        ("127.0.0.0/8", "http://localhost:5000/", False),  # its second address, ::1, is not listed
        ("192.168.2.0/24", "http://router.example/", False),
        ("router.example", "http://192.168.1.1/", False),
        ("router.example", "http://www.router.example/", False),
        ("10.0.0.0/8", "http://[64:ff9b::10.0.0.1]/", False),
        ("10.0.0.0/8", "http://half.example:8080/", False),
        ("10.0.0.0/8", "http://half.example/", True),
    ],
)
def test_an_operator_allows_hosts_and_networks(allowed, url, fits):
    address = parse(url)
    answer = [address.host] if address.is_ip else NAMES.get(address.host, ["10.0.0.1"])
    if fits:
        assert judge(address, answer, Exceptions.of([allowed]))
    else:
        with pytest.raises(NotAllowed):
            judge(address, answer, Exceptions.of([allowed]))


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/there", "http://public.example/there"),
        ("there?x", "http://public.example/a/there?x"),
        ("//other.example/x", "http://other.example/x"),
        ("https://other.example", "https://other.example/"),
        ("../../..", "http://public.example/"),
        ("", "http://public.example/a/b"),
    ],
)
def test_a_redirect_is_read_by_the_same_parser(location, leads_to):
    assert follow(parse("http://public.example/a/b"), location).url == leads_to


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://u@x.example/", "//\\127.0.0.1", "http://[", "a\tb"])
def test_a_redirect_out_of_the_web_is_refused(location):
    with pytest.raises(NotAllowed):
        follow(parse("http://public.example/"), location)


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "2a00:1450:4001:830::200e", "2400:3200::1", "::ffff:1.1.1.1"])
def test_global_unicast_is_public(text):
    assert is_public(ip_address(text))


def test_every_network_of_the_registries_that_is_not_global_is_not_public():
    special = """0.0.0.0 10.1.2.3 100.64.9.9 127.9.9.9 169.254.1.1 172.20.1.1 192.0.0.1 192.0.0.170 192.0.2.9
        192.31.196.1 192.52.193.1 192.88.99.2 192.168.9.9 192.175.48.1 198.18.9.9 198.51.100.9 203.0.113.9 224.1.1.1
        233.252.0.1 240.1.1.1 255.255.255.255 :: ::1 ::ffff:10.1.1.1 64:ff9b:1::1 100::9 100:0:0:1::1 2001::1 2001:1::1
        2001:2::9 2001:3::1 2001:4:112::1 2001:10::1 2001:20::9 2001:30::1 2001:db8::9 2002::1 2620:4f:8000::1 3fff::9
        5f00::9 fc00::9 fe80::9 fec0::9 ff00::1""".split()  # noqa: SIM905
    assert [text for text in special if is_public(ip_address(text))] == []


@given(
    st.ip_addresses(v=4), st.sampled_from(["%d.%d.%d.%d", "0x%x.0x%x.0x%x.0x%x", "0%o.0%o.0%o.0%o", "%d.0x%x.0%o.%d"])
)
def test_every_way_to_write_an_ipv4_address_is_read_as_that_address(address, form):
    parts = tuple(address.packed)
    for written in (form % parts, str(int(address)), hex(int(address)), f"{parts[0]}.{int(address) & 0xFFFFFF}"):
        assert parse(f"http://{written}/").host == str(address)


@given(st.ip_addresses(v=4, network="10.0.0.0/8"))
def test_no_wrapping_makes_an_inward_address_public(address):
    number = int(address)
    wrapped = [0xFFFF << 32, 0, 0x64FF9B << 96, 0x64FF9B0001 << 80, 0xFFFF << 48]
    forms = [IPv6Address(prefix | number) for prefix in wrapped]
    forms.append(IPv6Address(0x2002 << 112 | number << 80))  # 6to4
    forms.append(IPv6Address(0x20010000 << 96 | 0x08080808 << 64 | number ^ 0xFFFFFFFF))  # Teredo
    assert [form for form in forms if is_public(form)] == []


@given(st.text(st.sampled_from("htps:/@\\[].%0123456789abcxyz#?&=-_~ \t例。．１"), max_size=40))
def test_what_we_read_in_a_url_is_what_the_http_client_reads(text):
    try:
        address = parse(f"http://{text}")
    except NotAllowed:
        return
    theirs = httpx.URL(address.url)
    assert theirs.host.strip("[]") in (address.host, idna.decode(address.host) if "xn--" in address.host else "")
    assert (theirs.port or 80) == address.port
    assert parse(address.url) == address
