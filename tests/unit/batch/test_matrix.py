"""The matrix: what it may say, and everything that is wrong with it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from trafficopt.batch.matrix import Matrix, read_matrix
from trafficopt.batch.method import STAGES, parse_method
from trafficopt.batch.tasks import Measured
from trafficopt.errors import InputError
from trafficopt.search.menu import StagePolicy

CONFIG = '<configuration><net-file value="a.net.xml"/><route-files value="a.rou.xml"/></configuration>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two configurations of one name, and a scenario with a name of its own."""
    for place in ("x", "y", "city"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "a.net.xml").write_text("<net/>")
        (tmp_path / place / "a.rou.xml").write_text("<routes/>")
        (tmp_path / place / "a.sumocfg").write_text(CONFIG)
    (tmp_path / "city" / "scenario.toml").write_text('sumocfg = "a.sumocfg"\nname = "town"\n')
    (tmp_path / "plan.json").write_text("{}")
    return tmp_path


def matrix(folder: Path, text: str) -> Matrix:
    (folder / "m.toml").write_text(text, encoding="utf-8")
    return read_matrix(folder / "m.toml")


def test_defaults(folder: Path) -> None:
    found = matrix(folder, 'scenarios = ["x/a.sumocfg"]')
    assert [method.text for method in found.methods] == ["shipped", "optimize"]
    assert (found.demand, found.seeds, found.keep) == ((1.0,), (1, 2, 3, 4, 5), ("plans",))
    assert (found.labels, found.n_runs) == (("a",), 10)
    assert (found.teleport_s, found.minutes, found.memory_limit_mb, found.parquet) == (None,) * 4


def test_all_keys(folder: Path) -> None:
    found = matrix(
        folder,
        """
        scenarios = ["x/a.sumocfg", "y/a.sumocfg", "city"]
        methods = ["shipped", "optimize:warranted", "plan:plan.json"]
        demand = [0.9, 1]
        seeds = [7, 3]
        max_seconds = 30
        seed = 2
        objective = "fuel"
        teleport_s = -1
        minutes = 20
        profile = "us"
        warm_up_minutes = 5
        emissions = true
        arterials = true
        time_limit_s = 60
        memory_limit_mb = 900
        keep = ["trips", "links"]
        parquet = false
        """,
    )
    assert found.labels == ("x/a.sumocfg", "y/a.sumocfg", "town")
    assert (found.demand, found.seeds, found.n_runs) == ((0.9, 1.0), (7, 3), 36)
    assert found.methods[1].stages == "warranted"
    assert found.methods[2].file == folder / "plan.json"
    assert (found.max_seconds, found.seed, found.objective, found.profile) == (30.0, 2, "fuel", "us")
    assert found.measured() == Measured(300.0, emissions=True, arterials=True)
    assert (found.teleport_s, found.minutes, found.warm_up_minutes, found.emissions) == (
        -1.0,
        20.0,
        5.0,
        True,
    )
    assert (found.time_limit_s, found.memory_limit_mb) == (60.0, 900)
    assert (found.keep, found.parquet) == (("links", "trips"), False)


def test_all_faults_together(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        matrix(
            folder,
            """
            scenarios = ["x/a.sumocfg", "nowhere.sumocfg", 3]
            methods = ["shipped", "shipped", "magic", "optimize:fast", "plan:absent.json"]
            demand = [0.0, 1.0, 1, "2"]
            seeds = [1, 1.5, 1000, -1]
            max_seconds = "long"
            objective = "speed"
            minutes = 5
            warm_up_minutes = 5
            memory_limit_mb = 0
            keep = ["everything"]
            parquet = "yes"
            color = "blue"
            """,
        )
    error = caught.value
    assert error.where == str(folder / "m.toml")
    assert "docs/batch.md" in error.remedy
    expected = (
        "scenarios: 3 is no text in quotes",
        f"scenarios: {folder / 'nowhere.sumocfg'}: does not exist",
        "methods: 'shipped' is named twice",
        "methods: 'magic' is no method",
        "methods: 'optimize:fast' is no method",
        f"methods: 'plan:absent.json': {folder / 'absent.json'} does not exist",
        "demand: 0.0 is no number above 0",
        "demand: '2' is no number",
        "demand: 1.0 is named twice",
        "seeds: 1.5 is no whole number",
        "seeds: -1 is no whole number",
        "seeds: 1000 is a training seed of the optimizer's seed 1",
        "max_seconds = 'long' is no number of 1 or more",
        "objective = 'speed' is none of delay, fuel, arterials, walk",
        "warm_up_minutes leaves nothing of minutes = 5",
        "memory_limit_mb = 0 is no whole number",
        "keep: 'everything' is none of plans, links, trips",
        "parquet = 'yes' is neither true nor false",
        "key 'color' is unknown; keys are scenarios, ",
    )
    for text in expected:
        assert any(fault.startswith(text) for fault in error.faults), (text, error.faults)
    assert len(error.faults) == len(expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "key 'scenarios' is missing"),
        ("scenarios = []", "scenarios is empty"),
        ("scenarios = 'x/a.sumocfg'", "is no list"),
        ("scenarios = ['x/a.sumocfg']\nseeds = 0", "seeds = 0 is no list of whole numbers"),
        ("scenarios = ['x/a.sumocfg']\nseeds = true", "seeds = True is no list"),
        ("scenarios = ['x/a.sumocfg']\ndemand = [nan]", "nan is no number"),
        ("scenarios = ['x/a.sumocfg']\nteleport_s = inf", "teleport_s = inf is no number"),
        ("scenarios = [", "is not TOML"),
    ],
)
def test_single_faults(folder: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        matrix(folder, text)


def test_an_empty_list_of_outputs_keeps_none(folder: Path) -> None:
    assert matrix(folder, "scenarios = ['x/a.sumocfg']\nkeep = []").keep == ()


def test_a_matrix_that_is_absent(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_matrix(tmp_path / "m.toml")


def test_a_broken_configuration_is_a_fault_of_the_matrix(folder: Path) -> None:
    (folder / "y" / "a.net.xml").unlink()
    with pytest.raises(InputError, match=r"scenarios: .*y/a.sumocfg: option 'net-file' names"):
        matrix(folder, "scenarios = ['x/a.sumocfg', 'y/a.sumocfg']")


def test_stages_are_those_of_the_optimizer() -> None:
    assert list(STAGES) == [str(policy) for policy in StagePolicy]
    assert parse_method("optimize", Path()).stages == StagePolicy.PROTECTED
