"""Names of files that say what stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.export.files import safe_name
from dqmtui.export.kinds import BY_ID, LUMISECTIONS, PLOT, REVIEW, RUNS
from dqmtui.export.plots import name_of

if TYPE_CHECKING:
    from dqmtui.review.review import Review


def named(review: Review, kind: str) -> str:
    """Name a file after what it would show: run, element, LS."""
    wanted, state = BY_ID[kind], review.state
    parts: list[str] = []
    if wanted.pane not in {RUNS, REVIEW} and state.run is not None:
        parts.append(str(state.run.run))
    if wanted.pane == RUNS:
        parts.append("runs")
    elif wanted.pane == REVIEW:
        parts.append({"anomalies": "anomalies", "golden": "golden"}.get(kind, "report"))
        if state.run is not None and kind not in {"anomalies", "golden"}:
            parts.append(str(state.run.run))
    elif wanted.pane == LUMISECTIONS:
        parts.append({"ls.good": "good", "ls.dcs": "DCSONLY"}.get(kind, "lumisections"))
    elif state.element is not None:
        parts.append(state.element.short_name)
        if wanted.pane != PLOT:
            parts.append(name_of(state.statistic))
        elif kind == "plot.histograms":
            parts.append("all")
        else:
            picture = review.picture()
            parts += [] if picture is None else [name_of(picture.title)]
    return safe_name("_".join(parts), wanted.suffix)
