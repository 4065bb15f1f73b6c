"""What the safety rules say of shipped plans: findings by scenario, rule profile and rule, as a table.

    python benchmarks/field_findings.py [SCENARIO ...] [--list PROFILE]

Without scenarios: the maps of ../shared/maps where they are, the synthetic city and the example.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import trafficopt as to
from trafficopt.limits import PROFILES

ROOT = Path(__file__).parents[1]
MAPS = ROOT.parent / "shared" / "maps"


def scenarios() -> list[Path]:
    maps = sorted(MAPS.glob("*/*.sumocfg"))
    return [*maps, ROOT / "scenarios" / "cangzhou", Path(to.example_path("main_street"))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("scenarios", nargs="*", type=Path)
    parser.add_argument("--list", metavar="PROFILE", choices=PROFILES, help="list every finding of a profile")
    args = parser.parse_args()
    print("| scenario | profile | errors | warnings | notes |\n|---|---|---|---|---|")
    for path in args.scenarios or scenarios():
        for profile in [args.list] if args.list else PROFILES:
            scenario = to.read_scenario(path, profile=profile)
            findings = to.lint(to.build_problem(scenario))
            cells = []
            for severity in to.Severity:
                counts = Counter(f.rule for f in findings if f.severity is severity)
                cells.append(", ".join(f"{n} {rule}" for rule, n in counts.items()) or "none")
            print(f"| {scenario.name} | {profile} | {' | '.join(cells)} |", flush=True)
            if args.list:
                print("\n".join(f"  {finding}" for finding in findings))


if __name__ == "__main__":
    main()
