"""The products whose files are read, and which of them a piece of a file is of."""

from collections.abc import Iterator
from typing import Protocol

from chat.importing.chatbox import Chatbox
from chat.importing.chatgpt import ChatGpt
from chat.importing.cherry import CherryStudio
from chat.importing.claude import Claude
from chat.importing.fields import Record
from chat.importing.librechat import LibreChat
from chat.importing.openwebui import OpenWebui
from chat.importing.own import Own
from chat.importing.shapes import Chat, Unreadable


class Product(Protocol):
    """`name` is part of the ids of what is imported, and never changes; `label` is what people call it."""

    name: str
    label: str

    def recognises(self, thing: Record) -> bool:
        """Whether an object is of this product: an entry of the list that a file is, or the whole file."""
        ...

    def chats(self, thing: Record) -> Iterator[Chat | Unreadable]:
        """The chats in it; one that cannot be read is given as the reason, or raised where there is only one."""
        ...


PRODUCTS: tuple[Product, ...] = (Own(), OpenWebui(), ChatGpt(), Claude(), CherryStudio(), Chatbox(), LibreChat())


def product_of(thing: object) -> Product | None:
    if not isinstance(thing, dict):
        return None
    return next((product for product in PRODUCTS if product.recognises(thing)), None)


def labels() -> list[str]:
    return [product.label for product in PRODUCTS]


def label_of(name: str) -> str:
    return next((product.label for product in PRODUCTS if product.name == name), name)
