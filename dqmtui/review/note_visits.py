"""Going to what a note is about, wherever that is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dqmtui.review.resuming import Resuming

if TYPE_CHECKING:
    from dqmtui.model.notes import NoteContent
    from dqmtui.review.runlist import RunEntry, RunList


class NoteVisits(Resuming):
    """The way from a note to its workspace, run, lumisection and element."""

    workspaces: tuple[str, ...]
    run_list: RunList

    def _open_workspace(self, workspace: str) -> None:
        """Look at a workspace, and at what was asked for in it."""
        raise NotImplementedError

    def open_run(self, entry: RunEntry) -> None:
        """Look at a run."""
        raise NotImplementedError

    async def _find_run(self) -> None:
        """Open the run that was asked for."""
        raise NotImplementedError

    def go_to_note(self, content: NoteContent) -> None:
        """Look at what a note is about: its workspace and run, its first LS and its first element."""
        ls = None if content.is_whole_run else content.ls.ranges[0][0]
        me = next(iter(content.elements), "")
        self._target = replace(self._target, run=content.run, ls=ls)
        if content.workspace != self.state.workspace and content.workspace in self.workspaces:
            self._tasks.cancel_all()
            self._target = replace(self._target, workspace=content.workspace, me=me)
            self._open_workspace(content.workspace)
            return
        named = next((element for element in self.elements if element.me == me), None)
        if named is not None and named != self.state.element:
            self.select_element(named)
        listed = (entry for entry in self.run_list.entries if entry.run == content.run)
        entry = next((one for one in listed if one.dataset == content.dataset), None)
        is_open = self.state.run is not None and self.state.run.run == content.run
        if is_open and self.table is not None and (entry is None or entry.key == self.state.run):
            self._target = replace(self._target, run=None, ls=None)
            there = self.table.ls[content.ls.selects(self.table.ls)]
            if ls is not None:
                self.go_to_ls(int(there[0]) if there.size else ls)
        elif entry is not None:
            self.open_run(entry)
        else:
            self._tasks.start("find run", self._find_run)
