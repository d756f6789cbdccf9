"""SQLite's own way to the disk, made to fail at the n-th write or the n-th sync.

A copy of SQLite's file layer is registered over the real one, through ctypes; it passes every
call on and fails the one asked for. Nothing but Python is needed, and nothing of the program
knows of it.
"""

from __future__ import annotations

import _sqlite3
import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass, field

IOERR_WRITE, IOERR_FSYNC, FULL = 778, 1034, 13

# Pointers are passed on as they are: SQLite keeps more around a path than its letters.
_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)


class _Methods(Structure):
    """``sqlite3_io_methods``: what can be done with an open file."""

    _fields_ = (
        ("version", c_int), ("close", c_void_p), ("read", c_void_p), ("write", c_void_p),
        ("truncate", c_void_p), ("sync", c_void_p), ("rest", c_void_p * 13),
    )  # fmt: skip


class _File(Structure):
    _fields_ = (("methods", POINTER(_Methods)),)


class _Layer(Structure):
    """``sqlite3_vfs``: how files are opened."""

    _fields_ = (
        ("version", c_int), ("file_size", c_int), ("longest_path", c_int), ("next", c_void_p),
        ("name", c_char_p), ("data", c_void_p), ("open", c_void_p), ("rest", c_void_p * 16),
    )  # fmt: skip


@dataclass
class Fault:
    """Fail the FATAL-th write or sync of any file. ``torn`` lets half of a failing write through.

    ``steps`` counts those that came; ``struck`` whether it failed one.
    """

    what: str
    fatal: int
    code: int
    torn: bool = False
    steps: int = field(default=0, init=False)

    def strike(self, what: str) -> bool:
        self.steps += what == self.what
        return what == self.what and self.steps == self.fatal

    @property
    def struck(self) -> bool:
        return self.steps >= self.fatal


class _Failing:
    """The layer that fails, over the default one of the SQLite that Python uses."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        # The library is linked to Python's module, or within Python itself.
        self._sqlite = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
        self._sqlite.sqlite3_vfs_find.restype = c_void_p
        below = self._sqlite.sqlite3_vfs_find(None)
        self._below = c_void_p(below)
        self._layer = _Layer.from_buffer_copy(_Layer.from_address(below))
        self._layer.name = b"failing"
        self._open = _OPEN(self._layer.open)
        self._opened = _OPEN(self._on_open)
        self._layer.open = ctypes.cast(self._opened, c_void_p)
        self._methods: dict[int, _Methods] = {}
        self._kept: list[Callable[..., int]] = []  # what C calls must not be collected

    def _on_open(self, layer: int, path: int, file: int, flags: int, number: int) -> int:
        code = int(self._open(self._below, path, file, flags, number))
        opened = _File.from_address(file)
        if code == 0 and opened.methods:
            opened.methods = ctypes.pointer(self._watched(opened.methods))
        return code

    def _watched(self, methods: ctypes._Pointer[_Methods]) -> _Methods:
        address = ctypes.addressof(methods.contents)
        if address not in self._methods:
            self._methods[address] = self._copy(methods.contents)
        return self._methods[address]

    def _copy(self, methods: _Methods) -> _Methods:
        write, sync = _WRITE(methods.write), _SYNC(methods.sync)

        def on_write(file: int, data: int, size: int, place: int) -> int:
            fault = self.fault
            if fault is None or not fault.strike("write"):
                return int(write(file, data, size, place))
            if fault.torn:
                write(file, data, size // 2, place)
            return fault.code

        def on_sync(file: int, flags: int) -> int:
            fault = self.fault
            struck = fault is not None and fault.strike("sync")
            return fault.code if fault and struck else int(sync(file, flags))

        copy = _Methods.from_buffer_copy(methods)
        for name, kind, call in (("write", _WRITE, on_write), ("sync", _SYNC, on_sync)):
            kept = kind(call)
            self._kept.append(kept)
            setattr(copy, name, ctypes.cast(kept, c_void_p))
        return copy

    def register(self) -> None:
        self._sqlite.sqlite3_vfs_register(ctypes.byref(self._layer), 1)

    def unregister(self) -> None:
        self._sqlite.sqlite3_vfs_unregister(ctypes.byref(self._layer))


@contextmanager
def failing(fault: Fault) -> Iterator[None]:
    """Databases opened in this block meet FAULT; they must be closed within it."""
    layer = _Failing()
    layer.register()
    layer.fault = fault
    try:
        yield
    finally:
        layer.fault = None
        layer.unregister()
