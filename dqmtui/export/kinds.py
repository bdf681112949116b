"""What can be handed over of a review, by the pane that shows it: one table behind picker and prompt."""

from __future__ import annotations

from dataclasses import dataclass

RUNS, LUMISECTIONS, PLOT, TREND, REVIEW = "runs", "lumisections", "plot", "trend", "review"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its `id` for the prompt, the pane that it is of, words, and the end of its name."""

    id: str
    pane: str
    text: str
    suffix: str


KINDS: tuple[Kind, ...] = (
    Kind("runs.csv", RUNS, "The runs that are listed, with their OMS cards, as CSV", ".csv"),
    Kind("runs.parquet", RUNS, "The runs that are listed, as parquet", ".parquet"),
    Kind("ls.csv", LUMISECTIONS, "The lumisections that are listed, as CSV", ".csv"),
    Kind("ls.parquet", LUMISECTIONS, "The lumisections that are listed, as parquet", ".parquet"),
    Kind("ls.good", LUMISECTIONS, "The good LS less what is noted, golden-style JSON", ".json"),
    Kind("ls.dcs", LUMISECTIONS, "The LS that DCS and beams allow, as DCS-only JSON", ".json"),
    Kind("plot.svg", PLOT, "The plot as SVG", ".svg"),
    Kind("plot.png", PLOT, "The plot as PNG; needs matplotlib", ".png"),
    Kind("plot.code", PLOT, "Python that draws the plot with cmsdials alone", ".py"),
    Kind("plot.csv", PLOT, "The bins, of the references too, as CSV", ".csv"),
    Kind("plot.parquet", PLOT, "The bins, of the references too, as parquet", ".parquet"),
    Kind("plot.json", PLOT, "The histogram and all that is known of it, as JSON", ".json"),
    Kind("plot.histograms", PLOT, "Every LS, with cmsdials' columns, as parquet", ".parquet"),
    Kind("trend.svg", TREND, "The trend as SVG", ".svg"),
    Kind("trend.png", TREND, "The trend as PNG; needs matplotlib", ".png"),
    Kind("trend.code", TREND, "Python that draws the trend with cmsdials alone", ".py"),
    Kind("trend.csv", TREND, "The trend, a row per LS, as CSV", ".csv"),
    Kind("trend.parquet", TREND, "The trend, a row per LS, as parquet", ".parquet"),
    Kind("html", REVIEW, "Report as one page with the plots on screen", ".html"),
    Kind("text", REVIEW, "Report as text for the ELOG", ".txt"),
    Kind("markdown", REVIEW, "Report as Markdown for the shift summary", ".md"),
    Kind("anomalies", REVIEW, "Notes as anomalies.json of DQMExplore", ".json"),
    Kind("golden", REVIEW, "Good LS of the reviewed runs, golden-style JSON", ".json"),
)

BY_ID = {kind.id: kind for kind in KINDS}


def fitting(pane: str) -> list[Kind]:
    """Give what fits a pane, then what is of the whole review."""
    return [kind for wanted in (pane, REVIEW) for kind in KINDS if kind.pane == wanted]
