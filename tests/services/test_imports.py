"""What importing a module costs, seen in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("httpx", "tenacity", "pandas", "cmsdials", "omsapi", "requests", "textual", "pydantic")


def loaded_by(module: str) -> set[str]:
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        "errors",
        "records",
        "oms_records",
        "tokens",
        "transport",
        "dials",
        "oms",
        "dials_grammar",
        "keycloak",
        "logins",
        "device_login",
        "client_login",
    ],
)
def test_importing_a_client_does_not_import_the_http_library(module: str) -> None:
    assert not loaded_by(f"dqmtui.services.{module}") & set(HEAVY)


@pytest.mark.parametrize("module", ["errors", "records", "oms_records", "tokens"])
def test_importing_errors_and_records_does_not_import_numpy(module: str) -> None:
    assert "numpy" not in loaded_by(f"dqmtui.services.{module}")


def test_settings_import_little() -> None:
    loaded = loaded_by("dqmtui.store.settings, dqmtui.store.paths")
    assert not loaded & {*HEAVY, "numpy", "platformdirs", "tomllib", "difflib"}
