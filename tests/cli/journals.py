"""What a person left out and saved in the program, put into the journal that commands read."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dqmtui.model.notes_journal import Journal, Pen
from dqmtui.store.journal import JournalFiles, journal_home, new_id

if TYPE_CHECKING:
    from dqmtui.model.notes import Change


def kept(*changes: Change) -> None:
    """Write changes into the journal of the services that the environment names."""
    home = journal_home(Path(os.environ["DQMTUI_STATE_DIR"]), os.environ["DQMTUI_DIALS_URL"])
    files = JournalFiles(home, lambda _: None)
    pen = Pen("ana", files.session, lambda: datetime.now(UTC), new_id)
    files.append(*pen.write(Journal.of(files.load()), *changes))
    files.close()
