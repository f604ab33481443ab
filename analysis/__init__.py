"""Maturity stages in a published survey table: what the rounded percentages can and cannot bear.

The public names load their module when they are first used, so that ``import analysis`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "codebook": ("codebook_of", "load_codebook"),
    "table": ("find_problems", "load_survey"),
    "appending": ("append_wave", "undo_append"),
    "respondents": ("tabulate_responses",),
    "suppression": ("withhold_small_cells",),
    "rounding": ("print_percentages",),
    "recovery": ("number_of_tables", "recover_counts", "sample_tables", "wave_counts"),
    "ranges": ("across_tables", "cell_bounds"),
    "sizes": ("consistent_sizes", "weight_bounds"),
    "audit": ("audit_rounding",),
    "disclosure": ("disclosure_risk",),
    "reasons": ("explain_rounding",),
    "estimates": ("estimate_shares", "published_shares"),
    "comparisons": ("compare_cells", "compare_published", "compare_stages", "order_groups"),
    "changes": ("compare_waves",),
    "effects": ("compare_groups",),
    "nonresponse": ("bound_nonresponse",),
    "sensitivity": ("compare_assumptions",),
    "findings": ("gather_frames",),
    "conclusions": (
        "conclude",
        "conclude_groups",
        "conclude_stages",
        "conclude_waves",
    ),
    "reservations": ("conclude_nonresponse", "conclude_population"),
    "explanations": ("describe_explanations", "describe_recovery"),
    "descriptions": (
        "describe_cumulative",
        "describe_differences",
        "describe_diverging",
        "describe_shares",
        "describe_stages",
        "describe_waves",
    ),
    "charts": (
        "draw_cumulative",
        "draw_differences",
        "draw_diverging",
        "draw_shares",
        "draw_stages",
        "draw_waves",
        "new_axes",
    ),
    "files": ("save_chart", "show_chart"),
    "slides": ("save_slides",),
    "refresh": ("refresh_slides",),
    "exports": ("widen_survey",),
    "report": ("run_report",),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}
__all__ = sorted(_MODULES)  # noqa: PLE0605  (one list of the public names is enough)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'analysis' has no attribute '{name}'")
    return getattr(import_module(f"analysis.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
