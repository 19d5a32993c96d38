"""What search engines do not do, in sentences for the person who asked. Loads no HTTP client."""

from django.utils.translation import gettext as _

from knowledge.passages import SearchError


def refusal(name: str, status: int) -> SearchError:
    """What a status that is no success means, in a sentence."""
    match status:
        case 401:
            said = _("%(engine)s does not accept the API key. An administrator can correct it.")
        case 402 | 403 | 429 | 432:
            said = _("%(engine)s refuses the search: the plan's limit is used up, or the key may not search.")
        case 400 | 413 | 414 | 422:
            said = _("%(engine)s did not understand this search. Put it in other words.")
        case _:
            return SearchError(
                _("%(engine)s answered with an error (status %(status)s).") % {"engine": name, "status": status}
            )
    return SearchError(said % {"engine": name})


def not_installed(engine: str, package: str) -> str:
    said = _("%(engine)s needs the package %(package)s, which is not installed on this server: pip install %(package)s")
    return said % {"engine": engine, "package": package}


def too_slow(name: str) -> str:
    return _("%(engine)s did not answer in time. Try again in a moment.") % {"engine": name}


def unusable(name: str) -> str:
    return _("%(engine)s sent an answer that cannot be read.") % {"engine": name}
