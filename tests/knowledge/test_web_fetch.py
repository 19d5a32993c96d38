"""The guarded client against a web of ours: redirects, bombs, endless pages, encodings, two people, a changing name."""

import asyncio
import gzip
import os
import ssl
import subprocess
import sys
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from knowledge.web import fetch as client
from knowledge.web.addresses import Exceptions
from knowledge.web.fetch import FetchFailed, FetchRefused, fetch
from tests.servers import pages
from tests.servers.pages import LocalWeb, redirect
from tests.servers.sockets import response

ALICE, BOB = 1, 2


@pytest.fixture
def web(monkeypatch):
    monkeypatch.setattr(client, "exceptions", lambda: Exceptions.of(["127.0.0.1"]))
    client.forget()
    with LocalWeb() as server:
        yield server


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(client, "TOTAL_SECONDS", 0.4)
    monkeypatch.setattr(client, "CONNECT_SECONDS", 0.2)


def named(monkeypatch, *answers):
    """A name server that gives the answers in turn, and the last one for ever after."""
    queue = list(answers)

    async def resolve(_host, _port):
        return queue.pop(0) if len(queue) > 1 else queue[0]

    monkeypatch.setattr(client, "resolve", resolve)


async def test_alice_reads_a_page(web):
    page = await fetch(web.add("/a", "<p>hello</p>") + "#part", user_id=ALICE)
    assert (page.status, page.media_type, page.body) == (200, "text/html", b"<p>hello</p>")
    assert page.final_url == web.address + "/a"


async def test_the_server_sees_a_named_reader_and_nothing_of_alice(web):
    await fetch(web.add("/a", "<p>hello</p>"), user_id=ALICE)
    headers = web.requests[0].headers
    assert "webui/" in headers["user-agent"]
    assert set(headers) == {"host", "user-agent", "accept", "accept-encoding", "accept-language", "connection"}


async def test_a_redirect_is_followed_to_the_page_it_leads_to(web):
    web.add("/end", "<p>here</p>")
    web.serve("/two", redirect("end"))
    web.serve("/one", redirect("/two", "301 Moved Permanently"))
    page = await fetch(web.serve("/start", redirect(web.address + "/one", "308 Permanent Redirect")), user_id=ALICE)
    assert (page.final_url, page.body) == (web.address + "/end", b"<p>here</p>")


async def test_a_fourth_redirect_is_one_too_many(web):
    for number in range(4):
        web.serve(f"/{number}", redirect(f"/{number + 1}"))
    web.add("/4", "<p>far</p>")
    with pytest.raises(FetchFailed, match="redirects too often"):
        await fetch(web.address + "/0", user_id=ALICE)
    assert len(web.requests) == 4


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/", "http://[::1]/", "http://2130706434:{port}/", "//10.0.0.1"]
)
async def test_a_redirect_inward_is_refused(web, location):
    with pytest.raises(FetchRefused, match="cannot be reached"):
        await fetch(web.serve("/in", redirect(location.format(port=web.port))), user_id=ALICE)
    assert len(web.requests) == 1


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "javascript:alert(1)", "http://a:b@127.0.0.1/", "http:// x"]
)
async def test_a_redirect_out_of_the_web_is_refused(web, location):
    with pytest.raises(FetchRefused):
        await fetch(web.serve("/out", redirect(location)), user_id=ALICE)


async def test_a_redirect_carries_no_cookie_and_no_credential(web):
    web.add("/end", "<p>here</p>")
    await fetch(web.serve("/start", redirect("/end", Set_Cookie="session=secret; Path=/")), user_id=ALICE)
    assert not {"cookie", "authorization", "referer"} & set(web.requests[1].headers)


async def test_a_name_that_changes_its_answer_is_asked_once_and_believed_once(web, monkeypatch):
    named(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
    web.add("/a", "<p>hello</p>")
    await fetch(f"http://rebinding.example:{web.port}/a", user_id=ALICE)
    assert web.requests[0].headers["host"] == f"rebinding.example:{web.port}"
    client.forget()
    with pytest.raises(FetchRefused):
        await fetch(f"http://rebinding.example:{web.port}/a", user_id=ALICE)
    assert len(web.requests) == 1


async def test_a_redirect_to_the_same_name_is_judged_again(web, monkeypatch):
    named(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
    web.serve("/a", redirect("/b"))
    with pytest.raises(FetchRefused):
        await fetch(f"http://rebinding.example:{web.port}/a", user_id=ALICE)
    assert [request.path for request in web.requests] == ["/a"]


async def test_one_inward_address_among_good_ones_refuses_the_name(web, monkeypatch):
    named(monkeypatch, ["127.0.0.1", "127.0.0.2"])
    with pytest.raises(FetchRefused):
        await fetch(f"http://half.example:{web.port}/", user_id=ALICE)
    assert web.requests == []


async def test_the_next_address_of_a_name_is_tried_when_the_first_does_not_answer(web, monkeypatch):
    monkeypatch.setattr(client, "exceptions", lambda: Exceptions.of(["127.0.0.0/8"]))
    named(monkeypatch, ["127.0.0.9", "127.0.0.1"])
    web.add("/a", "<p>hello</p>")
    assert (await fetch(f"http://two.example:{web.port}/a", user_id=ALICE)).body == b"<p>hello</p>"


async def test_closed_private_and_unknown_sound_the_same(web, monkeypatch):
    async def unknown(_host, _port):
        raise OSError("Name or service not known")

    sentences = set()
    closed = web.port + 1 if web.port < 65000 else web.port - 1
    for url in (f"http://127.0.0.1:{closed}/", "http://127.0.0.2/", "http://10.0.0.1/", "http://nobody.example/"):
        monkeypatch.setattr(client, "resolve", unknown)
        with pytest.raises(client.FetchError) as error:
            await fetch(url, user_id=ALICE)
        sentences.add(str(error.value))
    assert sentences == {"The page cannot be reached from here."}


async def test_a_zip_bomb_is_cut_at_the_limit(web):
    bomb = pages.gzip_bomb(200)
    assert len(bomb) < 300_000
    with pytest.raises(FetchFailed, match="larger than 10 MB"):
        await fetch(web.serve("/bomb", bomb), user_id=ALICE)


async def test_a_zip_bomb_does_not_fill_the_memory_before_it_is_cut(web):
    address = web.serve("/bomb", pages.gzip_bomb(60))  # all of it in one read from the socket
    tracemalloc.start()
    try:
        with pytest.raises(FetchFailed):
            await fetch(address, user_id=ALICE)
        assert tracemalloc.get_traced_memory()[1] < 40 * 1024**2
    finally:
        tracemalloc.stop()


async def test_a_bomb_within_a_bomb_is_not_unpacked_twice(web):
    twice = response(gzip.compress(gzip.compress(b"<p>x</p>")), Content_Encoding="gzip, gzip")
    with pytest.raises(FetchFailed, match="cannot be read"):
        await fetch(web.serve("/twice", twice), user_id=ALICE)


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip"])
async def test_a_packing_that_is_not_understood_is_said(web, encoding):
    with pytest.raises(FetchFailed, match="cannot be read"):
        await fetch(web.serve("/x", response(b"not packed at all", Content_Encoding=encoding)), user_id=ALICE)


async def test_a_packed_page_is_unpacked(web):
    assert (await fetch(web.serve("/z", pages.zipped("<p>hello</p>")), user_id=ALICE)).body == b"<p>hello</p>"


async def test_a_page_without_end_ends_at_the_limit(web):
    with pytest.raises(FetchFailed, match="larger than 10 MB"):
        await fetch(web.serve("/endless", pages.endless), user_id=ALICE)


@pytest.mark.parametrize("page", [pages.dripping, pages.silent])
async def test_a_page_that_takes_for_ever_is_given_up(web, impatient, page):
    started = time.monotonic()
    with pytest.raises(FetchFailed, match="took too long"):
        await fetch(web.serve("/slow", page), user_id=ALICE)
    assert time.monotonic() - started < 2


async def test_a_name_server_that_is_silent_is_given_up(web, impatient, monkeypatch):
    async def silent(_host, _port):
        await asyncio.Event().wait()

    monkeypatch.setattr(client, "resolve", silent)
    with pytest.raises(FetchRefused, match="cannot be reached"):
        await fetch("http://slow.example/", user_id=ALICE)


@pytest.mark.parametrize(
    "page", [pages.huge_header, pages.rude, b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhi"]
)
async def test_what_is_not_proper_http_is_one_sentence(web, page):
    with pytest.raises(FetchFailed, match="cannot be read"):
        await fetch(web.serve("/odd", page), user_id=ALICE)


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "404 Not Found", "500 Oops", "204 Empty"])
async def test_an_error_page_is_no_page_and_its_words_are_not_repeated(web, status):
    with pytest.raises(FetchFailed) as error:
        await fetch(web.add("/no", "the internal secret", status=status), user_id=ALICE)
    assert str(error.value) == f"The page answered with status {status[:3]}."


@pytest.mark.parametrize("media_type", ["image/png", "application/octet-stream", "application/zip", "video/mp4", "x"])
async def test_what_is_no_text_is_not_read(web, media_type):
    with pytest.raises(FetchFailed, match="no text"):
        await fetch(web.add("/image", b"\x89PNG", media_type=media_type), user_id=ALICE)


@pytest.mark.parametrize("body", [b"MZ\x90\x00\x03\x00\x00", b"not a PDF"])
async def test_a_false_label_is_not_believed(web, body):
    media_type = "text/html" if body.startswith(b"MZ") else "application/pdf"
    with pytest.raises(FetchFailed, match="no text"):
        await fetch(web.add("/false", body, media_type=media_type), user_id=ALICE)


async def test_a_pdf_is_taken_for_one_whatever_it_is_called(web):
    page = await fetch(web.add("/paper", b"%PDF-1.7 ...", media_type="text/html"), user_id=ALICE)
    assert (page.media_type, page.text) == ("application/pdf", "")


async def test_the_cache_is_alices_alone_and_forgets(web, monkeypatch):
    url = web.add("/a", "<p>hello</p>")
    await fetch(url, user_id=ALICE)
    await fetch(url + "#elsewhere", user_id=ALICE)
    assert len(web.requests) == 1
    await fetch(url, user_id=BOB)
    assert len(web.requests) == 2
    now = time.monotonic()
    monkeypatch.setattr("knowledge.web.cache.time.monotonic", lambda: now + 601)
    await fetch(url, user_id=ALICE)
    assert len(web.requests) == 3


async def test_a_failure_is_not_remembered(web):
    with pytest.raises(FetchFailed):
        await fetch(web.address + "/later", user_id=ALICE)
    assert (await fetch(web.add("/later", "<p>now</p>"), user_id=ALICE)).body == b"<p>now</p>"


def certificate(folder, name):
    """A self-signed certificate for a name, and what serves and what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = Encoding.PEM
    (folder / "pem").write_bytes(key.private_bytes(pem, PrivateFormat.PKCS8, NoEncryption()) + signed.public_bytes(pem))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "pem")
    return serving, ssl.create_default_context(cadata=signed.public_bytes(pem).decode())


async def test_a_certificate_is_checked_by_name_at_the_judged_address(web, monkeypatch, tmp_path):
    serving, trusting = certificate(tmp_path, "shop.example")
    named(monkeypatch, ["127.0.0.1"])
    with LocalWeb(tls=serving) as shop:
        shop.add("/a", "<p>hello</p>")
        with pytest.raises(FetchFailed, match="cannot be reached"):  # nobody vouches for it
            await fetch(f"https://shop.example:{shop.port}/a", user_id=ALICE)
        monkeypatch.setattr(client, "tls", lambda: trusting)
        page = await fetch(f"https://shop.example:{shop.port}/a", user_id=ALICE)
        assert (page.body, shop.requests[0].headers["host"]) == (b"<p>hello</p>", f"shop.example:{shop.port}")
        for other in ("other.example", "127.0.0.1"):
            with pytest.raises(FetchFailed, match="cannot be reached"):
                await fetch(f"https://{other}:{shop.port}/a", user_id=ALICE)
        assert len(shop.requests) == 1


def test_an_entry_that_is_no_host_does_not_close_the_web(monkeypatch, caplog):
    entries = ["wiki.corp", "http://x/", "10.0.0.0/8", "::1", "a b", "127.0.0.1:80"]
    monkeypatch.setattr(client, "conf", SimpleNamespace(fetch_allow=entries))
    allowed = client.exceptions.__wrapped__()
    assert allowed.hosts == {"wiki.corp"}
    assert [str(network) for network in allowed.networks] == ["10.0.0.0/8", "::1/128"]
    assert "'http://x/' is neither a host nor a network" in caplog.text


def test_the_client_costs_nothing_until_it_is_used():
    heavy = "{'httpx', 'httpcore', 'trafilatura', 'lxml', 'tavily', 'openai', 'numpy'}"
    setup = "import django, sys; django.setup(); import knowledge.web.looking, webui.urls"
    done = subprocess.run(
        [sys.executable, "-c", f"{setup}; print({heavy} & set(sys.modules))"],
        env=dict(os.environ, DJANGO_SETTINGS_MODULE="webui.settings"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"


async def test_the_environments_proxy_is_not_asked(web, monkeypatch):
    with LocalWeb() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.address)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        await fetch(web.add("/a", "<p>hello</p>"), user_id=ALICE)
        assert proxy.requests == []


async def test_one_host_hears_no_more_than_two_requests_at_once():
    from knowledge.web.politeness import AT_ONCE, turn_at

    inside, most = 0, 0

    async def ask(host):
        nonlocal inside, most
        async with turn_at(host):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(ask("a.example") for _ in range(9)))
    assert most == AT_ONCE
    await asyncio.gather(*(ask(f"{number}.example") for number in range(9)))
    assert most == 9
