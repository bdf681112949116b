"""Writing what is drawn into files: SVG, PNG, and code that fetches and draws it again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.frames_out import STDOUT, check_file, write_bytes
from dqmtui.cli.output import put
from dqmtui.export.code import NoCodeError, Service, histogram_code, trend_code
from dqmtui.export.plots import HistogramShown
from dqmtui.export.png import NoPngError, histogram_png, trend_png
from dqmtui.export.svg_histogram import histogram_svg
from dqmtui.export.svg_trend import trend_svg

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmtui.cli.work import Work
    from dqmtui.export.plots import TrendFile


@dataclass(frozen=True, slots=True)
class PictureFiles:
    """Where pictures and code are to be written, None where they are not."""

    svg: Path | None = None
    png: Path | None = None
    code: Path | None = None
    force: bool = False

    @property
    def are_wanted(self) -> bool:
        """Whether there is anything to be written."""
        return any(self._targets)

    @property
    def _targets(self) -> tuple[Path | None, ...]:
        return self.svg, self.png, self.code

    def check(self, *others: Path | None, as_json: bool = False) -> None:
        """Find out whether all could be written, before anything is loaded; raises Stop."""
        targets = [target for target in self._targets if target is not None]
        for target in targets:
            check_file(target, force=self.force)
        named = [target for target in (*targets, *others) if target is not None]
        if as_json + sum(str(target) == STDOUT for target in named) > 1:
            raise Stop(Exit.USAGE, "Only one thing can go to standard output; give the others a file.")
        if self.png is not None and str(self.png) == STDOUT:
            raise Stop(Exit.USAGE, "A PNG is no text for standard output: give --png a file.")
        places = [target.absolute() for target in named if str(target) != STDOUT]
        if len(set(places)) < len(places):
            raise Stop(Exit.USAGE, "Two options name the same file.")

    def write(self, work: Work, shown: HistogramShown | TrendFile) -> None:
        """Write what is wanted; raises Stop."""
        workspace = shown.origin.key.workspace
        service = Service(workspace, work.settings.dials_url)
        try:
            if isinstance(shown, HistogramShown):
                self._write(
                    partial(histogram_svg, shown, alone=True),
                    partial(histogram_png, shown),
                    partial(histogram_code, shown, service),
                )
            else:
                self._write(
                    partial(trend_svg, shown, alone=True),
                    partial(trend_png, shown),
                    partial(trend_code, shown, service),
                )
        except (NoPngError, NoCodeError) as error:
            raise Stop(Exit.NOT_FOUND, str(error)) from error

    def _write(self, svg: Callable[[], str], png: Callable[[], bytes], code: Callable[[], str]) -> None:
        if self.svg is not None:
            self._put(self.svg, f"{svg()}\n", "a picture")
        if self.png is not None:
            write_bytes(self.png, png(), "a picture")
        if self.code is not None:
            self._put(self.code, code(), "a program")

    @staticmethod
    def _put(target: Path, text: str, what: str) -> None:
        if str(target) == STDOUT:
            put(text)
        else:
            write_bytes(target, text.encode(), what)
