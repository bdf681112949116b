"""Running the code that a command wrote, as a person does: with the official client and a login on disk."""

from __future__ import annotations

import json
import runpy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from dqmtui.demo.process import DemoServices


def run_code(code: str, demo: DemoServices, home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give what a program leaves behind when it is imported; it finds its login where cmsdials keeps it."""
    cache = home / ".cache"
    cache.mkdir(exist_ok=True)
    later = (datetime.now() + timedelta(days=1)).isoformat()  # noqa: DTZ005 - cmsdials writes naive local times
    token = {
        "access_token": demo.token,
        "expires_in": 86400,
        "refresh_expires_in": 86400,
        "refresh_token": "none",
        "token_type": "Bearer",
        "expires_at": later,
        "refresh_expires_at": later,
    }
    (cache / "creds").write_text(json.dumps(token))
    program = home / "program.py"
    program.write_text(code)
    monkeypatch.chdir(home)
    return runpy.run_path(str(program), run_name="imported")
