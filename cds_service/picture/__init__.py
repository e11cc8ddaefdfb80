"""Pictures of one patient: what the rules found, along the days it happened.

timeline = draw_timeline(ChartView(chart, knowledge), findings)
page = render_svg(timeline) + render_table(timeline)   # with STYLE once in the page
"""

from cds_service.picture.drawing import draw_timeline
from cds_service.picture.svg import STYLE, render_svg, render_table
from cds_service.picture.timeline import Timeline

__all__ = ["STYLE", "Timeline", "draw_timeline", "render_svg", "render_table"]
