"""What a power cut may leave: the real calls that a program makes on its files are traced, and every state that a disk
could be in after any prefix of them is built.

A disk keeps what was synced. Of the rest it may keep any part: names one without the other, data up to any block, or
blocks of zeros where data was. SQLite is trusted to keep what it committed; each commit is an event with the
database's content.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sereno.runtime.database import Database

BLOCK = 512
DATABASE = "journal.db"
FOLDER = -1
Names = dict[str, int]
"""Path, relative to the traced folder, to the number of a file; ``FOLDER`` for each folder."""


@dataclass(frozen=True, slots=True)
class NameChange:
    """One entry of a folder, or the two of a rename, which a disk changes together."""

    removed: str | None = None
    added: str | None = None
    node: int = 0


@dataclass(frozen=True, slots=True)
class DiskState:
    """What is on its way to the disk and what is there for sure, after some call."""

    call: str
    names: Names
    pending: tuple[NameChange, ...]
    durable: dict[int, bytes]
    live: dict[int, bytes]
    database: bytes | None

    def promised(self) -> dict[str, bytes]:
        """What was synced of each file that has a name now, whether or not the name was."""
        names = _applied(self.names, self.pending)
        return {path: self.durable[node] for path, node in names.items() if node > 0}


@dataclass(frozen=True, slots=True)
class CrashState:
    """One folder that a power cut may leave; ``of`` is where in the run it happened."""

    of: DiskState
    files: dict[str, bytes]
    folders: frozenset[str]

    @property
    def key(self) -> bytes:
        digest = sha256(self.of.database or b"")
        for path in sorted(self.folders):
            digest.update(path.encode() + b"\0")
        for path, content in sorted(self.files.items()):
            digest.update(path.encode() + b"\0" + sha256(content).digest())
        return digest.digest()

    def build(self, folder: Path) -> None:
        folder.mkdir()
        for path in sorted(self.folders):
            (folder / path).mkdir()
        for path, content in self.files.items():
            (folder / path).write_bytes(content)
        if self.of.database is not None and "archive" in self.folders:
            (folder / "archive" / DATABASE).write_bytes(self.of.database)


@dataclass
class Trace:
    """The states after each call beneath ``root`` while ``tracing``."""

    root: Path
    states: list[DiskState] = field(default_factory=list)
    _now: DiskState = field(default_factory=lambda: DiskState("start", {}, (), {}, {}, None))
    _names: Names = field(default_factory=dict)
    """As the running program sees them."""
    _count: int = 0

    @contextmanager
    def tracing(self) -> Iterator[None]:
        notes: dict[str, Callable[..., None]] = {
            "open": self._opened,
            "write": self._written,
            "ftruncate": self._written,
            "fsync": self._synced,
            "fdatasync": self._synced,
            "mkdir": self._made,
            "rename": self._renamed,
            "unlink": self._unlinked,
        }
        wrapped = {name: _followed(getattr(os, name), note) for name, note in notes.items()}
        begin = Database.__init__

        def begun(database: Database, path: Path, *, read_only: bool = False) -> None:
            begin(database, path, read_only=read_only)
            if path.name == DATABASE and not read_only and path.is_relative_to(self.root):
                database.on_commit(lambda: self._committed(path))

        with ExitStack() as patched:
            for name, call in wrapped.items():
                patched.enter_context(patch.object(os, name, call))
            patched.enter_context(patch.object(Database, "__init__", begun))
            yield

    def settle(self) -> None:
        """All that is there now is on the disk: what somebody else wrote, long ago."""
        paths = [path for path in sorted(self.root.rglob("*")) if self._inside(path) is not None]
        self._names = {}
        contents: dict[int, bytes] = {}
        for path in paths:
            name = str(path.relative_to(self.root))
            if path.is_file():
                self._count += 1
                self._names[name], contents[self._count] = self._count, path.read_bytes()
        folders = {str(path.relative_to(self.root)): FOLDER for path in paths if path.is_dir()}
        database = self._now.database
        self._now = DiskState("settle", {**folders, **self._names}, (), contents, dict(contents), database)
        self.states.append(self._now)

    def _inside(self, path: object) -> str | None:
        full = Path(os.fsdecode(path)) if isinstance(path, str | os.PathLike) else None
        if full is None or full == self.root or not full.is_relative_to(self.root) or full.name.startswith(DATABASE):
            return None
        return str(full.relative_to(self.root))

    def _step(self, call: str, change: NameChange | None = None) -> None:
        pending = self._now.pending if change is None else (*self._now.pending, change)
        self._now = replace(self._now, call=call, pending=pending)
        self.states.append(self._now)

    def _look(self, path: str) -> bool:
        """Takes over what a file holds now. Whether it changed."""
        node, content = self._names[path], (self.root / path).read_bytes()
        if self._now.live[node] == content:
            return False
        self._now = replace(self._now, live={**self._now.live, node: content})
        return True

    def _opened(self, path: object, *_flags: int) -> None:
        name = self._inside(path)
        if name is None or (self.root / name).is_dir():
            return
        if name not in self._names:
            self._count += 1
            self._names[name] = self._count
            empty = {self._count: b""}
            self._now = replace(self._now, live=self._now.live | empty, durable=self._now.durable | empty)
            self._step(f"create {name}", NameChange(added=name, node=self._count))
        if self._look(name):
            self._step(f"open {name}")

    def _written(self, descriptor: int, *_what: object) -> None:
        name = self._inside(os.readlink(f"/proc/self/fd/{descriptor}"))
        if name in self._names and self._look(name):
            self._step(f"write {name}")

    def _synced(self, descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        name = "." if path == self.root else self._inside(path)
        if name in self._names:
            if self._look(name):
                self._step(f"write {name}")
            node = self._names[name]
            self._now = replace(self._now, durable={**self._now.durable, node: self._now.live[node]})
            self._step(f"sync {name}")
        elif name is not None and path.is_dir():
            here = [change for change in self._now.pending if _folder(change) == name]
            names = _applied(self._now.names, here)
            later = tuple(change for change in self._now.pending if _folder(change) != name)
            self._now = replace(self._now, names=names, pending=later)
            self._step(f"sync folder {name}")

    def _made(self, path: object, *_mode: int) -> None:
        name = self._inside(path)
        if name is not None:
            self._step(f"mkdir {name}", NameChange(added=name, node=FOLDER))

    def _renamed(self, path: object, target: object) -> None:
        name, new = self._inside(path), self._inside(target)
        if name in self._names and new is not None:
            self._names[new] = self._names.pop(name)
            self._step(f"rename {name} {new}", NameChange(removed=name, added=new, node=self._names[new]))

    def _unlinked(self, path: object) -> None:
        name = self._inside(path)
        if name in self._names:
            del self._names[name]
            self._step(f"unlink {name}", NameChange(removed=name))

    def _committed(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            content = connection.serialize()
        # as no database in WAL mode, so that it can be read from memory too. Source: sqlite.org/fileformat2.html
        self._now = replace(self._now, database=content[:18] + b"\x01\x01" + content[20:])
        self._step("commit")


def _followed(real: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        result = real(*arguments, **named)
        note(*arguments)
        return result

    return call


def _folder(change: NameChange) -> str:
    """Whose sync makes it durable."""
    name = change.added or change.removed or ""
    return str(Path(name).parent)


def _applied(names: Names, changes: Sequence[NameChange]) -> Names:
    after = dict(names)
    for change in changes:
        if change.removed is not None:
            after.pop(change.removed, None)
        if change.added is not None:
            after[change.added] = change.node
    return after


def crash_states(state: DiskState) -> Iterator[CrashState]:
    """What a power cut at this moment may leave."""
    every = _applied(state.names, state.pending)
    for kept in _parts(state.pending):
        names = _applied(state.names, kept)
        yield _state(state, names, state.live)
        yield _state(state, names, state.durable)
    for node, content in state.live.items():
        for torn in _torn(state.durable[node], content):
            yield _state(state, every, {**state.live, node: torn})


def _state(of: DiskState, names: Names, contents: dict[int, bytes]) -> CrashState:
    folders = {path for path, node in names.items() if node == FOLDER}
    there = {path for path in names if all(str(each) in folders for each in list(Path(path).parents)[:-1])}
    files = {path: contents[names[path]] for path in there if names[path] != FOLDER}
    return CrashState(of, files, frozenset(folders & there))


def _parts(pending: Sequence[NameChange]) -> Iterator[tuple[NameChange, ...]]:
    """Every part of a few; of many each beginning, and all but one."""
    if len(pending) <= 3:
        for count in range(len(pending) + 1):
            yield from combinations(pending, count)
        return
    for at in range(len(pending) + 1):
        yield tuple(pending[:at])
        yield (*pending[:at], *pending[at + 1 :])


def _torn(durable: bytes, live: bytes) -> Iterator[bytes]:
    """Content that grew, as far as some block, or with zeros in place of one."""
    if live == durable or not live.startswith(durable):
        return
    ends = [end for end in range(len(durable) // BLOCK * BLOCK + BLOCK, len(live), BLOCK)]
    for end in ends[:: max(1, len(ends) // 8)]:
        yield live[:end]
        began = max(len(durable), end - BLOCK)
        yield live[:began] + bytes(end - began) + live[end:]
