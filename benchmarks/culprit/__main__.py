"""Finding a culprit among 64 commits: what it costs, and how often it is right.

`python -m benchmarks.culprit [--quick] [--only certain|noisy|real]`
"""

from benchmarks.culprit import certain, noisy, real
from benchmarks.error_rates.figures import options, report


def main():
    parser = options(__doc__)
    parser.add_argument("--only", choices=("certain", "noisy", "real"), help="this part alone")
    asked = parser.parse_args()
    parts = {
        "certain": lambda: certain.figures(5 if asked.quick else certain.PLACEMENTS),
        "noisy": lambda: noisy.figures(60 if asked.quick else noisy.PLACEMENTS),
        "real": lambda: real.figures(1, 1) if asked.quick else real.figures(),
    }
    chosen = [asked.only] if asked.only else list(parts)
    report("a culprit among 64 commits", [figure for name in chosen for figure in parts[name]()], asked.json)


if __name__ == "__main__":
    main()
