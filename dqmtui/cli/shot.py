"""A screenshot that is asked for in the shell: how large it is, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.output import put
from dqmtui.cli.talk import tell
from dqmtui.export.files import ExportError, FileThereError, write_file

STDOUT = Path("-")
KINDS = (".svg", ".txt", ".ans")


@dataclass(frozen=True, slots=True)
class Shot:
    """What is made in place of opening the program: a screen of columns x rows, in a file of one of `KINDS`.

    `patience_s` is how long it may take to come.
    """

    size: tuple[int, int]
    out: Path
    force: bool
    patience_s: float

    @property
    def kind(self) -> str:
        """The end of the file's name; standard output gets text."""
        return ".txt" if self.out == STDOUT else self.out.suffix

    def finish(self, data: str, outcome: str, words: str) -> int:
        """Write the screen and give the exit code; raises Stop where there is none, or not all of it came.

        `outcome` is the name of one of `dqmtui.tui.headless.Outcome`.
        """
        match outcome:
            case "NOT_LOGGED_IN":
                raise Stop(Exit.NOT_ALLOWED, words)
            case "MISSING":
                raise Stop(Exit.NOT_FOUND, words)
            case _ if not data:
                raise Stop(Exit.SERVICE, words)
        self._write(data)
        if words:
            tell(words)
        if outcome == "LATE":
            raise Stop(
                Exit.SERVICE,
                f"something had not come after {self.patience_s:g} s; it is missing in the picture",
            )
        return Exit.OK

    def _write(self, data: str) -> None:
        if self.out == STDOUT:
            put(data)
            return
        try:
            written = write_file(self.out.parent, self.out.name, data, replace=self.force)
        except FileThereError as error:
            raise Stop(Exit.UNEXPECTED, f"{error} --force replaces it.") from error
        except ExportError as error:
            raise Stop(Exit.UNEXPECTED, str(error)) from error
        tell(f"written: {written}")
