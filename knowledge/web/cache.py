"""Pages a person has just fetched: for some minutes, bounded in bytes, never shared between people."""

import time
from collections import OrderedDict
from typing import Any, Generic, TypeVar
from weakref import WeakSet

Value = TypeVar("Value")
Key = tuple[int, str]  # who, what
_all: "WeakSet[PageCache[Any]]" = WeakSet()


class PageCache(Generic[Value]):
    def __init__(self, *, seconds: float, largest: int) -> None:
        self._seconds = seconds
        self._largest = largest
        self._size = 0
        self._kept: OrderedDict[Key, tuple[float, int, Value]] = OrderedDict()
        _all.add(self)

    def get(self, key: Key) -> Value | None:
        if key not in self._kept:
            return None
        until, _size, value = self._kept[key]
        if time.monotonic() > until:
            self._drop(key)
            return None
        return value

    def put(self, key: Key, value: Value, size: int) -> None:
        """`size` in bytes. The oldest make room; what is larger than a quarter of all is not kept."""
        self._drop(key)
        if size * 4 > self._largest:
            return
        self._kept[key] = (time.monotonic() + self._seconds, size, value)
        self._size += size
        while self._size > self._largest or len(self._kept) > 1000:
            self._drop(next(iter(self._kept)))

    def clear(self) -> None:
        self._kept.clear()
        self._size = 0

    def _drop(self, key: Key) -> None:
        if key in self._kept:
            self._size -= self._kept.pop(key)[1]


def clear_all() -> None:
    for each in _all:
        each.clear()
