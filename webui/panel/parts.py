"""The parts of the administration that can be given to somebody who is no administrator: which pages each one opens.

A page that is in no part is an administrator's alone; so is every new one. Giving rights, signing in, groups, limits,
links to passwords and reading of chats are in none: whoever has those could take everything else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`pages` are names of addresses, or what they begin with where a star ends them; `first` is where one arrives."""

    label: str | Promise
    meaning: str | Promise
    first: str
    pages: tuple[str, ...]

    def opens(self, page: str) -> bool:
        return any(page.startswith(name[:-1]) if name.endswith("*") else page == name for name in self.pages)


PARTS = {
    "people": Part(
        label=_("People"),
        meaning=_("lets people in, disables them and signs them out; nobody who administers"),
        first="panel_people",
        pages=("panel_people", "panel_person", "panel_person_new", "panel_person_decide", "panel_person_sees"),
    ),
    "models": Part(
        label=_("Models"),
        meaning=_("connects servers, decides who may use which model, sees usage"),
        first="panel_connections",
        pages=(
            "panel_connection*", "panel_doctor*", "panel_toy", "panel_model*", "panel_new_models", "panel_matrix*",
            "panel_ollama*", "panel_usage*", "panel_check*", "panel_voice", "panel_image*",
        ),
    ),
    "knowledge": Part(
        label=_("Retrieval and web search"),
        meaning=_("sets how documents are read and found, and which search engines are asked"),
        first="panel_retrieval",
        pages=("panel_retrieval*", "panel_search*"),
    ),
    "system": Part(
        label=_("System"),
        meaning=_("sees the health page and writes notices for everybody"),
        first="panel_health",
        pages=("panel_health", "panel_banner*"),
    ),
    "audit": Part(
        label=_("Audit log"),
        meaning=_("reads the audit log"),
        first="panel_audit",
        pages=("panel_audit*",),
    ),
}  # fmt: skip
# What those who have the part "people" may decide, and about nobody who has a part of the administration.
HELPERS_DECIDE = ("approve", "refuse", "disable", "enable", "sign-out")


def opens(person: Any, page: str) -> bool:
    """Whether this person, as the database has them now, may open the page of this name."""
    if not getattr(person, "is_active", False):
        return False
    return person.is_superuser or any(part.opens(page) for part in of(person.parts))


def of(names: Iterable[str]) -> list[Part]:
    """In our order; a name that is no part any more opens nothing."""
    wanted = set(names)
    return [part for name, part in PARTS.items() if name in wanted]
