"""Test questions as CSV: one line for each passage that is expected. Raises `NotKept`."""

import csv
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from knowledge.golden import keeping
from knowledge.golden.keeping import NotKept
from knowledge.golden.measuring import Expected
from knowledge.models import Library
from knowledge.parsing.separated import rows_of
from knowledge.web import charset

if TYPE_CHECKING:
    from webui.accounts.models import User

COLUMNS = ("question", "document", "quote")
LARGEST = 2_000_000  # bytes
_FORMULA = "=+-@\t\r"


class _Echo:
    """Gives the line that is written to it back."""

    def write(self, line: str) -> str:
        return line


def lines(library: Library) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # so that spreadsheets read names in any script
    yield writer.writerow(COLUMNS)
    for row in library.golden_questions.all():
        for one in row.expected:
            yield writer.writerow([_cell(row.text), _cell(one["name"]), _cell(one["quote"])])


@transaction.atomic
def take_in(library: Library, user: "User", body: bytes) -> int:
    """The number of questions that were kept: all of the file, or none.

    A document that is not there (yet) is remembered by its name.
    """
    documents = {name.casefold(): str(pk) for pk, name in library.documents.values_list("pk", "name")}
    kept = set()
    for question, name, quote in _rows(body):
        expected = Expected(document_id=documents.get(name.casefold(), ""), document_name=name, quote=quote)
        kept.add(keeping.keep(library, user, question, [expected]).pk)
    if not kept:
        raise NotKept(_("There is no question in this file. It needs the columns question, document and quote."))
    return len(kept)


def _rows(body: bytes) -> Iterator[tuple[str, str, str]]:
    if len(body) > LARGEST:
        raise NotKept(_("This file is too large for test questions."))
    places: list[int] = []
    try:
        for row in rows_of(charset.decode(body)):
            if not places:
                names = [cell.strip().lower() for cell in row]
                places = [names.index(column) if column in names else -1 for column in COLUMNS]
                if min(places[:2]) < 0:
                    return
                continue
            question, name, quote = (_uncelled(row[place]) if 0 <= place < len(row) else "" for place in places)
            if question and (name or quote):
                yield question, name[:255], quote[: keeping.LONGEST_QUOTE]
    except csv.Error:
        raise NotKept(_("This file is no table that could be read.")) from None


def _cell(text: str) -> str:
    """A spreadsheet would calculate a text that begins like a formula."""
    return f"'{text}" if text[:1] and text[0] in _FORMULA else text


def _uncelled(text: str) -> str:
    text = text.replace("\x00", "").strip()
    return text[1:] if text[:1] == "'" and text[1:2] and text[1] in _FORMULA else text
