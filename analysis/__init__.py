"""Maturity stages in a published survey table: what the rounded percentages can and cannot bear.

The public names load their module when they are first used, so that ``import analysis`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "load_codebook": "codebook",
    "codebook_of": "codebook",
}
__all__ = sorted(_HOMES)  # noqa: PLE0605  (one list of the public names is enough)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis' has no attribute '{name}'")
    return getattr(import_module(f"analysis.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
