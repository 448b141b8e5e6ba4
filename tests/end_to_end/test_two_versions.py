"""Two versions of a stranger's detector, at two git refs of the stranger's repository."""

import hashlib
import json
import re
import subprocess
import sys

import msgspec

from gate.domain.verdict import VerdictRecord
from tests.end_to_end.conftest import bars

TIMED = re.compile("cpu|memory|imports|determinism")
"""What two runs never read alike: determinism counts the answers of the timed pairs, as many as noise asks for."""


def tree(folder):
    """A hash of every file that is not the gate's output."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if path.is_file() and inside[0] not in ("out", ".cache"):
            digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def test_the_same_model_twice_passes(repository):
    done = repository.run()
    assert done.code == 0, done.out + done.err
    assert done.verdict["verdict"] == "PASS"
    assert "same code" in done.verdict["reason"]
    assert done.judgement("training_failures")["n"] >= 59
    assert done.judgement("prediction_errors")["n"] >= 299


def test_a_candidate_at_another_ref_that_flips_too_often_is_blocked(repository):
    v1 = repository.commit("v1", tag="v1.0.0")
    repository.edit(
        "return (self._level(frame) > self.cut).astype(int)",
        "return (np.arange(len(frame)) + int(frame['close'].iloc[-1] * 1e4)) % 2",
    )
    v2 = repository.commit("v2")
    before = tree(repository.folder)
    done = repository.run("--baseline", "v1.0.0", "--candidate", "HEAD")
    assert done.code == 1, done.out + done.err
    assert done.verdict["verdict"] == "BLOCK"
    assert done.judgement("regime_change_rate")["outcome"] == "FAIL"
    assert (done.verdict["baseline"]["sha"], done.verdict["candidate"]["sha"]) == (v1, v2)
    assert tree(repository.folder) == before, "the user's checkout was touched"
    assert repository.git("worktree", "list").count("\n") == 0


def test_a_candidate_that_does_not_parse_is_blocked_and_the_reason_says_so(repository):
    repository.commit("v1", tag="v1.0.0")
    repository.edit("class Detector:", "class Detector(:")
    repository.commit("v2 does not parse")
    done = repository.run("--baseline", "v1.0.0", "--candidate", "HEAD")
    assert done.code == 1
    crashed = done.judgement("strategy_crashes")
    assert (crashed["outcome"], crashed["reason"]) == ("FAIL", "DOES_NOT_LOAD")
    assert "SyntaxError" in done.verdict["reason"]


def test_a_baseline_that_does_not_parse_leaves_the_question_open(repository):
    repository.edit("class Detector:", "class Detector(:")
    repository.commit("v1 does not parse", tag="v1.0.0")
    repository.edit("class Detector(:", "class Detector:")
    repository.commit("v2")
    done = repository.run("--baseline", "v1.0.0", "--candidate", "HEAD")
    assert done.code == 3
    assert done.verdict["verdict"] == "INCONCLUSIVE"
    assert done.judgement("memory")["reason"] == "NO_BASELINE"


def test_the_first_version_of_all_is_judged_alone_when_the_user_says_so(repository):
    done = repository.run("--first-version")
    assert done.code == 0, done.out + done.err
    assert done.verdict["baseline"] is None
    assert done.judgement("cpu")["outcome"] == "WARN"


def test_judging_stored_observations_gives_the_same_verdict(repository):
    first = repository.run()
    again = repository.gate("judge", "out", "--json")
    assert again.code == first.code
    assert json.loads(again.out) == first.verdict


def test_stored_observations_can_be_judged_under_other_limits(repository):
    repository.run()
    strict = (repository.folder / "gate.toml").read_text() + "[limits.confidence]\nmin = 0.99\n"
    (repository.folder / "strict.toml").write_text(strict)
    done = repository.gate("judge", "out", "--config", "strict.toml", "--json")
    confidence = next(j for j in json.loads(done.out)["judgements"] if j["metric"] == "confidence")
    assert confidence["reason"] == "BASELINE_SICK", "the baseline is the same model, so it is as sick"
    assert done.code == 3


def test_observe_and_judge_are_the_two_halves_of_run(repository):
    assert repository.gate("observe", "-o", "obs").code == 0
    done = repository.gate("judge", "obs", "-o", "out", "--no-pictures")
    assert done.code == 0, done.out + done.err
    assert done.verdict["verdict"] == "PASS"
    assert "PASS" in (done.output / "report.md").read_text().splitlines()[0]


def test_after_the_merge_a_breach_is_taken_back_at_a_level(repository):
    repository.edit("state[:, None] == np.arange(2), 0.96, 0.04", "state[:, None] == np.arange(2), 0.7, 0.3")
    (repository.folder / "v1.py").write_text(
        (repository.folder / "detector.py").read_text().replace("0.7, 0.3", "0.96, 0.04")
    )
    with (repository.folder / "gate.toml").open("a") as config:
        config.write('[baseline]\nfactory = "v1:Detector"\n')
    done = repository.run("--after-merge")
    assert done.code == 1
    assert (done.verdict["verdict"], done.verdict["level"]) == ("ROLL_BACK", 1)
    (judged,) = (j for j in done.verdict["judgements"] if j["outcome"] == "FAIL")
    assert judged["certainty"].endswith("confirmed in fresh processes")
    again = repository.gate("judge", "out", "--after-merge", "--json")
    assert json.loads(again.out)["verdict"] == "ROLL_BACK"
    for file in (done.output / "confirmation").iterdir():
        file.unlink()
    (done.output / "confirmation").rmdir()
    once = repository.gate("judge", "out", "--after-merge", "--json")
    assert (once.code, json.loads(once.out)["verdict"]) == (3, "INCONCLUSIVE")


def test_what_gate_writes_is_no_change_of_the_checkout(repository):
    repository.commit("all there is")
    repository.run("--quick")
    assert "out/" not in repository.git("status", "--porcelain")


def test_the_verdict_has_what_others_rely_on(repository):
    done = repository.run("--quick")
    record = msgspec.json.decode((done.output / "verdict.json").read_bytes(), type=VerdictRecord)
    assert record.quick
    assert record.data.symbols == ("bars",)
    assert len(record.data.sha256) == len(record.policy_sha256) == 64
    assert {"python", "platform", "cores"} <= set(record.environment)
    assert "quick" in (done.output / "report.md").read_text().lower()


def test_a_version_in_another_folder_is_found(repository, tmp_path_factory):
    other = tmp_path_factory.mktemp("v1")
    (other / "detector.py").write_text((repository.folder / "detector.py").read_text())
    with (repository.folder / "gate.toml").open("a") as config:
        config.write(f'[baseline]\npath = "{other}"\n')
    assert repository.run("--quick").code == 0


def test_a_users_strategy_is_asked_for_positions_and_its_crash_blocks(repository):
    (repository.folder / "gate.toml").write_text(
        (repository.folder / "gate.toml").read_text() + '[strategy]\nfunction = "trade.py:positions"\n'
    )
    (repository.folder / "trade.py").write_text("def positions(bars, regimes):\n    return 1.0 - regimes.clip(0, 1)\n")
    assert repository.run("--quick").code == 0
    (repository.folder / "trade.py").write_text("def positions(bars, regimes):\n    return [0.5]\n")
    done = repository.run("--quick")
    assert done.code == 3, "both versions crash with it: nothing can be said of the candidate"


def test_a_reader_that_leaves_early_changes_no_exit_code(repository):
    repository.gate("observe", "-o", "obs", "--quick")
    command = f"{sys.executable} -m gate judge obs | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(("bash", "-c", command), cwd=repository.folder, check=False, timeout=60)
    assert done.returncode == 0


def test_shards_of_two_jobs_are_judged_as_one_observation(repository):
    (repository.folder / "other.csv").write_text(bars(seed=4))
    repository.edit('sources = ["bars.csv"]', 'sources = ["bars.csv", "other.csv"]', "gate.toml")
    assert repository.gate("observe", "--quick", "-o", "out/whole").code == 0
    for number in (1, 2):
        assert repository.gate("observe", "--quick", "--shard", f"{number}/2", "-o", f"out/part-{number}").code == 0
    alone = repository.gate("judge", "out/part-2")
    assert (alone.code, alone.out) == (4, "")
    assert repository.gate("merge", "out/part-1", "-o", "out/obs").code == 4
    assert not (repository.folder / "out" / "obs").exists()
    assert repository.gate("merge", "out/part-2", "out/part-1", "-o", "out/obs").code == 0
    verdicts = [json.loads(repository.gate("judge", name, "--json").out) for name in ("out/whole", "out/obs")]
    assert verdicts[0]["verdict"] == verdicts[1]["verdict"] == "PASS"
    whole, joined = ([j for j in v["judgements"] if not TIMED.search(j["metric"])] for v in verdicts)
    assert joined == whole
    again = [next(j for j in v["judgements"] if j["metric"] == "determinism") for v in verdicts]
    assert all(j["n"] >= 15 for j in again), "one pair at least, of the calls in gate.toml"
    one, other = ({key: j[key] for key in j.keys() - {"n", "interval", "sentence"}} for j in again)
    assert one == other
    assert repository.gate("observe", "--shard", "3/3", "-o", "out/part-3").code == 2
