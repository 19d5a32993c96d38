"""Messages (EML): who, to whom, when, what about; then the text. Attachments are named, not opened."""

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

from knowledge.parsing import sentences
from knowledge.parsing.base import Block, Note, ParsedFile, ParseError, with_text
from knowledge.parsing.html import read_page
from knowledge.parsing.text import decode, is_text

MOST_MESSAGES = 5
_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_LONGEST_HEADER = 1000
_LONGEST_LIST = 500


class MailReader:
    extensions: tuple[str, ...] = ("eml",)
    media_type = "message/rfc822"
    parser = "email"

    def recognises(self, head: bytes) -> bool:
        return is_text(head) and b":" in head

    def read(self, path: Path) -> ParsedFile:
        import email
        from email import policy

        with path.open("rb") as file:
            message = email.message_from_binary_file(file, policy=policy.default)
        if not any(message[name] for name in _HEADERS):
            raise ParseError(sentences.WRONG_TYPE, extension=self.extensions[0])
        names: list[str] = []
        blocks = with_text(_message(message, (), names))
        notes: tuple[Note, ...] = ()
        if names:
            notes = ((sentences.ATTACHMENTS_LEFT_OUT, {"names": ", ".join(names)[:_LONGEST_LIST]}),)
        return ParsedFile(blocks=blocks, notes=notes)


def _message(message: EmailMessage, above: tuple[str, ...], names: list[str], level: int = 1) -> Iterator[Block]:
    """`names` collects those of the attachments."""
    subject = _header(message, "Subject")
    heading = (*above, subject) if subject else above
    lines = [f"{name}: {text}" for name in _HEADERS if (text := _header(message, name))]
    inner: list[EmailMessage] = []
    own: list[str] = []
    for part in _attachments(message):
        if part.get_content_type() == "message/rfc822" and level < MOST_MESSAGES:
            inner += [one for one in part.get_payload() if isinstance(one, EmailMessage)]
        else:
            own.append(_file_name(part))
    lines += [f"Attachment: {name}" for name in own]
    names += own
    yield Block(text="\n".join(lines), heading=heading)
    for block in _body(message):
        yield Block(text=block.text, heading=(*heading, *block.heading), table=block.table)
    for one in inner:
        yield from _message(one, heading, names, level + 1)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message[name] or "").split())[:_LONGEST_HEADER]
    except (ValueError, TypeError, IndexError, AttributeError):
        # Addresses and dates that the library's own grammar stumbles over.
        return ""


def _attachments(message: EmailMessage) -> Iterator[EmailMessage]:
    """Its own: those of a message that it brings belong to that one."""
    if message.get_content_maintype() != "multipart":
        return
    for part in message.get_payload():
        if not isinstance(part, EmailMessage):
            continue
        if part.get_content_type() == "message/rfc822" or _is_attached(part):
            yield part
        else:
            yield from _attachments(part)


def _is_attached(part: EmailMessage) -> bool:
    return not part.is_multipart() and (part.is_attachment() or bool(part.get_filename()))


def _file_name(part: EmailMessage) -> str:
    try:
        name = part.get_filename() or part.get_content_type()
    except (ValueError, TypeError):
        name = part.get_content_type()
    return " ".join(name.replace("\\", "/").rpartition("/")[2].split())[:120] or "?"


def _body(message: EmailMessage) -> tuple[Block, ...]:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ()
    payload = part.get_payload(decode=True)
    text = _text(payload if isinstance(payload, bytes) else b"", part.get_content_charset() or "")
    if part.get_content_subtype() == "html":
        return read_page(text).blocks
    return (Block(text=text.strip()),)


def _text(payload: bytes, label: str) -> str:
    """The label is believed when the bytes agree with it."""
    try:
        return payload.decode(label).replace("\r\n", "\n") if label else decode(payload)
    except (LookupError, UnicodeDecodeError):
        return decode(payload)
