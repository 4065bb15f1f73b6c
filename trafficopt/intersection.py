"""A signalized intersection: heads, movements, conflicts, and what its signal must keep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from trafficopt.stage import GREEN, Stage
from trafficopt.table_repr import Column, Table, Tabled, counted
from trafficopt.units import BoolArray, FloatArray, Meters, MetersPerSecond, Seconds, SecondsArray, read_only


class Turn(StrEnum):
    """Direction of a movement."""

    THROUGH = "through"
    LEFT = "left"
    RIGHT = "right"
    U_TURN = "u-turn"


class Control(StrEnum):
    """How a signal is run in the field."""

    FIXED_TIME = "fixed-time"
    ACTUATED = "actuated"
    OTHER = "other"


class User(StrEnum):
    """Whom a head serves."""

    VEHICLES = "vehicles"
    PEDESTRIANS = "pedestrians"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, repr=False)
class Head(Tabled):
    """One letter of the state string: the signal for a lane connection or a crossing.

    Attributes
    ----------
    id
        Name that survives a rebuild of the network: `from->to` of the movement, `walk:` and the links
        that a crossing crosses, empty for a letter that serves nobody.
    lane
        Lane of the approach (0 = rightmost); heads of one movement differ in it.
    speed_m_s
        Speed limit of the approach; of a crossing 0.
    turn_speed_m_s
        Speed at which the junction's geometry is driven.
    grade
        Rise of the approach toward the stop line (0.02 = 2 % uphill).
    length_m
        Path inside the junction, or length of the crossing.
    """

    id: str = ""
    user: User = User.VEHICLES
    from_link: str = ""
    to_link: str = ""
    lane: int = 0
    turn: Turn = Turn.THROUGH
    speed_m_s: MetersPerSecond = 13.89
    turn_speed_m_s: MetersPerSecond = 13.89
    grade: float = 0.0
    length_m: Meters = 0.0

    def _table(self) -> Table:
        if self.user is not User.VEHICLES:
            return Table(f"Head {self.id or 'without a name'}: {self.user}, {self.length_m:g} m")
        speed = f"speed limit {self.speed_m_s:g} m/s"
        return Table(f"Head {self.id or 'without a name'}: {self.turn} from lane {self.lane}, {speed}")


@dataclass(frozen=True, slots=True, repr=False)
class Movement(Tabled):
    """Traffic from one approach to one exit of a signalized intersection.

    Attributes
    ----------
    heads
        Indices into the signal's state string, one for each lane connection.
    lanes
        Lane of the approach that each head serves (0 = rightmost), as long as `heads`.
    turn_speed_m_s
        Speed at which the junction's geometry is driven.
    waiting_spaces
        Vehicles that can wait inside the junction ahead of the stop line for a gap.
    yields_to
        Heads of the same signal that go first when both are green.
    """

    from_link: str
    to_link: str
    turn: Turn
    heads: tuple[int, ...]
    lanes: tuple[int, ...]
    turn_speed_m_s: MetersPerSecond
    waiting_spaces: int
    yields_to: tuple[int, ...]

    @property
    def id(self) -> str:
        """Name that survives a rebuild of the network: `from->to`."""
        return f"{self.from_link}->{self.to_link}"

    def _table(self) -> Table:
        heads, lanes = (", ".join(map(str, each)) for each in (self.heads, self.lanes))
        yields = f", yields to heads {', '.join(map(str, self.yields_to))}" if self.yields_to else ""
        return Table(f"Movement {self.id}: {self.turn}, heads {heads} from lanes {lanes}{yields}")


@dataclass(frozen=True, slots=True)
class Override:
    """A hand-made correction of the conflict matrix, with its reason.

    Attributes
    ----------
    heads
        Ids of the two heads (all lanes of a movement).
    conflict
        Whether their paths meet.
    """

    intersection: str
    heads: tuple[str, str]
    conflict: bool
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Conflicts(Tabled):
    """Which heads' paths meet, who gives way, and where.

    Attributes
    ----------
    meets
        bool array of shape (n_heads, n_heads), symmetric: paths cross or merge, as SUMO's foes have it.
    yields
        bool array of shape (n_heads, n_heads): row gives way to column when both are green.
    near_m, far_m
        Distance [m] from the stop line of the row's head to the near and the far edge of the area that
        it shares with the column's, shape (n_heads, n_heads); nan where paths do not meet.
    unseen
        bool array of shape (n_heads, n_heads), symmetric: paths cross although SUMO lists no foes, so
        that neither gives way.
    overrides
        Corrections made by hand.
    """

    meets: BoolArray
    yields: BoolArray
    near_m: FloatArray
    far_m: FloatArray
    unseen: BoolArray
    overrides: tuple[Override, ...] = ()

    def __post_init__(self) -> None:
        shape = self.meets.shape
        if (
            any(a.shape != shape for a in (self.yields, self.near_m, self.far_m, self.unseen))
            or shape[0] != shape[-1]
        ):
            raise ValueError("the arrays of conflicts must be square and of one shape")
        for array in (self.meets, self.yields, self.near_m, self.far_m, self.unseen):
            read_only(array)

    @classmethod
    def without_geometry(cls, meets: BoolArray, yields: BoolArray) -> Conflicts:
        """Conflicts whose distances are unknown, taken as 0 m to the near and 20 m to the far edge."""
        near = np.where(meets, 0.0, np.nan)
        return cls(meets, yields, near, near + 20.0, np.zeros_like(meets))

    def _table(self) -> Table:
        pairs = counted(int(self.meets.sum()) // 2, "pair")
        unseen, corrected = int(self.unseen.sum()) // 2, len(self.overrides)
        more = f", {unseen} pairs that SUMO does not list" * bool(unseen) + f", {corrected} corrected" * bool(
            corrected
        )
        n_yields = int(self.yields.sum())
        return Table(
            f"Conflicts of {len(self.meets)} heads: {pairs} meet, {n_yields} times one gives way{more}"
        )


@dataclass(frozen=True, slots=True, repr=False)
class Requirements(Tabled):
    """What each head of a signal must keep: a rule profile applied to one intersection.

    Attributes
    ----------
    yellow_s
        Yellow after green [s], shape (n_heads,); 0 for pedestrians.
    intergreen_s
        Least time [s] from the end of the row's green to the begin of the column's where the two are
        not green together, shape (n_heads, n_heads); nan where their paths do not meet.
    min_green_s
        Least green [s] (walk for pedestrians), shape (n_heads,).
    max_red_s
        Longest red [s], shape (n_heads,); inf where nothing limits it.
    permissive
        bool array of shape (n_heads, n_heads): row may be green and give way to column.
    """

    yellow_s: SecondsArray
    intergreen_s: SecondsArray
    min_green_s: SecondsArray
    max_red_s: SecondsArray
    permissive: BoolArray

    def __post_init__(self) -> None:
        n = len(self.yellow_s)
        if any(array.shape != (n,) for array in (self.yellow_s, self.min_green_s, self.max_red_s)):
            raise ValueError("one value is needed for each head")
        if self.intergreen_s.shape != (n, n) or self.permissive.shape != (n, n):
            raise ValueError(f"matrices must be {n} x {n}")
        for name in ("yellow_s", "intergreen_s", "min_green_s", "max_red_s", "permissive"):
            read_only(getattr(self, name))

    def _table(self) -> Table:
        names = ("yellow", "min green", "max red", "longest intergreen")
        most = np.nanmax(np.nan_to_num(self.intergreen_s, nan=0.0), axis=1, initial=0.0)
        arrays = (self.yellow_s, self.min_green_s, self.max_red_s, most)
        rows = list(zip(map(str, range(len(most))), *(array.tolist() for array in arrays), strict=True))
        return Table("Requirements", (Column("head"), *(Column(name, "s") for name in names)), rows)


@dataclass(frozen=True, slots=True, repr=False)
class Intersection(Tabled):
    """A signalized intersection.

    Attributes
    ----------
    heads
        In the order of the state string.
    stages
        Of the field plan, in its order.
    requirements
        What every plan of this signal must keep.
    kept_because
        Why the signal cannot be retimed (empty: it can).
    """

    id: str
    x_m: Meters
    y_m: Meters
    heads: tuple[Head, ...] = field(repr=False)
    movements: tuple[Movement, ...] = field(repr=False)
    conflicts: Conflicts = field(repr=False, compare=False)
    stages: tuple[Stage, ...] = field(repr=False)
    requirements: Requirements = field(repr=False, compare=False)
    control: Control = Control.FIXED_TIME
    kept_because: str = ""
    district: str = ""

    def __post_init__(self) -> None:
        n = len(self.heads)
        if self.conflicts.meets.shape != (n, n) or len(self.requirements.yellow_s) != n:
            raise ValueError(f"{self.id}: conflicts and requirements must be those of {n} heads")

    @property
    def n_heads(self) -> int:
        """Letters of the state string."""
        return len(self.heads)

    @property
    def opposed(self) -> BoolArray:
        """Conflicts between different approaches, seen by SUMO or not, shape (n_heads, n_heads).

        Lanes of one approach that merge behind the stop line are no matter of the signal.
        """
        return opposed_heads(self.heads, self.conflicts)

    @property
    def crossings(self) -> tuple[int, ...]:
        """Heads of pedestrian crossings."""
        return tuple(k for k, head in enumerate(self.heads) if head.user is User.PEDESTRIANS)

    @property
    def heads_by_name(self) -> dict[str, tuple[int, ...]]:
        """Heads of each movement and crossing, by lane; letters that serve nobody are left out."""
        names: dict[str, list[int]] = {h.id: [] for h in self.heads if h.user is not User.NOBODY}
        for index, head in sorted(enumerate(self.heads), key=lambda item: (item[1].lane, item[0])):
            if head.user is not User.NOBODY:
                names[head.id].append(index)
        return {name: tuple(heads) for name, heads in names.items()}

    @property
    def lost_time_s(self) -> Seconds:
        """Sum of the intergreens of the field plan's stage order."""
        return sum(stage.intergreen_s for stage in self.stages)

    def _table(self) -> Table:
        columns = tuple(map(Column, ("movement", "turn", "lanes", "green in stages", "")))
        rows = [(m.id, m.turn, _row_of(m.lanes), *self._green_of(m)) for m in self.movements]
        sizes = (self.n_heads, "head"), (len(self.stages), "stage"), (len(self.crossings), "crossing")
        title = f"Intersection {self.id} ({self.control}): {', '.join(counted(*size) for size in sizes)}"
        return Table(title, columns, rows, (f"Kept: {self.kept_because}.",) if self.kept_because else ())

    def _green_of(self, movement: Movement) -> tuple[str, str]:
        """Numbers of the stages in which a movement is green, and whether it gives way in one."""
        shown = [{stage.state[head] for head in movement.heads} & set(GREEN) for stage in self.stages]
        yields = any(letters == {"g"} and movement.yields_to for letters in shown)
        return _row_of(k for k, letters in enumerate(shown, start=1) if letters), "yields" if yields else ""


def _row_of(numbers: Iterable[int]) -> str:
    """Numbers, each once."""
    return " ".join(map(str, sorted(set(numbers))))


def opposed_heads(heads: Sequence[Head], conflicts: Conflicts) -> BoolArray:
    """Conflicts between different approaches, seen by SUMO or not, shape (n_heads, n_heads)."""
    links = np.array([head.from_link for head in heads])
    return np.asarray((conflicts.meets | conflicts.unseen) & (links[:, None] != links[None, :]))
