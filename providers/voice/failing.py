"""What goes wrong at a server that hears or speaks, in words for whoever waits for it."""

from django.utils.translation import gettext as _

from providers.base import ProviderError
from providers.failures import Failure
from providers.sentences import error_for


def voice_error(failure: Failure) -> ProviderError:
    """As for answers, but where those words speak of chats and windows."""
    match failure.code:
        case "wrong_path" | "web_page":
            text = _("This server neither hears nor speaks: it has no /v1/audio/. An administrator can choose another.")
            return ProviderError(text, code="unreachable")
        case "context_too_long" | "too_large":
            text = _("This is longer than the speech server takes. Send it in parts.")
            return ProviderError(text, code="too_large")
        case "bad_response" | "empty_answer":
            text = _("The speech server sent something that is neither words nor sound. Try again; if it stays so,"
                     " tell an administrator.")  # fmt: skip
            return ProviderError(text, code="bad_response", retryable=True)
        case "timeout" | "went_silent":
            text = _("The speech server did not answer in time. Try again in a moment, or with something shorter.")
            return ProviderError(text, code="timeout", retryable=True)
        case "unreachable" | "hung_up" | "no_name" | "tls" | "gateway":
            text = _("The speech server cannot be reached. Try again soon; if it stays so, tell an administrator.")
            return ProviderError(text, code="unreachable", retryable=True)
    return error_for(failure)
