"""Values that complete an option: what the cache on disk knows, without any service and any large library.

Everything here is called while a person waits for the tab key. What cannot be read is no completion.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from click.shell_completion import CompletionItem

from dqmtui.model.judging.scan_tests import TESTS
from dqmtui.store.cache_names import (
    ANSWER_SUFFIX,
    ANSWERS,
    HISTOGRAMS,
    VERSION,
    escaped,
    normalised_url,
    service_part,
    unescaped,
)
from dqmtui.store.settings import Settings, SettingsError, config_dir_of, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import click

    Values = Iterable[tuple[str, str]]

STATISTICS = (
    *("mean", "std", "mean_error", "mode", "max", "entries", "sum", "outside_fraction"),
    *("occupancy", "mean_x", "mean_y", "empty_bins"),
)
UNDER = ("rate", "pileup", "lumi", "recorded", "delivered", "instantaneous")
EXPRESSIONS = (
    *("dcs", "tracker", "pixel", "strips", "beams", "beams_stable", "rate", "pileup", "lumi"),
    *("golden", "muon", "dcsonly", "ml", "excluded", "noted", "noted_bad"),
)

_EMBEDDED = "127.0.0.1_*"
"""Parts of the cache of embedded services, which get another port, hence another part, each time."""


def runs(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete a run number, the latest first; only of datasets with the text of --dataset in their name."""
    text = str(_typed(ctx, "dataset") or "").lower()
    found = {run: dataset for run, dataset in _Cached.of(ctx).runs() if text in dataset.lower()}
    return _items(((str(run), found[run]) for run in sorted(found, reverse=True)), incomplete)


def references(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete what a histogram can be compared with."""
    own = (("rest", "the other LS of the run"), ("neighbours:10:2", "10 good LS on either side, without 2"))
    return [*_items(own, incomplete), *runs(ctx, param, incomplete)]


def elements(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the name of a monitoring element from its beginning, or else by a part of it."""
    names = [(name, "") for name in dict.fromkeys(_Cached.of(ctx).elements())]
    found = _items(names, incomplete)
    low = incomplete.lower()
    return found or [CompletionItem(name) for name, _ in names if low in name.lower()]


def datasets(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the name of a dataset from its beginning, or else by a part of it."""
    names = [(name, "") for name in dict.fromkeys(_Cached.of(ctx).datasets())]
    found = _items(names, incomplete)
    low = incomplete.lower()
    return found or [CompletionItem(name) for name, _ in names if low in name.lower()]


def workspaces(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the name of a workspace."""
    return _items(((name, "") for name in dict.fromkeys(_Cached.of(ctx).workspaces())), incomplete)


def rate_names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the name of an HLT path or primary dataset."""
    return _items(((name, "") for name in dict.fromkeys(_Cached.of(ctx).rate_names())), incomplete)


def models(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the number of an anomaly model."""
    return _items(dict(_Cached.of(ctx).models()).items(), incomplete)


def statistics(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the name of a statistic."""
    return _items(((name, "") for name in STATISTICS), incomplete)


def scan_tests(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the name of a test of a scan, one word each."""
    return _items(((name.replace(" ", "-"), "") for name in TESTS), incomplete)


def under(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete what may stand under a trend."""
    return _items(((name, "") for name in UNDER), incomplete)


def expressions(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the first word of an expression for good lumisections."""
    return _items(((name, "") for name in EXPRESSIONS), incomplete)


def layouts(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the name of a layout."""
    from dqmtui.store.layout_files import SHIPPED  # noqa: PLC0415 - other words need none

    return _items(((name, "") for name in [*SHIPPED, *_own_files(ctx, "layouts")]), incomplete)


def themes(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the name of a theme."""
    from dqmtui.store.themes import available_themes  # noqa: PLC0415 - other words need none

    return _items(((name, "") for name in available_themes(_config_dir(ctx) / "themes")), incomplete)


def sessions(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Complete the name of a session of the terminal program."""
    from dqmtui.store.sessions import Sessions, sessions_home  # noqa: PLC0415 - other words need none

    settings = _settings(ctx)
    is_demo = _typed(ctx, "demo") or ctx.info_name == "demo"
    home = sessions_home(settings.state_dir, "" if is_demo else settings.dials_url)
    return _items(((one.name, "") for one in Sessions(home).saved()), incomplete)


def _own_files(ctx: click.Context, kind: str) -> list[str]:
    return sorted(path.stem for path in _paths(_config_dir(ctx) / kind, "*.toml"))


def _items(values: Values, incomplete: str) -> list[CompletionItem[str]]:
    fits = ((value, text) for value, text in values if value.startswith(incomplete))
    return [CompletionItem(value, help=text or None) for value, text in fits]


def _texts(value: object) -> list[str]:
    """Give the texts of a list; what a file holds otherwise is none."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _typed(ctx: click.Context, name: str) -> Any:
    """Give the value of an option before or after the command's name, None where it was not typed."""
    at: click.Context | None = ctx
    while at is not None:
        if at.params.get(name):
            return at.params[name]
        at = at.parent
    return None


def _paths(directory: Path, pattern: str) -> list[Path]:
    return sorted(directory.glob(pattern)) if directory.is_dir() else []


@dataclass(frozen=True)
class _Cached:
    """What the cache has of the services that a line asks: `parts` of `root`; no `workspace` means all."""

    root: Path
    parts: tuple[Path, ...]
    workspace: str | None

    @classmethod
    def of(cls, ctx: click.Context) -> _Cached:
        """Find the parts of the cache for a line; raises ValueError for settings that are wrong."""
        settings = _settings(ctx)
        root = settings.cache_dir / VERSION
        if _typed(ctx, "demo") or ctx.info_name == "demo":
            parts = _paths(root, _EMBEDDED)
        else:
            parts = [root / service_part(normalised_url(settings.dials_url))]
        return cls(root, tuple(parts), settings.workspace or _own_workspace(parts))

    def runs(self) -> Iterator[tuple[int, str]]:
        """Give the runs that are known, each with a dataset."""
        for row in self._rows("runs", "datasets of a run"):
            if isinstance(row.get("run_number"), int):
                yield row["run_number"], str(row.get("dataset", ""))
        for part in self.parts:
            for path in _paths(part / HISTOGRAMS, f"{self._place}/*/*"):
                if path.name.isdecimal():
                    yield int(path.name), unescaped(path.parent.name)

    def elements(self) -> Iterator[str]:
        """Give the names of monitoring elements."""
        yield from (row["me"] for row in self._rows("elements") if isinstance(row.get("me"), str))

    def datasets(self) -> Iterator[str]:
        """Give the names of datasets."""
        rows = self._rows("datasets", "datasets of a run")
        yield from (row["dataset"] for row in rows if isinstance(row.get("dataset"), str))

    def workspaces(self) -> Iterator[str]:
        """Give the names of workspaces."""
        for part in self.parts:
            for value in _answers(part, ["workspaces"]):
                yield from _texts(value)

    def rate_names(self) -> Iterator[str]:
        """Give the names of HLT paths and primary datasets, whichever way OMS was asked."""
        for part in _paths(self.root, "*"):
            for value in _answers(part, [f"{escaped('names of rates')}/*"]):
                for names in value.values() if isinstance(value, dict) else ():
                    yield from _texts(names)

    def models(self) -> Iterator[tuple[str, str]]:
        """Give numbers and names of anomaly models."""
        for row in self._rows("models"):
            yield str(row.get("model_id", "")), str(row.get("name", ""))

    @property
    def _place(self) -> str:
        """The pattern of the directory of a workspace."""
        return "*" if self.workspace is None else escaped(self.workspace)

    def _rows(self, *kinds: str) -> Iterator[dict[str, Any]]:
        """Give the rows of lists about a workspace, or about something in it."""
        patterns = [f"{escaped(kind)}/{self._place}{more}" for kind in kinds for more in ("", "/*")]
        for part in self.parts:
            for value in _answers(part, patterns):
                yield from (row for row in value if isinstance(row, dict)) if isinstance(value, list) else ()


def _own_workspace(parts: Iterable[Path]) -> str | None:
    """Give the workspace of the login, None where it is not known."""
    for part in parts:
        for value in _answers(part, [escaped("default workspace")]):
            if isinstance(value, str):
                return value
    return None


def _answers(part: Path, patterns: Iterable[str]) -> Iterator[Any]:
    """Give the answers of a service in the files of these patterns; one that is unreadable is none."""
    for pattern in patterns:
        for path in _paths(part / ANSWERS, f"{pattern}{ANSWER_SUFFIX}"):
            with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
                yield json.loads(path.read_bytes())["value"]


def _config_dir(ctx: click.Context) -> Path:
    """Find the directory of the configuration file of a line; raises ValueError."""
    try:
        return config_dir_of(_typed(ctx, "config"), os.environ)
    except SettingsError as error:
        raise ValueError(str(error)) from error


def _settings(ctx: click.Context) -> Settings:
    """Load the settings as the line gives them; raises ValueError."""
    flags = {name: _typed(ctx, name) for name in ("workspace", "dials_url")}
    try:
        return load_settings(flags, os.environ, _typed(ctx, "config"))
    except SettingsError as error:
        raise ValueError(str(error)) from error
