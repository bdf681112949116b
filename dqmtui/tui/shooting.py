"""Screenshots: what stands on the screen, written to files."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from textual.widgets import Input

from dqmtui.review.facts import Severity
from dqmtui.tui.login.panel import LoginPanel
from dqmtui.tui.program import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dqmtui.review.state import ReviewState

BY_KEY = (".svg", ".txt")
"""What the key writes, side by side."""


def named_after(state: ReviewState | None, at: datetime) -> str:
    """Name a screenshot after what it shows and when it was made: dqmtui-RUN-ME-LS-TIME."""
    parts = ["dqmtui"]
    if state is not None and state.run is not None:
        parts.append(str(state.run.run))
    if state is not None and state.element is not None:
        parts.append(state.element.me.rpartition("/")[2])
    if state is not None and state.ls is not None:
        parts.append(f"LS{state.ls}")
    return "-".join((*parts, f"{at:%Y%m%dT%H%M%SZ}"))


def shown_as(state: ReviewState | None) -> str:
    """Say what a screenshot shows, for its title."""
    if state is None or state.run is None:
        return "dqmtui"
    element = "" if state.element is None else f", {state.element.me}"
    ls = "" if state.ls is None else f", LS {state.ls}"
    return f"dqmtui: run {state.run.run}{element}{ls}"


class Shooting(Program):
    """The action that writes what stands on the screen."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let the key also write what lies over the panes, unless it is typed into that."""
        is_meant = action == "screenshot" or parameters == ("screenshot",)
        if is_meant and self.is_ready and not isinstance(self.focused, Input):
            return True
        return super().check_action(action, parameters)

    def action_screenshot(self, file: str) -> None:
        """Write the screen to a file, without a name as picture and text beside each other."""
        from dqmtui.tui.screenshot import KINDS  # noqa: PLC0415 - the first frame does not wait for it

        if self.query_one(LoginPanel).is_open:
            self.notice("No screenshot of a login: it would show the code.", Severity.WARNING)
            return
        kinds: tuple[str, ...] = BY_KEY
        place = self._directory() / named_after(self._state(), datetime.now(UTC))
        if file:
            place = Path(file)
            kinds = (place.suffix,)
            if place.suffix not in KINDS or not place.stem:
                self.notice(
                    f"A screenshot is FILE.svg, FILE.txt, or FILE.ans (text with colours), not {file}",
                    Severity.ERROR,
                )
                return
            place = place.with_suffix("")
        work = self._write(place, kinds, self._picture_now(), is_named=bool(file))
        self.run_worker(work, name="screenshot", group="screenshot")

    def pictured(self, kind: str) -> str:
        """Give what stands on the screen as a kind of file."""
        return self._picture_now()(kind)

    def _picture_now(self) -> Callable[[str], str]:
        """Take what stands on the screen; what comes back makes a kind of file of it, in any thread."""
        from dqmtui.tui.screenshot import lines_of, picture  # noqa: PLC0415 - as above

        lines, title = lines_of(self.app), shown_as(self._state())
        theme, colors = self.look.theme, self.app.console.color_system
        return lambda kind: picture(lines, kind, theme, title, colors)

    def _state(self) -> ReviewState | None:
        return None if self.review is None else self.review.state

    def _directory(self) -> Path:
        named = None if self.settings is None else self.settings.screenshot_dir
        return Path.cwd() if named is None else named

    async def _write(
        self, place: Path, kinds: Sequence[str], make: Callable[[str], str], *, is_named: bool
    ) -> None:
        from dqmtui.export.files import ExportError, FileThereError  # noqa: PLC0415 - as above

        try:
            written = await asyncio.to_thread(_written, place, kinds, make, is_named=is_named)
        except FileThereError as error:
            self.notice(f"{error} Give the screenshot another name.", Severity.ERROR)
        except ExportError as error:
            self.notice(f"No screenshot: {error}", Severity.ERROR)
        else:
            first, *others = written
            also = "".join(f" and {other.suffix}" for other in others)
            self.notice(f"Screenshot: {first}{also}")


def _written(place: Path, kinds: Sequence[str], make: Callable[[str], str], *, is_named: bool) -> list[Path]:
    """Make the files, which takes a while for a map of many colours, and write them; raises ExportError.

    A name that was made here makes room for one that is there.
    """
    from dqmtui.export.files import FileThereError, safe_name  # noqa: PLC0415 - as above

    try:
        directory = place.expanduser().parent
    except RuntimeError:
        directory = place.parent
    data = {kind: make(kind) for kind in kinds}
    stem = place.name if is_named else safe_name(place.name)
    number = 1
    while True:
        name = stem if number == 1 else f"{stem}-{number}"
        try:
            return _all_or_none(directory, {f"{name}{kind}": text for kind, text in data.items()})
        except FileThereError:
            if is_named:
                raise
            number += 1


def _all_or_none(directory: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write files that belong together; raises ExportError and leaves none when one cannot be written."""
    from dqmtui.export.files import write_file  # noqa: PLC0415 - as above

    written: list[Path] = []
    try:
        for name, text in texts.items():
            written.append(write_file(directory, name, text))
    except OSError:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return written
