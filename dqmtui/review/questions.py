"""The questions whose answers are kept on disk, and the plain values that stand there for the answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from dqmtui.model.keys import MonitoringElement
from dqmtui.model.rate_name import RateNames
from dqmtui.services.oms_records import L1Rates, OmsColumns, RateRows, RunCard
from dqmtui.services.records import CertificationJson, Dataset, LumisectionRows, MlFlag, MlModel, RunRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.model.keys import RunKey
    from dqmtui.model.rate_name import RateName
    from dqmtui.services.errors import ServiceName

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """How a value is written as plain values, and read from them.

    `value` raises KeyError, TypeError or ValueError for what another version wrote.
    """

    plain: Callable[[T], Any]
    value: Callable[[Any], T]


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """Something asked of a service: its kind, what it is about, and the form of the answer."""

    service: ServiceName
    kind: str
    about: tuple[str | int, ...]
    form: Form[T]

    @property
    def key(self) -> tuple[str, tuple[str | int, ...]]:
        """What tells the question from all others."""
        return self.kind, self.about


def _record(kind: type[T]) -> Form[T]:
    """Give the form of a dataclass with plain fields."""
    names = [field.name for field in fields(cast("Any", kind))]

    def plain(record: T) -> dict[str, Any]:
        values = {name: getattr(record, name) for name in names}
        return {name: dict(item) if isinstance(item, Mapping) else item for name, item in values.items()}

    return Form(plain, lambda values: kind(**values))


def _list(form: Form[T]) -> Form[list[T]]:
    return Form(
        lambda records: [form.plain(record) for record in records],
        lambda values: [form.value(value) for value in values],
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


_TEXT: Form[str] = Form(lambda text: text, _text)
_TEXTS = _list(_TEXT)
_DATASETS, _RUNS = _list(_record(Dataset)), _list(_record(RunRow))
_ELEMENT = _record(MonitoringElement)
_ELEMENTS: Form[tuple[MonitoringElement, ...]] = Form(
    lambda elements: [_ELEMENT.plain(element) for element in elements],
    lambda values: tuple(_ELEMENT.value(value) for value in values),
)
_CONDITIONS, _RATES = _record(OmsColumns), _record(RateRows)
_RATE_NAMES: Form[RateNames] = Form(
    lambda names: {"paths": list(names.paths), "datasets": list(names.datasets)},
    lambda values: RateNames(tuple(_TEXTS.value(values["paths"])), tuple(_TEXTS.value(values["datasets"]))),
)
_L1_RATES = _record(L1Rates)
_MODELS, _FLAGS = _list(_record(MlModel)), _list(_record(MlFlag))
_CERTIFICATION = _record(CertificationJson)
_CARD = _record(RunCard)
_CARDS: Form[dict[int, RunCard]] = Form(
    lambda cards: [_CARD.plain(card) for card in cards.values()],
    lambda values: {card.run_number: card for card in map(_CARD.value, values)},
)

RUNS_PER_FILE = 100
"""Run numbers whose cards are kept together."""


def workspaces() -> Question[list[str]]:
    """Ask which workspaces there are."""
    return Question("DIALS", "workspaces", (), _TEXTS)


def default_workspace() -> Question[str]:
    """Ask which workspace belongs to the login."""
    return Question("DIALS", "default workspace", (), _TEXT)


def datasets(workspace: str) -> Question[list[Dataset]]:
    """Ask which datasets a workspace has."""
    return Question("DIALS", "datasets", (workspace,), _DATASETS)


def runs(workspace: str, dataset_id: int) -> Question[list[RunRow]]:
    """Ask which runs a dataset has."""
    return Question("DIALS", "runs", (workspace, dataset_id), _RUNS)


def datasets_of_run(workspace: str, run: int) -> Question[list[RunRow]]:
    """Ask which datasets have a run."""
    return Question("DIALS", "datasets of a run", (workspace, run), _RUNS)


def elements(workspace: str) -> Question[tuple[MonitoringElement, ...]]:
    """Ask which monitoring elements a workspace has."""
    return Question("DIALS", "elements", (workspace,), _ELEMENTS)


def run_elements(run: RunKey) -> Question[tuple[MonitoringElement, ...]]:
    """Ask which monitoring elements the first LS of a run has."""
    about = (run.workspace, run.dataset_id, run.run)
    return Question("DIALS", "elements of a run", about, _ELEMENTS)


def lumisections(run: RunKey) -> Question[LumisectionRows]:
    """Ask which LS DIALS has of a run."""
    about = (run.workspace, run.dataset_id, run.run)
    return Question("DIALS", "lumisections", about, _record(LumisectionRows))


def conditions(run: int) -> Question[OmsColumns]:
    """Ask what OMS says of the LS of a run."""
    return Question("OMS", "conditions", (run,), _CONDITIONS)


def rates(run: int, path: str) -> Question[RateRows]:
    """Ask what the rate of an HLT path is."""
    return Question("OMS", "rates", (run, path), _RATES)


def dataset_rates(run: int, dataset: str) -> Question[RateRows]:
    """Ask what the rate of a primary dataset is."""
    return Question("OMS", "dataset rates", (run, dataset), _RATES)


def rates_of(run: int, rate: RateName) -> Question[RateRows]:
    """Ask what the rate of an HLT path or a primary dataset is."""
    return dataset_rates(run, rate.name) if rate.is_dataset else rates(run, rate.name)


def rate_names(run: int) -> Question[RateNames]:
    """Ask which HLT paths and primary datasets of a run have rates."""
    return Question("OMS", "names of rates", (run,), _RATE_NAMES)


def l1_rates(run: int) -> Question[L1Rates]:
    """Ask for the totals of the level-1 trigger."""
    return Question("OMS", "level-1 rates", (run,), _L1_RATES)


def ml_models(workspace: str) -> Question[list[MlModel]]:
    """Ask which anomaly models a workspace has."""
    return Question("DIALS", "models", (workspace,), _MODELS)


def ml_flags(run: RunKey) -> Question[list[MlFlag]]:
    """Ask which LS of a run anomaly models call bad."""
    return Question("DIALS", "flags", (run.workspace, run.dataset_id, run.run), _FLAGS)


def certification(class_name: str, kind: str) -> Question[CertificationJson]:
    """Ask for the newest certification JSON of a kind."""
    return Question("DIALS", "certification", (class_name, kind), _CERTIFICATION)


def cards(block: int) -> Question[dict[int, RunCard]]:
    """Ask what OMS says of the runs from `RUNS_PER_FILE` times `block` on, as far as it was asked."""
    return Question("OMS", "cards", (block,), _CARDS)
