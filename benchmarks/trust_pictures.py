"""Claims → two pictures for docs/trust: the reliability diagram and the risk/coverage curve (SVG)."""

from collections.abc import Iterable, Sequence

from assessor.trust import Claim, calibration_error, decided, decided_at, reliability, risk_curve

SIDE, LEFT, TOP, RIGHT, BOTTOM = 320, 64, 44, 24, 56  # of the plot, and around it
LOWEST = 0.5  # of both axes of the reliability diagram: nothing is decided below
RISK = 0.01
STYLE = """\
text { font-family: "Noto Sans", "Segoe UI", sans-serif; font-size: 12px; fill: #1f2933 }
.head { font-size: 15px; font-weight: 600 }
.quiet { fill: #52606d; font-size: 11px }
.ground { fill: #ffffff }
.grid { stroke: #e4e7eb; stroke-width: 1 }
.frame { fill: none; stroke: #9aa5b1; stroke-width: 1 }
.ideal { stroke: #52606d; stroke-width: 1.5; stroke-dasharray: 5 4 }
.bar { fill: #2f6db3; fill-opacity: .55 }
.line { fill: none; stroke: #2f6db3; stroke-width: 2 }
.mark { fill: #b3402f }"""


class Plot:
    """A square plot; `low`, `high`: the values at its corners, x before y."""

    def __init__(
        self, title: str, axes: tuple[str, str], low: tuple[float, float], high: tuple[float, float]
    ) -> None:
        self._low, self._high = low, high
        self._drawn = [f'<rect class="ground" width="{LEFT + SIDE + RIGHT}" height="{TOP + SIDE + BOTTOM}"/>']
        self.write("head", (LEFT, 20), "start", title)
        self.write("name", (LEFT + SIDE / 2, TOP + SIDE + 42), "middle", axes[0])
        turned = f'transform="translate(18 {TOP + SIDE / 2}) rotate(-90)"'
        self.add(f'<text class="name" text-anchor="middle" {turned}>{axes[1]}</text>')

    def grid(self, steps: int, shown: tuple[str, str]) -> None:
        """Lines and numbers; `shown`: how the numbers of each axis are written."""
        for step in range(steps + 1):
            x, y = (
                low + (high - low) * step / steps for low, high in zip(self._low, self._high, strict=True)
            )
            left, top = self.at(x, y)
            self.add(f'<path class="grid" d="M{left} {TOP}v{SIDE}M{LEFT} {top}h{SIDE}"/>')
            self.write("quiet", (left, TOP + SIDE + 18), "middle", format(x, shown[0]))
            self.write("quiet", (LEFT - 8, top + 4), "end", format(y, shown[1]))
        self.add(f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{SIDE}" height="{SIDE}"/>')

    def write(self, kind: str, at: tuple[float, float], anchor: str, words: str) -> None:
        """Words at pixels of the picture."""
        self.add(f'<text class="{kind}" text-anchor="{anchor}" x="{at[0]}" y="{at[1]}">{words}</text>')

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a value is drawn, kept within the plot."""
        shares = (
            min(1.0, max(0.0, (value - low) / (high - low)))
            for value, low, high in zip((x, y), self._low, self._high, strict=True)
        )
        across, up = shares
        return round(LEFT + SIDE * across, 1), round(TOP + SIDE * (1 - up), 1)

    def add(self, drawn: str) -> None:
        """Draw on top of what is there."""
        self._drawn.append(drawn)

    def path(self, kind: str, points: Iterable[tuple[float, float]]) -> None:
        """A line through values."""
        places = [self.at(*point) for point in points]
        self.add(f'<path class="{kind}" d="M{"L".join(f"{x:g} {y:g}" for x, y in places)}"/>')

    def svg(self) -> str:
        """The whole picture."""
        width, height = LEFT + SIDE + RIGHT, TOP + SIDE + BOTTOM
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">'
        return "\n".join([head, f"<style>{STYLE}</style>", *self._drawn, "</svg>\n"])


def reliability_svg(claims: Sequence[Claim]) -> str:
    """How often claims of each confidence are right; on the dashed line it is as often as they say."""
    plot = Plot("Reliability", ("confidence", "share that is right"), (LOWEST, LOWEST), (1.0, 1.0))
    plot.grid(5, (".1f", ".1f"))
    for one in reliability(claims):
        left, top = plot.at(one.low, one.right)
        right, bottom = plot.at(one.high, LOWEST)
        size = f'width="{max(0, right - left - 4):g}" height="{bottom - top:g}"'
        plot.add(f'<rect class="bar" x="{left + 2}" y="{top}" {size}/>')
        x, y = plot.at(one.confidence, one.right)
        plot.add(f'<circle class="mark" cx="{x}" cy="{y}" r="4"/>')
        plot.write("name", ((left + right) / 2, bottom - 8), "middle", str(one.count))
    plot.path("ideal", [(LOWEST, LOWEST), (1.0, 1.0)])
    error = f"expected calibration error {calibration_error(claims) or 0:.3f}"
    plot.write("quiet", (LEFT, 36), "start", f"{len(decided(claims))} verdicts; {error}")
    return plot.svg()


def risk_svg(claims: Sequence[Claim]) -> str:
    """Which share is wrong when only the surest claims are decided without a person."""
    points = risk_curve(claims)
    highest = max([0.05, *(point.risk for point in points)])
    axes = ("share decided without a person", "share of that which is wrong")
    plot = Plot("Risk and coverage", axes, (0.0, 0.0), (1.0, highest))
    plot.grid(5, (".1f", ".3f"))
    plot.path("ideal", [(0.0, RISK), (1.0, RISK)])
    plot.path("line", [(0.0, points[0].risk if points else 0.0), *((p.coverage, p.risk) for p in points)])
    best = decided_at(claims, RISK)
    if best is not None:
        x, y = plot.at(best.coverage, best.risk)
        plot.add(f'<circle class="mark" cx="{x}" cy="{y}" r="4"/>')
        said = f"{best.coverage:.0%} of {len(claims)} claims decided, {best.risk:.1%} of that wrong"
        plot.write("quiet", (LEFT, 36), "start", said)
    return plot.svg()
