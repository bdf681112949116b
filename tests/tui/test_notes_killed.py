"""M1: the whole program in a terminal, killed again and again while notes are made."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes_journal import Journal
from dqmtui.store.journal import LOCAL, JournalFiles
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmtui.demo.process import DemoServices

RUN = 380238
KILLS = 3


def at_ls(ls: int) -> Callable[[str], bool]:
    """Give the condition that the line at the top names an LS."""
    return lambda text: re.search(rf"LS {ls}\b", text.partition("\n")[0]) is not None


def test_M1_what_the_program_said_is_on_the_disk_is_there_after_each_kill(
    demo: DemoServices, tmp_path: Path
) -> None:
    env = {**demo.environment(), "DQMTUI_STATE_DIR": str(tmp_path / "state"), "DQMTUI_WIRE": "off"}
    command = [sys.executable, "-m", "dqmtui", "--run", str(RUN)]
    for life in range(KILLS):
        first = 1 + 4 * life
        with Terminal([*command, "--ls", str(first)], width=80, height=24, env=env) as terminal:
            terminal.wait_for(at_ls(first))
            if life == KILLS - 1:
                # what the programs before this one kept is shown by it
                terminal.press('"')
                terminal.wait_for(lambda text: re.search(r"\d+ of \d+: bad", text) is not None)
                terminal.press(f":{first}", "enter")
                terminal.wait_for(at_ls(first))
            terminal.press("m", f"life {life}", "enter")
            terminal.wait_for("on disk: ")
            terminal.press("right", "m", f"unsaid {life}", "enter")
            # at once, after the first of these keys, or after the last
            if life == 1:
                terminal.wait_for(at_ls(first + 1))
            elif life > 1:
                terminal.wait_for(f"on disk: bad, LS {first + 1} ")
            os.kill(terminal.pid, signal.SIGKILL)
        complaints: list[str] = []
        home = tmp_path / "state" / LOCAL
        notes = Journal.of(JournalFiles(home, complaints.append).load()).notes_of(RUN)
        kept = {note.content.text: note.content.ls for note in notes}
        assert complaints == []
        assert all(kept[f"life {past}"] == LSMask.of(1 + 4 * past) for past in range(life + 1))
