"""Handing over: files of what is shown, and the summary for the ELOG."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on

from dqmtui.model.theme import nearest_name
from dqmtui.review.facts import Severity
from dqmtui.tui.choices import Choices
from dqmtui.tui.file_line import FileLine
from dqmtui.tui.program import Program
from dqmtui.tui.summary_panel import SummaryPanel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import ModuleType

    from dqmtui.review.review import Review
    from dqmtui.tui.widgets.picker import Picker

_KILO = 1000.0
_GROUP = "export"


class Exporting(Choices, Program):
    """The actions that write files for others."""

    def action_export(self, text: str = "") -> None:
        """Choose what of the pane to write, or write what is named: KIND, or KIND and FILE."""
        from dqmtui.export.kinds import BY_ID, fitting  # noqa: PLC0415 - the first frame does not wait for it

        review = self.review
        if review is None:
            self.notice("There is no connection yet.", Severity.WARNING)
            return
        kind, _, place = text.strip().partition(" ")
        if not kind:
            offered = fitting(self.pane_in_focus())

            def chosen(choice: Picker.Chosen) -> None:
                self.go_back()
                self._ask_file(review, offered[choice.index].id)

            names, notes = [one.text for one in offered], [one.id for one in offered]
            self.choose("export", "Write into a file", names, notes, then=chosen)
        elif kind not in BY_ID:
            near = nearest_name(kind, BY_ID)
            hint = f"did you mean {near}?" if near else f"there are {', '.join(BY_ID)}"
            self.notice(f"There is no kind of file {kind!r}; {hint}", Severity.ERROR)
        elif place.strip():
            self._begin_export(self._export_into(review, kind, place.strip(), replace=False))
        else:
            self._ask_file(review, kind)

    def action_summary(self) -> None:
        """Show the report on the reviewed runs as text."""
        if self.review is None:
            self.notice("There is no connection yet.", Severity.WARNING)
            return
        self.notice("The summary is being put together ...")
        self._begin_export(self._summarise(self.review))

    def _begin_export(self, work: Awaitable[None]) -> None:
        self.run_worker(work, name=_GROUP, group=_GROUP)

    def _ask_file(self, review: Review, kind: str, *, place: str = "") -> None:
        """Ask what the file is to be called; with a `place` there is one of that name already."""
        from dqmtui.export.names import named  # noqa: PLC0415 - as above

        self.remember_pane()
        line = self.query_one(FileLine)
        line.open(kind, str(Path.cwd()), place or named(review, kind), is_there=bool(place))

    @on(FileLine.Given)
    def _file_named(self, event: FileLine.Given) -> None:
        self.go_back()
        if self.review is not None:
            self._begin_export(self._export_into(self.review, event.kind, event.path, replace=event.replace))
        self.open_what_waits()

    @on(FileLine.Closed)
    def _file_not_named(self) -> None:
        self.go_back()
        self.open_what_waits()

    async def _export_into(self, review: Review, kind: str, place: str, *, replace: bool) -> None:
        """Write a file and say where it is, or why there is none."""
        from dqmtui.export.files import FileThereError  # noqa: PLC0415 - as above

        async def write() -> None:
            url = "" if self.settings is None else self.settings.dials_url
            made_by = await asyncio.to_thread(_handed_over)
            found = await made_by.prepared(review, kind, url)
            path, size = await asyncio.to_thread(_written, place, found.make, replace=replace)
            # the name first: it is what is cut last
            more = f"; {found.said}" if found.said else ""
            self.notice(f"Written: {path.name} ({_said_size(size)}), in {path.parent}{more}")

        try:
            await self._export_or_say(write)
        except FileThereError as error:
            if self.is_covered:
                self.notice(str(error), Severity.ERROR)
            else:
                self._ask_file(review, kind, place=place)

    async def _summarise(self, review: Review) -> None:
        from dqmtui.export.report import report_text  # noqa: PLC0415 - as above

        async def show() -> None:
            made_by = await asyncio.to_thread(_handed_over)
            text = report_text(await made_by.reports(review))
            self.notice("")
            self.when_uncovered("summary", lambda: self._open_summary(text))

        await self._export_or_say(show)

    def _open_summary(self, text: str) -> None:
        self.remember_pane()
        self.query_one(SummaryPanel).open(text)

    async def _export_or_say(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do something, or say why it cannot be done; raises FileThereError."""
        from dqmtui.export.files import ExportError, FileThereError  # noqa: PLC0415 - as above
        from dqmtui.services.errors import ServiceError  # noqa: PLC0415 - as above

        try:
            await work()
        except FileThereError:
            raise
        except ExportError as error:
            self.notice(str(error), Severity.ERROR)
        except ServiceError as error:
            self.notice(error.message, Severity.ERROR, error.details())


def _handed_over() -> ModuleType:
    """Import what makes the files, which takes too long for the event loop."""
    from dqmtui.export import handed_over  # noqa: PLC0415 - see above

    return handed_over


def _said_size(size: int) -> str:
    """Write a number of bytes."""
    if size < _KILO:
        return f"{size} B"
    return f"{size / _KILO:.1f} kB" if size < _KILO**2 else f"{size / _KILO**2:.1f} MB"


def _written(place: str, make: Callable[[], str | bytes], *, replace: bool) -> tuple[Path, int]:
    """Make a file and write it; raises ExportError."""
    from dqmtui.export.files import ExportError, write_file  # noqa: PLC0415 - as above

    try:
        path = Path(place).expanduser().absolute()
        is_place = path.parent.is_dir()
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise ExportError(f"{place} cannot be written: {why}.") from error
    if not is_place:
        raise ExportError(f"{path} cannot be written: there is no directory {path.parent}.")
    made = make()
    data = made.encode("utf-8", "backslashreplace") if isinstance(made, str) else made
    return write_file(path.parent, path.name, data, replace=replace), len(data)
