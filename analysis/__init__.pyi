# The public names and where they live; __init__.py loads each when it is first used.

from .charts.differences import (
    describe_differences as describe_differences,
    draw_differences as draw_differences,
)
from .charts.gallery import save_chart as save_chart
from .charts.shares import (
    describe_cumulative as describe_cumulative,
    describe_shares as describe_shares,
    draw_cumulative as draw_cumulative,
    draw_shares as draw_shares,
)
from .charts.stages import (
    describe_diverging as describe_diverging,
    describe_stages as describe_stages,
    draw_diverging as draw_diverging,
    draw_stages as draw_stages,
)
from .charts.waves import (
    describe_waves as describe_waves,
    draw_waves as draw_waves,
)
from .codebook import (
    codebook_of as codebook_of,
    load_codebook as load_codebook,
)
from .counts.assumptions import (
    audit_rounding as audit_rounding,
    consistent_sizes as consistent_sizes,
    weight_bounds as weight_bounds,
)
from .counts.disclosure import (
    disclosure_risk as disclosure_risk,
    withhold_small_cells as withhold_small_cells,
)
from .counts.recovery import (
    across_tables as across_tables,
    cell_bounds as cell_bounds,
    possible as possible,
    recover_counts as recover_counts,
    wave_counts as wave_counts,
)
from .inference.differences import (
    compare_stages as compare_stages,
    compare_waves as compare_waves,
)
from .inference.effects import check_reported as check_reported, compare_groups as compare_groups
from .inference.findings import (
    bound_nonresponse as bound_nonresponse,
    compare_assumptions as compare_assumptions,
    gather_frames as gather_frames,
)
from .inference.shares import estimate_shares as estimate_shares
from .report.run import run_report as run_report
from .rounding import print_percentages as print_percentages
from .slides.deck import save_slides as save_slides
from .slides.refresh import refresh_slides as refresh_slides
from .style import chart_style as chart_style
from .survey.appending import (
    append_wave as append_wave,
    undo_append as undo_append,
)
from .survey.pasted import read_percentages as read_percentages
from .survey.respondents import tabulate_responses as tabulate_responses
from .survey.table import (
    find_problems as find_problems,
    load_survey as load_survey,
)
from .words.conclusions import conclude as conclude
from .words.reservations import describe_recovery as describe_recovery
from .words.tables import table_of as table_of, widen_survey as widen_survey
