"""Failures in words for the person who asked: what failed, whose side, what to do."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later
from django.utils.translation import ngettext

from providers.base import ProviderError
from providers.failures import Failure

# finer code: (code of ProviderError, whether trying again may help, sentence)
_SENTENCES: dict[str, tuple[str, bool, str | Promise]] = {
    "unreachable": (
        "unreachable",
        True,
        _later(
            "The model server cannot be reached: it may be stopped, or its address may be wrong."
            " Try again in a moment; if it stays so, tell an administrator."
        ),
    ),
    "hung_up": (
        "unreachable",
        True,
        _later("The model server hung up before it answered. Try again in a moment."),
    ),
    "gateway": (
        "unreachable",
        True,
        _later("A gateway answered in place of the model server, which seems to be down. Try again in a moment."),
    ),
    "wrong_path": (
        "unreachable",
        False,
        _later(
            "There is a server at the connection's address, but no chat at that path."
            " An administrator has to correct the address."
        ),
    ),
    "redirected": (
        "unreachable",
        False,
        _later(
            "The model server sends us on to another address, and keys are not carried along."
            " An administrator has to enter the final address."
        ),
    ),
    "web_page": (
        "bad_response",
        False,
        _later(
            "A web page answered in place of a model, perhaps a sign-in page."
            " An administrator has to check the connection's address."
        ),
    ),
    "timeout": (
        "timeout",
        True,
        _later("The model server did not answer in time. It may still be loading the model; try again in a moment."),
    ),
    "went_silent": (
        "timeout",
        True,
        _later("The model server went silent in the middle of the answer. What had arrived is kept; try again."),
    ),
    "too_long": (
        "timeout",
        False,
        _later("The answer took longer than is allowed here and was ended. What had arrived is kept."),
    ),
    "unauthorized": (
        "unauthorized",
        False,
        _later(
            "The model server refused the key of this connection, or wants one. An administrator has to correct it."
        ),
    ),
    "model_not_found": (
        "model_not_found",
        False,
        _later("The model server does not have this model any more. Choose another one."),
    ),
    "not_pulled": (
        "model_not_found",
        False,
        _later(
            "The Ollama server does not have this model (any more). Choose another one; an administrator can pull it"
            " in the administration, under Ollama."
        ),
    ),
    "rate_limited": (
        "rate_limited",
        True,
        _later("The model server limits how much may be asked of it. Wait a little and try again."),
    ),
    "overloaded": (
        "overloaded",
        True,
        _later("The model server is busy or is still loading the model. Try again in a moment."),
    ),
    "loading": (
        "overloaded",
        True,
        _later("The model server is still loading the model, for longer than we wait. Try again in a few minutes."),
    ),
    "context_too_long": (
        "context_too_long",
        False,
        _later(
            "This is too long for the model. Shorten the question, start a new chat, or choose a model with a larger"
            " window."
        ),
    ),
    "bad_request": ("bad_request", False, _later("The model server did not accept the request.")),
    "no_images": (
        "bad_request",
        False,
        _later("This model cannot see images. Choose one that can, or ask without the image."),
    ),
    "image_by_address": (
        "bad_request",
        False,
        _later("This model server takes images only as files, not as addresses. Attach the image itself."),
    ),
    "server_error": ("bad_response", True, _later("The model server failed. Try again in a moment.")),
    "bad_response": (
        "bad_response",
        True,
        _later("The model server sent something that cannot be read as an answer. Try again."),
    ),
    "cut_off": (
        "cut_off",
        True,
        _later("The model server broke off, so the answer may be incomplete. What had arrived is kept; try again."),
    ),
    "empty_answer": (
        "empty_answer",
        True,
        _later("The model finished without saying anything. Ask again, or choose another model."),
    ),
    "only_thought": (
        "empty_answer",
        True,
        _later(
            "The model thought about it but never came to an answer. Ask again, allow longer answers,"
            " or choose another model."
        ),
    ),
    "withheld": (
        "empty_answer",
        False,
        _later("The model server withheld the answer because of its content filter. Word the question differently."),
    ),
    "too_large": (
        "too_large",
        False,
        _later("The model server sent more than an answer may hold, so it was ended. What had arrived is kept."),
    ),
}
# For these the server's own words help the person; elsewhere they may hold a key or say nothing.
_QUOTED = {"bad_request", "server_error", "rate_limited"}


def error_for(failure: Failure) -> ProviderError:
    """The failure as the one error of providers."""
    code, retryable, sentence = _SENTENCES.get(failure.code, _SENTENCES["bad_response"])
    text = _with_numbers(failure) or str(sentence)
    if failure.said and failure.code in _QUOTED:
        text = _("%(sentence)s It says: “%(said)s”") % {"sentence": text, "said": failure.said}
    prompt = failure.asked
    if failure.window and failure.room is not None:  # what was asked for may hold the answer that was wished for too
        prompt = failure.window - failure.room
    return ProviderError(text, code=code, retryable=retryable, prompt=prompt, window=failure.window)


def _with_numbers(failure: Failure) -> str:
    """The sentence with the figures the server gave, where it gave any."""
    if failure.code == "context_too_long" and failure.window and failure.asked:
        return _(
            "This is too long for the model: %(asked)s tokens were sent and its window holds %(window)s."
            " Shorten the question, start a new chat, or choose a model with a larger window."
        ) % {"asked": f"{failure.asked:,}", "window": f"{failure.window:,}"}
    if failure.code == "rate_limited" and failure.retry_after:
        seconds = max(1, round(failure.retry_after))
        return ngettext(
            "The model server limits how much may be asked of it. Try again in %(seconds)d second.",
            "The model server limits how much may be asked of it. Try again in %(seconds)d seconds.",
            seconds,
        ) % {"seconds": seconds}
    return ""
