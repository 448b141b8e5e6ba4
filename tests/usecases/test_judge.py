from dataclasses import replace

import msgspec
import pytest

from gate.domain.verdict import Verdict
from gate.domain.version import Role
from gate.errors import ObservationError
from gate.judging.judge import Circumstances
from gate.usecases.judge import judge, look_at
from tests.build import changed, healthy, settings, version, whole

AFTER = Circumstances(after_merge=True)


def observed(*, crashing=False):
    runs = healthy()
    if crashing:
        runs = changed(
            runs,
            Role.CANDIDATE,
            windows=lambda r: tuple(msgspec.structs.replace(w, mutated=True) for w in r.windows),
        )
    found = whole(runs).observations
    return replace(found, settings_json=msgspec.json.encode(settings()).decode(), data_sha256="d", policy_sha256="p")


def test_a_rollback_needs_a_second_look_and_a_block_only_where_it_is_asked_for():
    sick = observed(crashing=True)
    assert look_at(sick, AFTER).needs_confirmation(blocks_too=False)
    assert not look_at(sick, Circumstances()).needs_confirmation(blocks_too=False)
    assert look_at(sick, Circumstances()).needs_confirmation(blocks_too=True)
    assert not look_at(observed(), AFTER).needs_confirmation(blocks_too=True)


def test_the_same_failure_in_both_looks_is_rolled_back_and_in_one_alone_is_not():
    sick = observed(crashing=True)
    assert judge(sick, AFTER, confirmation=sick).record.verdict is Verdict.ROLL_BACK
    assert judge(sick, AFTER, confirmation=observed()).record.verdict is Verdict.INCONCLUSIVE
    assert judge(sick, AFTER).record.verdict is Verdict.INCONCLUSIVE
    assert judge(sick, Circumstances()).record.verdict is Verdict.BLOCK


@pytest.mark.parametrize(
    "other",
    [
        lambda o: replace(o, data_sha256="other"),
        lambda o: replace(o, policy_sha256="other"),
        lambda o: replace(o, versions=o.versions | {Role.CANDIDATE: version(Role.CANDIDATE, tree="other")}),
    ],
)
def test_a_second_look_at_something_else_confirms_nothing(other):
    sick = observed(crashing=True)
    with pytest.raises(ObservationError, match="confirmation was observed"):
        judge(sick, AFTER, confirmation=other(sick))
