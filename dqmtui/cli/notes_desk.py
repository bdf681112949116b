"""What commands on notes share: the journal, whoever writes, and errors as ends of a command."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.output import put
from dqmtui.cli.talk import tell
from dqmtui.export.files import ExportError, FetchError, FileThereError, UnreadableError, write_file
from dqmtui.model.lsmask import LSMask, MaskError
from dqmtui.model.notes import NoteError
from dqmtui.model.notes_journal import Journal, Pen, UnknownNoteError
from dqmtui.model.notes_rules import UnconfirmedError
from dqmtui.store.journal import JournalError, JournalFiles, author, journal_home, new_id
from dqmtui.store.journal_disk import reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dqmtui.cli.work import Work
    from dqmtui.model.notes import Event

SHOWN_ID = 8
"""Characters of an id that lists show; commands take as many as make it the only one."""


@dataclass(slots=True)
class Desk:
    """The journal with what it says, and the pen of whoever runs the command."""

    files: JournalFiles
    journal: Journal
    pen: Pen

    @classmethod
    def of(cls, work: Work) -> Desk:
        """Read the journal; raises JournalError."""
        settings = work.settings
        files = JournalFiles(journal_home(settings.state_dir, settings.dials_url), tell)
        journal = Journal.of(files.load())
        writer = settings.author or author()
        return cls(files, journal, Pen(writer, files.session, lambda: datetime.now(UTC), new_id))

    def keep(self, *events: Event) -> None:
        """Put events on the disk; raises JournalError."""
        try:
            self.files.append(*events)
        except JournalError as error:
            # a command has no memory that would outlive it
            why = f": {reason(error.__cause__)}" if isinstance(error.__cause__, OSError) else ""
            raise JournalError(
                f"Nothing was noted, {self.files.directory} cannot be written{why}. Make room or name "
                "another place with DQMTUI_STATE_DIR, and give the command again."
            ) from error
        self.journal = self.journal.with_events(events)
        self.files.close()
        try:
            self.files.compact()
        except JournalError as error:
            # what was to be kept is kept
            tell(str(error))


@contextmanager
def ended_well() -> Iterator[None]:
    """Turn what can be wrong with notes and files into the end of a command."""
    try:
        yield
    except UnconfirmedError as error:
        raise Stop(Exit.USAGE, "That has to be confirmed, with --yes:", error.doubts) from error
    except UnknownNoteError as error:
        raise Stop(Exit.NOT_FOUND, str(error), ["`dqmtui notes list` lists all."]) from error
    except NoteError as error:
        raise Stop(Exit.USAGE, str(error)) from error
    except FileThereError as error:
        raise Stop(Exit.UNEXPECTED, f"{error} --force replaces it.") from error
    except FetchError as error:
        raise Stop(Exit.SERVICE, str(error)) from error
    except UnreadableError as error:
        raise Stop(Exit.USAGE, str(error)) from error
    except (JournalError, ExportError) as error:
        raise Stop(Exit.UNEXPECTED, str(error)) from error


def ranges(text: str) -> LSMask:
    """Read lumisections as typed; raises Stop."""
    try:
        mask = LSMask.parse(text)
    except MaskError as error:
        raise Stop(Exit.USAGE, f"--ls: {error}.") from error
    if not mask:
        raise Stop(Exit.USAGE, "--ls: name lumisections, such as 1-35,40, or all.")
    return mask


def put_out(text: str, output: Path | None, *, force: bool) -> None:
    """Print a text, or write it into a file and say so; raises Stop and ExportError."""
    if output is None or str(output) == "-":
        put(text if text.endswith("\n") else f"{text}\n")
        return
    if not output.absolute().parent.is_dir():
        raise Stop(Exit.UNEXPECTED, f"Cannot write {output}: there is no directory {output.parent}.")
    tell(f"written to {write_file(output.parent, output.name, text, replace=force)}")
