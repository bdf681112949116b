"""The endpoints of DIALS and the filters each of them knows, as the official client has them.

They stand here as plain tables because importing the client costs a second; a test holds them equal to its
classes. DIALS ignores a parameter it does not know and then answers with unfiltered data, so a name that is
not in these tables never leaves the program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

API_PATH = "api/v1"
WORKSPACE_HEADER = "Workspace"
MAX_PAGE_SIZE = 500
"""The service cuts a larger ``page_size`` down to this without saying so."""

FilterValue = str | int | float | bool
PAGING = ("next_token", "page_size")
COUNT = "count/"
"""What follows the path of a list that can be counted: runs, lumisections and files."""
FIELDS = "fields"
"""Projects the rows of a list; the official client does not know it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One list of DIALS: its path below the API, and the names of its filters."""

    path: str
    filters: frozenset[str]

    def params(self, **filters: FilterValue | Iterable[int] | None) -> list[tuple[str, str]]:
        """Return query parameters, those that are None left out; raise ValueError for an unknown name."""
        unknown = filters.keys() - self.filters - {FIELDS}
        if unknown:
            message = f"{self.path} has no filter {', '.join(sorted(unknown))}"
            raise ValueError(message)
        return [(name, _text(value)) for name, value in filters.items() if value is not None]


def _filters(names: str, *, paged: bool = True) -> frozenset[str]:
    return frozenset([*names.split(), *(PAGING if paged else ())])


_DATASET = "dataset dataset__regex dataset_id"
_RUN = "run_number run_number__gte run_number__lte"
# The client misspells ls_number__lte of histograms as ls_numbet__lte, which the service ignores.
_LS = "ls_number ls_number__gte ls_number__lte"
_FILE = "logical_file_name logical_file_name__regex"
_HISTOGRAM = _filters(f"{_DATASET} {_RUN} {_LS} {_FILE} file_id me me__regex me_id entries__gte")

DATASETS = Endpoint("dataset-index/", _filters("dataset dataset__regex"))
FILES = Endpoint("file-index/", _filters(f"{_DATASET} {_FILE} status min_size"))
RUNS = Endpoint("run/", _filters(f"{_DATASET} {_RUN}"))
LUMISECTIONS = Endpoint("lumisection/", _filters(f"{_DATASET} {_RUN} {_LS}"))
MES = Endpoint("mes/", _filters("me me__regex dim", paged=False))
TH1 = Endpoint("th1/", _HISTOGRAM)
TH2 = Endpoint("th2/", _HISTOGRAM)
ML_MODELS = Endpoint(
    "ml-models-index/",
    _filters(
        "id id__in name name__regex active ready type tag_name tag_value "
        "input_signature_contains_me input_signature_contains_me__regex"
    ),
)
ML_BAD_LUMISECTIONS = Endpoint(
    "ml-bad-lumisection/",
    _filters(
        f"{_DATASET} dataset_id__in run_number run_number__in ls_number "
        "me me__regex me_id model_id model_id__in"
    ),
)
OMS_PROXY = "oms-proxy/"
CERTIFICATION_JSON = "caf/"

WORKSPACES = ("auth/workspaces/", "workspaces/")
"""The list of workspaces in the first and the second version of the backend."""
DEFAULT_WORKSPACE = ("auth/user-default-workspace/", "workspaces/my-default/")
"""The person's own workspace in the first and the second version of the backend."""


def _text(value: FilterValue | Iterable[int]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return ",".join(str(item) for item in value)
