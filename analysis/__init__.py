"""Maturity stages in a published survey table: what the rounded percentages can and cannot bear.

The public names load their module when they are first used, so that ``import analysis`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "codebook": ("codebook_of", "load_codebook"),
    "survey.table": ("find_problems", "load_survey"),
    "survey.appending": ("append_wave", "undo_append"),
    "survey.respondents": ("tabulate_responses",),
    "counts.suppression": ("withhold_small_cells",),
    "rounding": ("print_percentages",),
    "counts.recovery": ("number_of_tables", "recover_counts", "sample_tables", "wave_counts"),
    "counts.ranges": ("across_tables", "cell_bounds"),
    "counts.sizes": ("consistent_sizes", "weight_bounds"),
    "counts.audit": ("audit_rounding",),
    "counts.disclosure": ("disclosure_risk",),
    "counts.reasons": ("explain_rounding",),
    "inference.estimates": ("estimate_shares", "published_shares"),
    "inference.comparisons": ("compare_cells", "compare_published", "compare_stages", "order_groups"),
    "inference.changes": ("compare_waves",),
    "inference.effects": ("compare_groups",),
    "inference.nonresponse": ("bound_nonresponse",),
    "inference.sensitivity": ("compare_assumptions",),
    "inference.findings": ("gather_frames",),
    "words.conclusions": (
        "conclude",
        "conclude_groups",
        "conclude_stages",
        "conclude_waves",
    ),
    "words.reservations": ("conclude_nonresponse", "conclude_population"),
    "words.explanations": ("describe_explanations", "describe_recovery"),
    "charts.descriptions": (
        "describe_cumulative",
        "describe_differences",
        "describe_diverging",
        "describe_shares",
        "describe_stages",
        "describe_waves",
    ),
    "charts.gallery": (
        "draw_cumulative",
        "draw_differences",
        "draw_diverging",
        "draw_shares",
        "draw_stages",
        "draw_waves",
        "new_axes",
    ),
    "charts.files": ("save_chart", "show_chart"),
    "slides.story": ("save_slides",),
    "slides.refresh": ("refresh_slides",),
    "report.exports": ("widen_survey",),
    "report.run": ("run_report",),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}
__all__ = sorted(_MODULES)  # noqa: PLE0605  (one list of the public names is enough)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'analysis' has no attribute '{name}'")
    return getattr(import_module(f"analysis.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
