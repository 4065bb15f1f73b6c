"""Nets that stress conflict matrices, built by SUMO's own tools, each with a configuration to read."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path

import pytest

from trafficopt.sumo.binary import run_tool

ROOT = Path(__file__).resolve().parents[2]
MAPS = ROOT.parent / "shared" / "maps"
N_FLOWS = 6

WALKING = ("--sidewalks.guess", "--crossings.guess")
SIGNALS = ("-j", "traffic_light", "-L", "2")
GRID = (
    *("--grid", "--grid.number=2", "--grid.length=200", "--grid.attach-length=100"),
    *SIGNALS,
    *WALKING,
)
TURN_LANES = ("--turn-lanes=1", "--turn-lanes.length=60")
COMPASS = {"w": (-200, 0), "e": (200, 0), "s": (0, -200), "n": (0, 200)}
# Exits of each approach to the right, straight on, to the left.
EXITS = {"w": ("s", "e", "n"), "e": ("n", "w", "s"), "s": ("e", "n", "w"), "n": ("w", "s", "e")}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a net is built: the tool, its options, and plain files by the option that names them."""

    tool: str
    options: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict)


def plain(nodes: str, edges: str, *options: str, connections: str = "") -> Recipe:
    files = {"node-files": f"<nodes>{nodes}</nodes>", "edge-files": f"<edges>{edges}</edges>"}
    if connections:
        files["connection-files"] = f"<connections>{connections}</connections>"
    return Recipe("netconvert", options, files)


def node(key: str, x: float, y: float, *, signal: bool = False) -> str:
    kind = 'type="traffic_light"' if signal else ""
    return f'<node id="{key}" x="{x:.2f}" y="{y:.2f}" {kind}/>'


def edge(a: str, b: str, more: str = "", lanes: str = "", n_lanes: int = 2) -> str:
    ends = f'id="{a}{b}" from="{a}" to="{b}" numLanes="{n_lanes}" sidewalkWidth="2"'
    return f"<edge {ends} {more}>{lanes}</edge>"


def star(
    places: Mapping[str, tuple[float, float]], more: str = "", lanes: str = "", n_lanes: int = 2
) -> tuple[str, str]:
    """Nodes and edges of one signal `c` with an arm to each place: edges wc, cw, ..."""
    nodes = node("c", 0, 0, signal=True) + "".join(node(i, x, y) for i, (x, y) in places.items())
    return nodes, "".join(edge(a, b, more, lanes, n_lanes) for i in places for a, b in ((i, "c"), ("c", i)))


def arms(keys: str) -> dict[str, tuple[float, float]]:
    return {key: COMPASS[key] for key in keys}


def six_legs() -> Recipe:
    """Six arms at unequal angles."""
    angles = [math.pi * k / 3 + 0.1 * (k % 2) for k in range(6)]
    places = {f"n{k}": (200 * math.cos(a), 200 * math.sin(a)) for k, a in enumerate(angles)}
    return plain(*star(places), "--crossings.guess")


def two_way_crossing() -> Recipe:
    """T-junction: one crossing with a head for each direction, and one in two parts with an island."""
    crossings = '<crossing node="c" edges="wc cw" linkIndex="20" linkIndex2="21"/>'
    crossings += '<crossing node="c" edges="sc"/><crossing node="c" edges="cs"/>'
    return plain(*star(arms("wes")), connections=crossings)


def median(distance_m: float = 5.0) -> Recipe:
    """T-junction whose directions lie apart: crossings are built in two parts with a refuge."""
    places, edges = arms("wes"), ""
    for key, (x, y) in places.items():
        u, v = distance_m * y / 200, -distance_m * x / 200  # to the left of who drives in
        outer, inner = f"{x - u},{y - v}", f"{x / 10 - u},{y / 10 - v}"
        edges += edge(key, "c", f'shape="{outer} {inner}"')
        outer, inner = f"{x + u},{y + v}", f"{x / 10 + u},{y / 10 + v}"
        edges += edge("c", key, f'shape="{inner} {outer}"')
    return plain(star(places)[0], edges, "--crossings.guess")


def joined(*options: str) -> Recipe:
    """Two one-way pairs that cross in four junctions under one signal."""
    corners = {f"j{x}{y}": (25 * x, 25 * y) for x in (0, 1) for y in (0, 1)}
    outer = {"wo": (-200, 25), "wi": (-200, 0), "ei": (225, 25), "eo": (225, 0)}
    outer |= {"ni": (0, 225), "no": (25, 225), "si": (25, -200), "so": (0, -200)}
    ways = ("wi j00 j10 eo", "ei j11 j01 wo", "si j10 j11 no", "ni j01 j00 so")
    nodes = "".join(node(key, *place, signal=key in corners) for key, place in (corners | outer).items())
    stops = [way.split() for way in ways]
    edges = "".join(edge(a, b) for way in stops for a, b in pairwise(way))
    return plain(nodes, edges, "--crossings.guess", "--tls.join", "--tls.join-dist=40", *options)


def indirect_left() -> Recipe:
    """Cyclists turn left in two steps, and a second head releases the second step."""
    connections = ""
    for a, (right, through, left) in EXITS.items():
        for lane, exits, more in (
            (1, left, 'indirect="1"'),
            (1, through + right, ""),
            (2, through + right, ""),
        ):
            connections += "".join(_connection(a, b, lane, more) for b in exits)
        connections += "".join(_connection(a, b, 3, "") for b in through + left)
    nodes, edges = star(arms("wesn"), 'bikeLaneWidth="1.5"')
    return plain(nodes, edges, "--crossings.guess", connections=connections)


def _connection(a: str, b: str, lane: int, more: str) -> str:
    return f'<connection from="{a}c" to="c{b}" fromLane="{lane}" toLane="{lane}" {more}/>'


def recipes() -> dict[str, Recipe]:
    bus = '<lane index="0" allow="bus"/>'
    forward = "--no-turnarounds"
    radial = ("--spider.arm-number=5", "--spider.circle-number=2", "--spider.space-radius=120")
    random = ("--rand", "--rand.iterations=15", "--rand.min-angle=30", "--seed=7")
    return {
        "grid": Recipe("netgenerate", (*GRID, *TURN_LANES, forward)),
        "grid-left-hand": Recipe("netgenerate", (*GRID, *TURN_LANES, "--lefthand")),
        "six-legs": six_legs(),
        "spider": Recipe("netgenerate", ("--spider", *radial, *SIGNALS, *WALKING)),
        "spider-actuated": Recipe(
            "netgenerate",
            ("--spider", *radial, "--spider.omit-center", *SIGNALS, *WALKING, "--tls.default-type=actuated"),
        ),
        "random": Recipe("netgenerate", (*random, *SIGNALS, *WALKING, forward, "--tls.layout=incoming")),
        "two-way-crossing": two_way_crossing(),
        "median": median(),
        "joined": joined(),
        "joined-grouped": joined("--tls.group-signals"),
        "joined-uncontrolled-within": joined("--tls.uncontrolled-within"),
        "u-turns": Recipe("netgenerate", GRID),
        "bus-lane": plain(*star(arms("wesn"), n_lanes=3, lanes=bus), "--crossings.guess"),
        "bike-lane": Recipe("netgenerate", (*GRID, "--bikelanes.guess")),
        "indirect-left": indirect_left(),
        "grouped": Recipe("netgenerate", (*GRID, "--tls.group-signals", forward)),
        "no-internal-links": plain(*star(arms("wesn")), "--no-internal-links"),
    }


RECIPES = recipes()
SHIPPED = {
    "cangzhou": ROOT / "scenarios" / "cangzhou" / "cangzhou.sumocfg",
    "main_street": ROOT / "trafficopt" / "examples" / "main_street" / "main_street.sumocfg",
} | {
    name: MAPS / name / f"{name}.sumocfg"
    for name in ("cologne1", "cologne3", "cologne8", "ingolstadt1", "ingolstadt7")
}

BuildNet = Callable[[str], Path]


def write_scenario(folder: Path, recipe: Recipe) -> Path:
    """Build the net, and a configuration with flows over its signals."""
    options = list(recipe.options)
    for option, text in recipe.files.items():
        (folder / f"{option}.xml").write_text(text, encoding="utf-8")
        options.append(f"--{option}={option}.xml")
    run_tool(recipe.tool, [*options, "--output-file=net.net.xml"], cwd=folder, time_limit_s=60)
    turns = {
        (link.get("from"), link.get("to")): None
        for link in ET.parse(folder / "net.net.xml").getroot().iter("connection")
        if link.get("tl") and link.get("via", ":") and not link.get("from", "").startswith(":")
    }
    flows = "".join(
        f'<flow id="f{k}" from="{a}" to="{b}" begin="0" end="600" vehsPerHour="120"/>'
        for k, (a, b) in enumerate(islice((t for t in turns if t[0] != t[1]), N_FLOWS))
    )
    (folder / "flows.rou.xml").write_text(f"<routes>{flows}</routes>", encoding="utf-8")
    config = folder / f"{folder.name}.sumocfg"
    files = '<net-file value="net.net.xml"/><route-files value="flows.rou.xml"/><end value="900"/>'
    config.write_text(f"<configuration>{files}</configuration>", encoding="utf-8")
    return config


@pytest.fixture(scope="session")
def build_net(tmp_path_factory: pytest.TempPathFactory) -> BuildNet:
    """Maker of the configuration of a net by its name; a net is built once."""
    built: dict[str, Path] = {}

    def build(name: str) -> Path:
        if name not in built:
            folder = tmp_path_factory.mktemp("stress") / name
            folder.mkdir()
            built[name] = write_scenario(folder, RECIPES[name])
        return built[name]

    return build


@pytest.fixture(scope="session", params=sorted(RECIPES))
def stress_config(request: pytest.FixtureRequest, build_net: BuildNet) -> Path:
    """Configuration of each net that stresses conflict matrices."""
    return build_net(request.param)


@pytest.fixture(scope="session", params=[*sorted(RECIPES), *sorted(SHIPPED)])
def any_config(request: pytest.FixtureRequest, build_net: BuildNet) -> Path:
    """Configuration of each of these nets, of the scenarios that ship, and of real cities' maps."""
    if request.param in RECIPES:
        return build_net(request.param)
    config = SHIPPED[request.param]
    if not config.is_file():
        pytest.skip("the maps lie beside the development checkout only")
    return config
