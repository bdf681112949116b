"""What the Run Registry says of runs' lumisections, as a source of their LS tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.lstable import Source
from dqmtui.model.run_registry import CAUSE, registry_dataset, registry_source
from dqmtui.model.states import SourceState
from dqmtui.model.text import harmless
from dqmtui.services.errors import ServiceError
from dqmtui.services.run_registry import RunRegistry, is_installed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dqmtui.model.keys import RunKey
    from dqmtui.model.run_registry import RegistryRange
    from dqmtui.store.settings import Settings

NOT_INSTALLED = "The Run Registry's client is not installed: pip install 'dqmtui[rr]'"


def registry_of(settings: Settings) -> RunRegistry:
    """Give the Run Registry that the settings name."""
    return RunRegistry(settings.rr_url, ca_bundle=settings.ca_bundle)


async def ranges_of(registry: RunRegistry, run: int, dataset: str) -> tuple[str, list[RegistryRange]]:
    """Ask for the ranges of a run; gives the Run Registry's dataset as well. Raises ServiceError.

    `dataset` is one of the Run Registry, or one of DIALS, for which that of the same reconstruction is taken.
    """
    known = await registry.datasets(run)
    chosen = dataset if dataset in known else registry_dataset(known, dataset)
    return chosen, await registry.ranges(run, chosen)


def registered_in_words(source: Source) -> str:
    """Say what has come, and that columns can be chosen; or why nothing has."""
    if source.state is not SourceState.LOADED:
        return source.note
    names = [name for name in source.columns if not name.endswith(CAUSE)]
    if not names:
        return f"{source.note} of the Run Registry says nothing of this run."
    return f"{source.note} of the Run Registry: C chooses the columns {', '.join(map(harmless, names))}."


class Registered:
    """Asks for what is registered of runs, each once and only when somebody wants it; of no registry nothing.

    `start` runs a task of a name beside the loading; `came` gets what came, or the state of what failed to.
    """

    def __init__(
        self,
        registry: RunRegistry | None,
        start: Callable[[str, Callable[[], Awaitable[None]]], None],
        came: Callable[[Source], None],
    ) -> None:
        self._registry = registry
        self._start = start
        self._came = came
        self._sources: dict[RunKey, Source] = {}

    def of(self, run: RunKey, dataset: str) -> Source:
        """Give what is known by now, and ask for it if nobody has; OFF without the client."""
        if run not in self._sources:
            registry = self._registry
            if registry is None or not is_installed():
                return Source(state=SourceState.OFF, note=NOT_INSTALLED)
            self._sources[run] = Source(state=SourceState.LOADING)
            name = f"run registry {run.dataset_id} {run.run}"
            self._start(name, lambda: self._load(registry, run, dataset))
        return self._sources[run]

    def known(self, run: RunKey) -> Source | None:
        """Give what has been asked for, None for a run of which nobody wanted it."""
        return self._sources.get(run)

    def in_words(self, run: RunKey) -> str:
        """Say what has come of a run, for the message line."""
        source = self._sources.get(run)
        return "" if source is None else registered_in_words(source)

    def forget(self) -> None:
        """Let what failed be asked for again."""
        failed = [run for run, source in self._sources.items() if source.state is SourceState.FAILED]
        for run in failed:
            del self._sources[run]

    async def _load(self, registry: RunRegistry, run: RunKey, dataset: str) -> None:
        try:
            name, ranges = await ranges_of(registry, run.run, dataset)
        except ServiceError as error:
            self._settle(run, Source(state=SourceState.FAILED, note=error.message))
            return
        found = registry_source(ranges)
        self._settle(run, Source(found.ls, found.columns, SourceState.LOADED, name))

    def _settle(self, run: RunKey, source: Source) -> None:
        self._sources[run] = source
        self._came(source)
