"""What went wrong at a server that makes pictures: found in its own words, told in a sentence. Pure but for gettext."""

import json
import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from providers.base import ProviderError

_MEMORY = re.compile(r"out of memory|outofmemory|not enough (?:gpu |video |v)?(?:memory|ram)|cuda error", re.I)
_REFUSED = re.compile(r"moderation|content[_ ]policy|safety (?:system|filter)|content_filter|nsfw", re.I)
_MODEL = re.compile(r"model.{0,80}(?:not found|does not exist|not exist|unknown)|model_not_found|ckpt_name", re.I)
_KEY = re.compile(r"api[ _-]?key|unauthori[sz]ed|not authenticated|incorrect (?:user|password|credentials)", re.I)
_LONGEST = 240

_Sentence = str | Promise
# code -> (sentence, whether the same may work in a moment)
SENTENCES: dict[str, tuple[_Sentence, bool]] = {
    "unreachable": (_("“%(server)s” cannot be reached. Try again in a moment, or tell an administrator."), True),
    "timeout": (_("“%(server)s” made no picture in the %(seconds)s seconds that it is given. Try again later."), True),
    "queue_stuck": (_("The queue of “%(server)s” did not move for %(seconds)s seconds. Try again later."), True),
    "unauthorized": (
        _("“%(server)s” turns us away: its key is missing or wrong. Tell an administrator."),
        False,
    ),
    "wrong_path": (_("What answers at the address of “%(server)s” makes no pictures. Tell an administrator."), False),
    "model_not_found": (_("“%(server)s” does not have the model that is set for it. Tell an administrator."), False),
    "rate_limited": (_("“%(server)s” takes no more pictures from us at the moment. Try again later."), True),
    "out_of_memory": (_("“%(server)s” ran out of memory. Ask for a smaller picture, or for fewer at once."), True),
    "refused": (_("“%(server)s” does not draw this. Word it differently."), False),
    "bad_request": (_("“%(server)s” did not understand what it was asked."), False),
    "server_error": (_("“%(server)s” failed while it was drawing."), True),
    "cut_off": (_("The line to “%(server)s” broke before the picture was there. Try again."), True),
    "bad_response": (_("“%(server)s” answered something that is no answer to that. Tell an administrator."), True),
    "not_a_picture": (_("What “%(server)s” sent is not a picture that can be opened."), True),
    "too_large": (_("“%(server)s” sent more than is taken for a picture."), False),
    "nothing_made": (_("“%(server)s” ended its work without a picture."), True),
    "forbidden_address": (_("“%(server)s” named an address for its picture that is never called."), False),
    "missing_node": (_("The workflow needs a node that “%(server)s” does not have."), False),
    "no_edits": (_("“%(server)s” makes pictures and changes none."), False),
    "interrupted_there": (_("The work was ended on “%(server)s” itself, by somebody else."), True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Words failures for one server."""

    server: str
    seconds: int = 0

    def failed(self, code: str, said: str = "") -> ProviderError:
        """The failure as it is raised; `said` are the server's own words."""
        sentence, retryable = SENTENCES[code]
        text = str(sentence) % {"server": self.server, "seconds": self.seconds}
        if said := _short(said):
            text = f"{text} {_('Its words:')} {said}"
        return ProviderError(text, code=code, retryable=retryable)

    def refusal(self, status: int, body: bytes) -> ProviderError:
        """What an error answer means, by its status and its words."""
        said = said_in(body)
        return self.failed(code_of(status, said), "" if status in (404, 405) else said)


def code_of(status: int, said: str) -> str:
    """One of `SENTENCES`, for an answer with this status and these words; status 0 where there was none."""
    if _MEMORY.search(said):
        return "out_of_memory"
    if _REFUSED.search(said):
        return "refused"
    if status in (401, 403) or (status == 400 and _KEY.search(said)):
        return "unauthorized"
    if _MODEL.search(said):
        return "model_not_found"
    if status in (404, 405) or 300 <= status < 400:
        return "wrong_path"
    if status == 429:
        return "rate_limited"
    if status in (408, 504):
        return "timeout"
    if status == 413:
        return "too_large"
    return "bad_request" if 400 <= status < 500 else "server_error"


def said_in(body: bytes) -> str:
    """The words for people in an error of any of the three shapes; '' in a web page."""
    text = body[:65_536].decode(errors="replace")
    try:
        found = json.loads(text)
    except ValueError:
        return "" if "<" in text[:200] else text
    match found:
        case {"error": {"message": str(words), "details": str(more)}, "node_errors": nodes}:
            return " ".join(filter(None, [words, more, _of_nodes(nodes)]))
        case {"error": {"message": str(words)}} | {"errors": str(words)} if words:
            return _with_code(found, words)
        case {"detail": str(words)} | {"error": str(words)} | {"message": str(words)} if words:
            return words
        case {"detail": [*items]}:
            return "; ".join(str(item.get("msg", item)) for item in items[:3] if isinstance(item, dict))
    return ""


def _with_code(found: dict[str, object], words: str) -> str:
    """`code` says more surely than words what is meant."""
    inner = found.get("error")
    code = inner.get("code") if isinstance(inner, dict) else inner
    return f"{words} ({code})" if isinstance(code, str) and code and code not in words else words


def _of_nodes(nodes: object) -> str:
    """The first complaint of ComfyUI about a node of the workflow."""
    for node, problem in nodes.items() if isinstance(nodes, dict) else ():
        for error in problem.get("errors") or () if isinstance(problem, dict) else ():
            if isinstance(error, dict):
                return f"{problem.get('class_type', node)}: {error.get('message', '')} {error.get('details', '')}"
    return ""


def _short(text: str) -> str:
    text = " ".join(re.sub(r"<[^>]*>", " ", text).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
