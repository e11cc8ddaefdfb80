"""A timeline laid out: every shape and label with its place, ready for the template."""

from collections.abc import Iterator

from msgspec import Struct

from cds_service.picture.scale import LEFT, LETTER, RIGHT, WIDTH, Days, Values, extent
from cds_service.picture.timeline import Bar, Dot, Lane, Moment, Timeline, Window
from cds_service.wording import fit

_BARS, _LANES = 8, 6  # more are in the table
_TEXT, _GAP = 14, 9  # height of a line of text, and the room below a row
_THICK = 8  # of a bar
_PLOT = 34  # height of a lane
_FADE = 60  # how far an unknown start fades
_LEAST = 3  # no span is thinner
_APART = 11  # labels of limits need so much room
_LIMIT_WIDTH = 32  # and so much at the left
_SHORTEST = 12  # letters of a name
_BOLDER = 1.12  # how much wider bold letters are


FADING = ("f", "fc")  # a medicine whose start is not known; with c a finding rests on it


class Label(Struct, gc=False):
    """A text; `end` anchors it at its right end, `look` is a class of the style sheet."""

    x: float
    y: float
    text: str
    end: bool = False
    look: str = ""


class Shape(Struct, gc=False):
    """A path with its class; one of `FADING` fades to the left."""

    look: str
    path: str


class Layout(Struct):
    """All of a picture, in the order it is painted."""

    height: float
    shapes: list[Shape]
    labels: list[Label]

    @property
    def gradients(self) -> list[str]:
        """The classes that need a gradient."""
        return sorted({shape.look for shape in self.shapes if shape.look in FADING})


def lay_out(timeline: Timeline) -> Layout:
    """The picture from top to bottom: the soreness, the medicines, the results, the months."""
    return _Pen(timeline).draw()


class _Pen:
    """Draws row by row; `y` is the upper edge of the next row."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.days = Days(timeline.earliest, timeline.today)
        window = timeline.window
        self.window = None if window is None or self.days.before(window.last) else window
        self.shapes: list[Shape] = []
        self.labels: list[Label] = []
        self.y = 0.0

    def draw(self) -> Layout:
        timeline = self.timeline
        if self.window:
            self._text(self.days.at(self.window.first), self.window.said, "q")
            self.y += 2
        self._onset()
        for bar in timeline.bars[:_BARS]:
            self._bar(bar)
        for lane in timeline.lanes[:_LANES]:
            self._lane(lane)
        left_out = len(timeline.bars[_BARS:]) + len(timeline.lanes[_LANES:])
        if left_out:
            self._text(LEFT, timeline.left_out.format(count=left_out), "q")
        self._behind()
        return Layout(self.y + _TEXT + 4, self.shapes, self.labels)

    def _text(self, x: float, text: str, look: str = "") -> None:
        """A line of text beginning at `x`, or ending at the edge where it would not fit."""
        self.y += _TEXT
        self.labels.append(_label(x, self.y - 3, text, look))

    def _onset(self) -> None:
        onset = self.timeline.onset
        self._text(self.days.at(onset.first) if onset else LEFT, self.timeline.onset_said, "s")
        if onset:
            middle = self.y + 4
            self._span("o", onset, middle - 3, 6)
            if onset.first == onset.last:
                x = self.days.at(onset.first)
                self.shapes.append(Shape("o", f"M{_n(x - 5)} {_n(middle)}a5 5 0 1 0 10 0a5 5 0 1 0-10 0z"))
            self.y += 10
        self.y += _GAP

    def _span(self, look: str, days: Moment, top: float, height: float) -> None:
        """A stretch of days that may all be meant; nothing for a single day."""
        if days.first != days.last:
            left, right = self.days.at(days.first), self.days.at(days.last)
            self.shapes.append(_box(look, left, max(right, left + _LEAST), top, height))

    def _bar(self, bar: Bar) -> None:
        right = self.days.at(bar.end.first) if bar.end else RIGHT
        left = self.days.at(bar.start.last) if bar.start else max(LEFT, right - _FADE)
        name = fit(bar.name, max(int(WIDTH / LETTER) - len(bar.said) - 2, _SHORTEST))
        self._text(self.days.at(bar.start.first) if bar.start else left, f"{name}, {bar.said}")
        top, look = self.y, "b c" if bar.counts else "b"
        if bar.start:
            self._span(f"{look} u", bar.start, top, _THICK)
        if bar.end:
            self._span(f"{look} u", bar.end, top, _THICK)
        known = look if bar.now or bar.end else f"{look} u"  # it ended on some day before today
        fading = FADING[bar.counts]
        self.shapes.append(_box(known if bar.start else fading, left, max(right, left + _LEAST), top, _THICK))
        self._ends(bar, look, top)
        self.y += _THICK
        self._doses(bar, top)
        self.y += _GAP

    def _ends(self, bar: Bar, look: str, top: float) -> None:
        """An arrow where a medicine is still taken, one to the left where it began before the picture."""
        middle, half = top + _THICK / 2, _THICK / 2 + 3
        if bar.now:
            self.shapes.append(Shape(look, f"M{RIGHT} {_n(middle - half)}l10 {_n(half)}l-10 {_n(half)}z"))
        if bar.start and self.days.before(bar.start.last):
            self.shapes.append(Shape("k", f"M{LEFT + 9} {_n(top + 1)}l-5 {_n(half - 4)}l5 {_n(half - 4)}"))

    def _doses(self, bar: Bar, top: float) -> None:
        for step in bar.doses:
            if self.days.before(step.at.last):
                continue
            x = self.days.at(step.at.first)
            self.shapes.append(Shape("i", f"M{_n(x)} {_n(top - 1)}l4 {_THICK + 5}h-8z"))
            self._text(x + 7, f"{step.said}, {step.at.said}", "q")

    def _lane(self, lane: Lane) -> None:
        self._text(LEFT, lane.name)
        top, bottom = self.y + 8, self.y + 8 + _PLOT
        values = Values(lane, top + 5, bottom - 4)
        self._limits(values)
        free = float(WIDTH)
        for dot in lane.dots:
            free = self._dot(dot, values.at(dot.value), free)
        self.y = bottom + _GAP

    def _limits(self, values: Values) -> None:
        last = float("inf")
        for line in values.lines:
            y = values.at(line.value)
            self.shapes.append(Shape("l", f"M{LEFT} {_n(y)}H{RIGHT}"))
            if last - y >= _APART:
                self.labels.append(Label(LEFT, y - 2, f"{line.value:g}", look="q"))
                last = y

    def _dot(self, dot: Dot, y: float, free: float) -> float:
        """A result; its value is printed where there is room left of `free`, which it then takes away."""
        first, last = self.days.at(dot.at.first), self.days.at(dot.at.last)
        x, width = (first + last) / 2, extent(dot.shown)
        self._span("d u", dot.at, y - 2, 4)
        self.shapes.append(Shape("d", f"M{_n(x)} {_n(y - 5)}l5 5l-5 5l-5-5z"))
        if x + 8 + width <= free:
            self.labels.append(Label(x + 8, y + 4, dot.shown))
        elif x - 8 - width >= LEFT + _LIMIT_WIDTH and x + 8 <= free:
            self.labels.append(Label(x - 8, y + 4, dot.shown, end=True))
            return x - 8 - width
        return x - 8

    def _behind(self) -> None:
        """What lies under everything: the window, the months, the onset, today."""
        height, behind = self.y, list[Shape]()
        if self.window:
            behind.append(self._window(self.window, height))
        if self.timeline.onset:
            left, right = (self.days.at(day) for day in (self.timeline.onset.first, self.timeline.onset.last))
            behind.append(
                Shape("n", f"M{_n(left)} {_TEXT}V{_n(height)}")
                if left == right
                else _box("m", left, right, _TEXT, height - _TEXT)
            )
        behind.append(Shape("t", f"M{RIGHT} {_TEXT}V{_n(height)}"))
        self.shapes[:0] = behind
        self.labels += self._months(height + _TEXT)

    def _window(self, window: Window, height: float) -> Shape:
        left = self.days.at(window.first)
        return _box("w", left, max(self.days.at(window.last), left + _LEAST), _TEXT, height - _TEXT)

    def _months(self, y: float) -> Iterator[Label]:
        today = self.timeline.today_said
        yield Label(WIDTH, y, today, end=True, look="q")
        room = WIDTH - extent(today) - 8
        for x, month in self.days.ticks():
            name = self.timeline.month_of(month)
            self.shapes.insert(0, Shape("x", f"M{_n(x)} {_n(self.y)}v4"))
            if x + extent(name) < room:
                yield Label(x, y, name, look="q")


def _label(x: float, y: float, text: str, look: str) -> Label:
    fits = x + extent(text) * (_BOLDER if look == "s" else 1) <= WIDTH
    return Label(x, y, text, look=look) if fits else Label(WIDTH - 2, y, text, end=True, look=look)


def _box(look: str, left: float, right: float, top: float, height: float) -> Shape:
    return Shape(look, f"M{_n(left)} {_n(top)}H{_n(right)}v{_n(height)}H{_n(left)}z")


def _n(number: float) -> str:
    """A number as short as it can be written."""
    return f"{number:.1f}".removesuffix(".0")
