"""What the command line says over gate.toml, and where it only fills a gap."""

import pytest

from gate.cli.options import overridden
from gate.config import parse

MODEL = '[model]\nfactory = "m:Model"\n'


@pytest.mark.parametrize(
    ("named", "baseline", "base", "ref"),
    [
        ("", None, None, None),
        ("", None, "abc", "abc"),
        ('[baseline]\nref = "v1.0.0"\n', None, "abc", "v1.0.0"),
        ('[baseline]\nref = "v1.0.0"\n', "v2", "abc", "v2"),
        ("", "v2", "abc", "v2"),
    ],
)
def test_a_jobs_base_commit_is_the_baseline_only_where_the_policy_names_none(named, baseline, base, ref):
    settings = overridden(parse(MODEL + named, "gate.toml"), baseline, "HEAD", None, base)
    assert (settings.baseline.ref, settings.candidate.ref) == (ref, "HEAD")
