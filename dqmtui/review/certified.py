"""Certification JSON as masks of runs: the newest ones by DIALS, or a file of the person's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dqmtui.model.certification import data_taking_class, read_certification
from dqmtui.model.lsmask import LSMask, MaskError
from dqmtui.review.facts import Notice, Severity
from dqmtui.review.named import CERTIFIED
from dqmtui.services.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dqmtui.model.certification import Certification
    from dqmtui.model.keys import RunKey
    from dqmtui.review.datalayer import DataLayer

LARGEST_BYTES = 64 << 20
"""A certification JSON of a whole year has some hundred kB."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One certification JSON: of a kind for a class of data taking, or a file."""

    workspace: str
    class_name: str
    kind: str
    file: str = ""

    @property
    def group(self) -> str:
        """Name of the task that loads it."""
        return f"certification {self.class_name} {self.kind} {self.file}"


@dataclass(frozen=True, slots=True, eq=False)
class Certified:
    """A certification JSON: its name, and the LS of each run that it has."""

    name: str
    ranges: Certification

    def mask(self, run: int) -> LSMask:
        """Give the LS of a run; one that it does not have has none."""
        return self.ranges.get(run, LSMask())

    def said_missing(self, run: int, name: str) -> str:
        """Say that a run is not in it, whose mask is called `name`; "" when it is."""
        return "" if run in self.ranges else f"{self.name} does not have run {run}: no LS of it is {name}"


async def published(data: DataLayer, workspace: str, class_name: str, kind: str) -> Certified:
    """Get the newest published certification JSON of a kind and class of data taking; raises ServiceError."""
    newest = await data.certification(workspace, class_name, kind)
    return Certified(newest.name, {run: LSMask.of(*map(list, parts)) for run, parts in newest.ranges.items()})


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """What a certification JSON says, and its name; no ranges: it could not be had."""

    name: str
    ranges: Certification | None = None


class CertifiedMasks:
    """The certification JSONs that expressions have named: each is loaded once.

    `start` runs a task of a group beside the loading, `came` is called when one has come, `tell` gets what
    the person should know. All in the event loop's thread.
    """

    def __init__(
        self,
        data: DataLayer,
        start: Callable[[str, Callable[[], Awaitable[None]]], None],
        came: Callable[[], None],
        tell: Callable[[Notice], None],
    ) -> None:
        self._data = data
        self._start = start
        self._came = came
        self._tell = tell
        self._known: dict[_Wanted, _Known | None] = {}
        self._said: set[tuple[_Wanted, RunKey]] = set()
        self.file = ""
        """The person's golden JSON, "" for the newest published one."""

    def mask(self, name: str, run: RunKey, dataset: str) -> LSMask | None:
        """Give the LS that a certification JSON has of a run, None while it is not known.

        A run that the file does not have has no certified LS.
        """
        known = self._known.get(self._wanted(name, run, dataset))
        if known is None or known.ranges is None:
            return None
        return known.ranges.get(run.run, LSMask())

    def is_coming(self, name: str, run: RunKey, dataset: str) -> bool:
        """Tell whether a certification JSON has been asked for and has not come."""
        wanted = self._wanted(name, run, dataset)
        return wanted in self._known and self._known[wanted] is None

    def want(self, name: str, run: RunKey, dataset: str) -> None:
        """Load a certification JSON unless that was tried, and say once if it does not have the run."""
        wanted = self._wanted(name, run, dataset)
        if wanted not in self._known:
            self._known[wanted] = None
            self._start(wanted.group, lambda: self._load(wanted))
        self._say_if_missing(wanted, name, run)

    def forget(self) -> None:
        """Let what could not be had be asked for again."""
        self._known = {wanted: known for wanted, known in self._known.items() if known and known.ranges}

    def said(self, name: str, run: RunKey, dataset: str) -> str:
        """Name the file that a mask comes from, "" while it is not known."""
        known = self._known.get(self._wanted(name, run, dataset))
        return "" if known is None else known.name

    def _wanted(self, name: str, run: RunKey, dataset: str) -> _Wanted:
        kind = CERTIFIED[name]
        if self.file and name == "golden":
            return _Wanted("", "", kind, self.file)
        return _Wanted(run.workspace, data_taking_class(dataset), kind)

    def _say_if_missing(self, wanted: _Wanted, name: str, run: RunKey) -> None:
        known = self._known.get(wanted)
        if known is None or known.ranges is None or run.run in known.ranges or (wanted, run) in self._said:
            return
        self._said.add((wanted, run))
        text = f"{known.name} does not have run {run.run}: no LS of it is {name}."
        self._tell(Notice(text, Severity.WARNING))

    async def _load(self, wanted: _Wanted) -> None:
        try:
            self._known[wanted] = await self._read(wanted)
        except MaskError as error:
            self._known[wanted] = _Known(wanted.file)
            self._tell(Notice(str(error), Severity.ERROR))
        except ServiceError:
            self._known[wanted] = _Known("")
            self._came()
            raise
        self._came()

    async def _read(self, wanted: _Wanted) -> _Known:
        if wanted.file:
            own = await asyncio.to_thread(read_own, wanted.file)
            return _Known(own.name, own.ranges)
        if not wanted.class_name:
            raise MaskError("No certification JSON is published for this dataset; :golden FILE names one.")
        newest = await published(self._data, wanted.workspace, wanted.class_name, wanted.kind)
        return _Known(newest.name, newest.ranges)


def read_own(name: str) -> Certified:
    """Read a person's file, as a thread may; raises MaskError that names it."""
    try:
        path = Path(name).expanduser()
        data = path.read_bytes() if path.is_file() and path.stat().st_size <= LARGEST_BYTES else None
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise MaskError(f"{name} cannot be read: {reason}.") from error
    if data is None:
        there = f"it has more than {LARGEST_BYTES >> 20} MB" if path.is_file() else "there is no such file"
        raise MaskError(f"{name} is no certification JSON: {there}.")
    try:
        return Certified(path.name, read_certification(data))
    except MaskError as error:
        raise MaskError(f"{name}: {error}.") from error
