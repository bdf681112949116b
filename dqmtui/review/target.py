"""Where a review opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dqmtui.model.layouts import Layout
    from dqmtui.review.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Target:
    """Where to open: everything is optional; `dataset` is any part of a dataset's name, `reference` a run.

    What is not said here is as it is `remembered`, as far as that goes with what is said.
    """

    workspace: str = ""
    dataset: str = ""
    run: int | None = None
    me: str = ""
    ls: int | None = None
    reference: int | None = None
    layout: Layout | None = None
    remembered: Remembered | None = None
