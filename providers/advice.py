"""Why a connection has no models, for the administrator who can mend it: one sentence, and a hint where one helps."""

from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later

from providers.addresses import is_this_machine

_ADVICE: dict[str, str | Promise] = {
    "unreachable": _later("Nothing answers at %(url)s. Is the server running, and is that its port?"),
    "no_name": _later(
        "The name %(host)s is not known to this server. Check the spelling; the chat server looks it up,"
        " not your browser."
    ),
    "timeout": _later(
        "%(host)s did not answer within 5 seconds. A firewall may be in the way, or the server is very busy."
    ),
    "tls": _later(
        "No trusted https connection to %(host)s can be made. If the server has no certificate, write http:// in"
        " front of the address."
    ),
    "no_list": _later(
        "%(url)s has a chat but does not tell its models. Add their names by hand below, as the server spells them."
    ),
    "no_models": _later("The server at %(url)s is up but offers no model. Load one there, then refresh."),
    "web_page": _later(
        "A web page answers at %(url)s, not a model server. It may be the server's own chat page: use the port of its"
        " API."
    ),
    "wrong_path": _later(
        "A server answers at %(url)s, but neither OpenAI's API nor Ollama's is there. Paste the address that its"
        " manual calls the base URL."
    ),
    "gateway": _later("A gateway answers at %(url)s, but the model server behind it is down."),
    "overloaded": _later("The server at %(url)s is busy or still loading. Refresh in a moment."),
    "loading": _later("The server at %(url)s is busy or still loading. Refresh in a moment."),
    "redirected": _later(
        "%(url)s sends us on to another address, and keys are not carried along. Enter the final address."
    ),
    "bad_response": _later("What answers at %(url)s is not a list of models."),
    "server_error": _later("The server at %(url)s failed when it was asked for its models."),
    "rate_limited": _later("The server at %(url)s limits how often it may be asked. Refresh in a moment."),
    "ourselves": _later("%(url)s is this very server, not a model server."),
    "unreadable_key": _later(
        "The stored key was encrypted with another WEBUI_SECRET_KEY and cannot be read. Enter it again."
    ),
}
_ADDRESSES: dict[str, str | Promise] = {
    "empty": _later("Enter the address of the model server, such as http://gpu-box:8000."),
    "scheme": _later("Only addresses that begin with http:// or https:// can be used."),
    "credentials": _later(
        "Leave the user name and password out of the address. A key belongs in the field for the key."
    ),
    "forbidden": _later("No model server is at this address: it is reserved, and clouds hand out credentials there."),
    "unreadable": _later("This cannot be read as an address. It should look like http://gpu-box:8000."),
}


def is_about_the_address(code: str) -> bool:
    """Whether the code says why there is no list of models; others are about an answer."""
    return code == "unauthorized" or code in _ADVICE


def advice(code: str, url: str, *, with_key: bool = False) -> str:
    """The sentence for the outcome of a discovery; '' when all is well."""
    if not code:
        return ""
    host = urlsplit(url).netloc or url
    if code == "unauthorized":
        if with_key:
            return _("%(host)s refused the key. Enter it again.") % {"host": host}
        return _("%(host)s wants a key. Enter it in the field for the key.") % {"host": host}
    text = str(_ADVICE.get(code, _ADVICE["bad_response"])) % {"url": url, "host": host}
    hint = _hint(url) if code in ("unreachable", "timeout", "no_name") else ""
    return f"{text} {hint}" if hint else text


def address_advice(code: str) -> str:
    """The sentence for a `BadAddress`."""
    return str(_ADDRESSES.get(code, _ADDRESSES["unreadable"]))


def _hint(url: str) -> str:
    if not is_this_machine(url):
        return ""
    if in_container():
        return _(
            "This server runs in a container, where localhost is the container itself:"
            " use host.docker.internal or the host's own address."
        )
    return _("localhost here means the machine on which this chat server runs, not the one with your browser.")


@cache
def in_container() -> bool:
    return any(Path(mark).exists() for mark in ("/.dockerenv", "/run/.containerenv"))
