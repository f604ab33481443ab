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
    "old.counts.suppression": ("withhold_small_cells",),
    "old.rounding": ("print_percentages",),
    "old.counts.recovery": ("number_of_tables", "recover_counts", "sample_tables", "wave_counts"),
    "old.counts.ranges": ("across_tables", "cell_bounds"),
    "old.counts.sizes": ("consistent_sizes", "weight_bounds"),
    "old.counts.audit": ("audit_rounding",),
    "old.counts.disclosure": ("disclosure_risk",),
    "old.counts.reasons": ("explain_rounding",),
    "old.inference.estimates": ("estimate_shares", "published_shares"),
    "old.inference.comparisons": ("compare_cells", "compare_published", "compare_stages", "order_groups"),
    "old.inference.changes": ("compare_waves",),
    "old.inference.effects": ("compare_groups",),
    "old.inference.nonresponse": ("bound_nonresponse",),
    "old.inference.sensitivity": ("compare_assumptions",),
    "old.inference.findings": ("gather_frames",),
    "old.words.conclusions": (
        "conclude",
        "conclude_groups",
        "conclude_stages",
        "conclude_waves",
    ),
    "old.words.reservations": ("conclude_nonresponse", "conclude_population"),
    "old.words.explanations": ("describe_explanations", "describe_recovery"),
    "old.charts.descriptions": (
        "describe_cumulative",
        "describe_differences",
        "describe_diverging",
        "describe_shares",
        "describe_stages",
        "describe_waves",
    ),
    "old.charts.gallery": (
        "draw_cumulative",
        "draw_differences",
        "draw_diverging",
        "draw_shares",
        "draw_stages",
        "draw_waves",
        "new_axes",
    ),
    "old.charts.files": ("save_chart", "show_chart"),
    "old.slides.story": ("save_slides",),
    "old.slides.refresh": ("refresh_slides",),
    "old.report.exports": ("widen_survey",),
    "old.report.run": ("run_report",),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}
__all__ = sorted(_MODULES)  # noqa: PLE0605  (one list of the public names is enough)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'analysis' has no attribute '{name}'")
    return getattr(import_module(f"analysis.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
