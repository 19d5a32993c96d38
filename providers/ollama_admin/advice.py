"""Why work on an Ollama server failed: a sentence for the administrator, with the server's own words where useful."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later

from providers.failures import Failure

_SENTENCES: dict[str, str | Promise] = {
    "unreachable": _later("The Ollama server cannot be reached. Is it running, and is its address right?"),
    "timeout": _later("The Ollama server did not answer in time. It may be busy; try again in a moment."),
    "cut_off": _later("The Ollama server broke off. Try again: what has been pulled already is kept."),
    "unauthorized": _later("The Ollama server refused the key of this connection, or wants one."),
    "no_such_model": _later(
        "There is no model of this name where Ollama looks for it. Check the spelling and the tag behind the colon."
    ),
    "not_here": _later("The Ollama server does not have this model (any more)."),
    "private": _later(
        "The model is not public, or not under this name. The Ollama server would have to be signed in to get it."
    ),
    "disk_full": _later("The disk of the Ollama server is full. Delete models that nobody needs, then try again."),
    "too_old": _later("This model needs a newer version of Ollama. Update the server, then try again."),
    "no_way_out": _later(
        "The Ollama server cannot reach the place that models come from. A proxy or a mirror has to be set on that"
        " server (HTTPS_PROXY), not here."
    ),
    "damaged": _later("What arrived is not what was sent: the checksum differs. Try again."),
    "not_gguf": _later("Ollama cannot read this file as a model. It has to be a whole GGUF file."),
    "no_memory": _later("There is not enough memory on the Ollama server to load this model."),
    "file_missing": _later("The uploaded file is not here any more. Upload it again."),
    "local_disk_full": _later("The disk of this chat server is full."),
    "unreadable_key": _later(
        "The stored key was encrypted with another WEBUI_SECRET_KEY and cannot be read. Enter it again."
    ),
    "overloaded": _later("The Ollama server is busy. Try again in a moment."),
    "internal": _later("This failed for a reason of our own, which is in the log of the chat server."),
}
_MARKS = (
    ("disk_full", r"no space left|disk (?:is )?full|not enough (?:disk )?space"),
    ("too_old", r"newer version of ollama|requires? a newer"),
    ("no_such_model", r"file does not exist|manifest unknown|repository not found|invalid model name|\b400: .*hf\.co"),
    ("private", r"access denied|unauthorized|not authorized|authentication required|gated"),
    (
        "no_way_out",
        r"dial tcp|no such host|i/o timeout|max retries|tls handshake|connection refused|proxyconnect",
    ),
    ("damaged", r"digest mismatch"),
    ("not_gguf", r"invalid file magic|unsupported (?:architecture|content type)|unknown (?:type|data format)|gguf"),
    ("no_memory", r"requires more system memory|out of memory|cudaMalloc|insufficient memory"),
)
# For these the server's words add nothing.
_UNQUOTED = {"unreachable", "timeout", "cut_off", "unauthorized", "file_missing", "unreadable_key", "internal"}


def code_of(failure: Failure) -> str:
    """What went wrong, more finely than for a chat."""
    said = failure.said.lower()
    found = next((code for code, marks in _MARKS if re.search(marks, said, re.IGNORECASE)), None)
    if found and failure.code not in ("unreachable", "timeout"):
        return found
    return "not_here" if failure.code == "model_not_found" else failure.code


def sentence(code: str, said: str = "") -> str:
    """The sentence for a code of `code_of`; '' when nothing is wrong."""
    if not code:
        return ""
    text = str(_SENTENCES.get(code, _later("The Ollama server could not do this.")))
    if said and code not in _UNQUOTED:
        return _("%(sentence)s It says: “%(said)s”") % {"sentence": text, "said": said}
    return text
