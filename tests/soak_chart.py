"""Line charts as SVG, one below the other, readable on light and dark pages."""

from collections.abc import Mapping, Sequence

_WIDTH, _HEIGHT, _LEFT, _GAP = 720, 90, 60, 40
_STYLE = (
    "text{font:12px sans-serif;fill:#808080}.title{font-weight:bold}"
    "polyline{fill:none;stroke:#c98a2b;stroke-width:1.5}line{stroke:#80808060}"
)


def draw_chart(x: Sequence[float], series: Mapping[str, Sequence[float]], label: str) -> str:
    """Return a chart of each of `series` over `x`, from 0 to its maximum; `label` is that of x."""
    height = len(series) * (_HEIGHT + _GAP) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{', '.join(series)}</title><style>{_STYLE}</style>",
    ]
    for index, (title, values) in enumerate(series.items()):
        top = index * (_HEIGHT + _GAP) + 25
        parts.append(_panel(x, values, title, top))
    bottom = height - 8
    parts.append(f'<text x="{_LEFT}" y="{bottom}">{x[0]:,.0f}</text>')
    middle = (_LEFT + _WIDTH) / 2
    parts.append(f'<text x="{middle}" y="{bottom}" text-anchor="middle">{label}</text>')
    parts.append(f'<text x="{_WIDTH - 4}" y="{bottom}" text-anchor="end">{x[-1]:,.0f}</text></svg>')
    return "\n".join(parts) + "\n"


def _panel(x: Sequence[float], values: Sequence[float], title: str, top: float) -> str:
    """Return the chart of one series below `top`."""
    highest, bottom = max(values) or 1, top + _HEIGHT
    width, span = _WIDTH - _LEFT - 4, (x[-1] - x[0]) or 1
    points = " ".join(
        f"{_LEFT + width * (at - x[0]) / span:.1f},{bottom - _HEIGHT * value / highest:.1f}"
        for at, value in zip(x, values, strict=True)
    )
    return "\n".join(
        [
            f'<text x="{_LEFT}" y="{top - 8}" class="title">{title}</text>',
            f'<text x="{_LEFT - 6}" y="{top + 10}" text-anchor="end">{highest:,.0f}</text>',
            f'<text x="{_LEFT - 6}" y="{bottom}" text-anchor="end">0</text>',
            f'<line x1="{_LEFT}" y1="{bottom}" x2="{_WIDTH - 4}" y2="{bottom}"/>',
            f'<polyline points="{points}"/>',
        ]
    )
