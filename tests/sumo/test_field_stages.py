"""Stages that real field plans show are among the candidates."""

from __future__ import annotations

from pathlib import Path

import pytest

from trafficopt.intersection import Intersection
from trafficopt.staging.nema import dual_ring
from trafficopt.staging.sequences import candidate_sequences
from trafficopt.staging.stages import candidate_stages, canonical, greens_of, is_compatible
from trafficopt.sumo.read import read_scenario

ROOT = Path(__file__).resolve().parents[2]
MAPS = ROOT.parent / "shared" / "maps"
CITY = ROOT / "scenarios" / "cangzhou"
CONFIGS = {name: MAPS / name / f"{name}.sumocfg" for name in ("cologne1", "cologne3", "cologne8")} | {
    name: MAPS / name / f"{name}.sumocfg" for name in ("ingolstadt1", "ingolstadt7")
}


@pytest.fixture(scope="module", params=[*CONFIGS, "cangzhou"])
def intersections(request: pytest.FixtureRequest) -> tuple[Intersection, ...]:
    source = CONFIGS.get(request.param, CITY)
    if not source.exists():
        pytest.skip("the maps lie beside the development checkout only")
    return read_scenario(source).network.intersections


def test_field_stages_without_a_clash_are_candidates(intersections: tuple[Intersection, ...]) -> None:
    missing, n_compared = [], 0
    for node in intersections:
        candidates = set(candidate_stages(node))
        states = [s.state for s in node.stages if is_compatible(node, greens_of(s.state))]
        n_compared += len(states)
        missing += [(node.id, state) for state in states if canonical(node, state) not in candidates]
    assert n_compared > 0
    assert not missing


def test_field_plans_come_first_among_sequences_that_serve_all(
    intersections: tuple[Intersection, ...],
) -> None:
    for node in intersections:
        sequences = candidate_sequences(node)
        assert sequences[0].name == "field plan", node.id
        assert len(sequences) > 1, node.id
        for sequence in sequences:
            served = {k for state in sequence.states for k in greens_of(state)}
            assert served.issuperset(k for k, head in enumerate(node.heads) if head.id), (node.id, sequence)
            assert all(is_compatible(node, greens_of(state)) for state in sequence.states), (
                node.id,
                sequence,
            )


def test_most_junctions_of_three_and_four_legs_fit_a_dual_ring(
    intersections: tuple[Intersection, ...],
) -> None:
    fitting = [node for node in intersections if dual_ring(node) is not None]
    assert len(fitting) >= 0.8 * len(intersections)
