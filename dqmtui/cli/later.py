"""Functions that are named now and imported when they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Later:
    """A function by its place, "package.module:function"; calling it imports the module."""

    place: str

    def load(self) -> Callable[..., Any]:
        """Import the module and give the function."""
        module, _, name = self.place.partition(":")
        function: Callable[..., Any] = getattr(import_module(module), name)
        return function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Import the module and call the function."""
        return self.load()(*args, **kwargs)
