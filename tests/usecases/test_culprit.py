"""Searches on real git histories; only the measuring is a stand-in, and it reads what the commits really hold."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.culprit.rig import BROKEN, WELL, ByContent, History, asked, finder
from gate.domain.culprit import Outcome, Untestable, Why
from gate.errors import BrokenQuestionError

BAD = WELL.replace("repaint = 0.0", "repaint = 0.05")
RAISES = "raise ImportError\n" + WELL
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GATE_CACHE_DIR", str(tmp_path / "gate-cache"))
    return tmp_path / "cache"


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "repo")


def searched(history, cache, *, evaluator=None, **question):
    evaluator = evaluator or ByContent(history.folder)
    question.setdefault("good", history.good)
    found = finder(history.folder, cache, evaluator).find(asked(history.folder, **question))
    return found, found.findings[0], evaluator


def test_the_culprit_is_named_with_its_author_its_pull_request_and_the_metric_before_and_after(history, cache):
    steps = history.steps([WELL] * 9 + [BAD] * 12)
    found, finding, evaluator = searched(history, cache)
    assert finding.outcome is Outcome.FOUND
    assert (finding.culprit.sha, finding.parent.sha) == (steps[9], steps[8])
    assert (finding.culprit.author, finding.culprit.subject, finding.pull_request) == ("Ann", "Step 10 (#10)", 10)
    assert (finding.reading.before, finding.reading.after) == (0.0, 0.05)
    assert finding.command == f"gate rollback feature --commit {steps[9]}"
    assert len(evaluator.evaluated) == finding.evaluations <= 7
    assert found.commits == 21


def test_without_a_metric_those_that_fail_at_the_bad_end_are_searched_on_the_same_evaluations(history, cache):
    steps = history.steps([WELL] * 3 + [BAD] * 3)
    _, finding, _ = searched(history, cache, metrics=())
    assert (finding.metric, finding.culprit.sha) == ("repaint", steps[3])


def test_where_nothing_fails_at_the_bad_end_the_question_is_refused(history, cache):
    history.steps([WELL] * 3)
    with pytest.raises(BrokenQuestionError, match="breaches no limit"):
        searched(history, cache, metrics=())


def test_commits_that_do_not_parse_or_import_cost_no_evaluation(history, cache):
    steps = history.steps([WELL] * 5 + [BROKEN, RAISES, BROKEN] + [WELL] * 3 + [BAD] * 8)
    _, finding, evaluator = searched(history, cache)
    assert finding.culprit.sha == steps[11]
    measured = [sha for sha in evaluator.evaluated if sha != steps[6]]
    assert len(measured) == finding.evaluations <= 7


def test_a_step_hidden_by_a_commit_that_does_not_parse_is_ambiguous_or_that_commits_as_asked(history, cache):
    steps = history.steps([WELL] * 5 + [BROKEN] + [BAD] * 5)
    found, finding, _ = searched(history, cache)
    assert (finding.outcome, finding.reason) == (Outcome.AMBIGUOUS, Why.HIDDEN_BY_UNTESTABLE)
    assert [commit.sha for commit in finding.remaining] == steps[5:7]
    assert finding.command == "", "nothing is reverted on an ambiguous set"
    assert "SyntaxError" in finding.untestable[steps[5]]
    _, blamed, evaluator = searched(history, cache, rule=Untestable.CULPRIT)
    assert blamed.culprit.sha == steps[5]
    assert evaluator.evaluated == [], "all of it was known"
    assert found.evaluated > 0


def test_what_broke_the_import_is_found_by_looking_alone(history, cache):
    steps = history.steps([WELL] * 6 + [BROKEN] * 7)
    _, finding, evaluator = searched(history, cache, metrics=())
    assert (finding.metric, finding.culprit.sha) == ("strategy_crashes", steps[6])
    assert set(evaluator.evaluated) <= {history.good, *steps[:6]}


def test_a_time_out_is_unknown_and_where_crashing_is_asked_for_it_is_bad(history, cache):
    hangs = "# hangs\n" + WELL
    steps = history.steps([WELL, WELL, hangs, BAD.replace("0.05", "0.06"), BAD])
    _, finding, _ = searched(history, cache)
    assert [commit.sha for commit in finding.remaining] == steps[2:4]
    assert finding.untestable == {steps[2]: "it ran out of time"}
    _, crash, _ = searched(history, cache, metrics=("strategy_crashes",), bad=steps[2])
    assert crash.culprit.sha == steps[2]


def test_a_commit_that_cannot_be_installed_is_passed_over_and_tried_again_another_day(history, cache):
    steps = history.steps([WELL, WELL, "# uninstallable\n" + WELL, WELL, WELL, BAD, BAD])
    _, finding, _ = searched(history, cache)
    assert finding.culprit.sha == steps[5]
    assert "uninstallable" not in "".join(file.read_text() for file in cache.iterdir())


def test_commits_that_change_nothing_measured_are_one_with_the_commit_before(history, cache):
    history.steps([WELL] * 3)
    for number in range(20):
        history.commit(f"docs {number}", notes=f"{number}")
    culprit = history.commit("bad", model=BAD)
    found, finding, evaluator = searched(history, cache, paths=("model.py",))
    assert (found.commits, found.collapsed) == (24, 20)
    assert finding.culprit.sha == culprit
    assert len(evaluator.evaluated) <= 4


def test_a_content_that_comes_back_is_not_measured_twice(history, cache):
    texts = [f"{BAD}# a\n", f"{WELL}# b\n", f"{BAD}# a\n", f"{WELL}# b\n", f"{BAD}# c\n"]
    steps = [history.commit(f"Step {n}", model=text) for n, text in enumerate(texts)]
    _, finding, evaluator = searched(history, cache)
    assert finding.culprit.sha == steps[4]
    assert len(evaluator.evaluated) == 3


def test_merges_count_as_one_commit_by_their_first_parent(history, cache):
    history.steps([WELL] * 3)
    for number in range(4):
        history.git("checkout", "--quiet", "-b", f"topic-{number}")
        for part in range(3):
            text = BAD if (number, part) == (2, 1) else f"{WELL if number < 2 else BAD}# {number}.{part}\n"
            history.commit(f"part {part}", model=text)
        history.git("checkout", "--quiet", "main")
        history.git(
            "merge", "--quiet", "--no-ff", "-m", f"Merge pull request #{number + 40} from x/y", f"topic-{number}"
        )
    _, finding, _ = searched(history, cache)
    assert finding.culprit.subject == "Merge pull request #42 from x/y"
    assert finding.pull_request == 42


def test_a_revert_as_culprit_is_only_told(history, cache):
    steps = history.steps([WELL] * 3)
    sha = history.commit("Put the old smoothing back", body=f"This reverts commit {steps[1]}.", model=BAD)
    history.commit("later", model=f"{BAD}# later\n")
    _, finding, _ = searched(history, cache)
    assert (finding.culprit.sha, finding.notify_only, finding.command) == (sha, True, "")


def test_after_a_revert_the_second_mover_is_found_with_the_first_taken_out_of_every_commit(history, cache):
    history.steps([WELL] * 4)
    first = history.commit("first", model=f"{BAD}# 4\n")
    text = (history.folder / "model.py").read_text()
    middle = [history.commit(f"middle {n}", other=f"{n}") for n in range(4)]
    second = history.commit("second", model=text.replace("cpu = 1.0", "cpu = 1.0\nrepaint = 0.04"))
    history.commit("last", other="last")
    _, finding, _ = searched(history, cache)
    assert finding.culprit.sha == first

    class Sum(ByContent):
        """The worst line counts."""

        def _text(self, commit):
            lines = super()._text(commit).splitlines()
            worst = max((line for line in lines if line.startswith("repaint")), default="repaint = 0.0")
            return "\n".join([worst, *(line for line in lines if not line.startswith("repaint"))])

    before = history.git("count-objects"), history.git("status", "--porcelain"), history.git("for-each-ref")
    again, finding, _ = searched(history, cache, evaluator=Sum(history.folder), reverted=(first,))
    assert finding.culprit.sha == second, middle
    assert again.after_revert == (first,)
    assert (history.git("count-objects"), history.git("status", "--porcelain"), history.git("for-each-ref")) == before


def test_a_revert_that_conflicts_at_the_bad_end_is_said(history, cache):
    first = history.steps([WELL, BAD])[1]
    history.commit("over it", model="repaint = 0.09\n\n\n\n\ncpu = 1.0\n# 2\n")
    with pytest.raises(BrokenQuestionError, match="conflict"):
        searched(history, cache, reverted=(first,))


def test_a_revert_of_something_outside_the_line_is_refused(history, cache):
    history.steps([WELL, BAD])
    with pytest.raises(BrokenQuestionError, match="not between"):
        searched(history, cache, reverted=(history.good,))


# ------------------------------------------------------------------ noisy metrics


def slow(ratio):
    return WELL.replace("cpu = 1.0", f"cpu = {ratio}")


def test_a_slower_commit_is_found_in_pairs_and_resumed_from_them(history, cache):
    steps = history.steps([WELL] * 12 + [slow(1.6)] * 9)
    evaluator = ByContent(history.folder, spread=0.15, seed=4)
    _, finding, _ = searched(history, cache, evaluator=evaluator, metrics=("cpu",))
    assert (finding.outcome, finding.culprit.sha) == (Outcome.FOUND, steps[12])
    assert finding.reading.interval[0] < 1.6 < finding.reading.interval[1]
    assert finding.pairs == len(evaluator.timed)
    again = ByContent(history.folder)
    found, resumed, _ = searched(history, cache, evaluator=again, metrics=("cpu",))
    assert (resumed, again.timed) == (finding, [])
    assert found.resumed == finding.pairs


def test_in_a_noisy_search_commits_that_do_not_load_or_hang_are_passed_over(history, cache):
    texts = [WELL] * 4 + [RAISES, BROKEN, "# hangs\n" + WELL] + [WELL] * 3 + [slow(3.0)] * 6
    steps = history.steps(texts)
    _, finding, evaluator = searched(history, cache, metrics=("cpu",))
    assert finding.culprit.sha == steps[10]
    blind = {steps[4], steps[5], steps[6]}
    assert all(evaluator.timed.count((sha, history.good)) <= 1 for sha in blind)


def test_ends_that_take_the_same_are_refused_and_the_ratio_is_said(history, cache):
    history.steps([WELL] * 3)
    with pytest.raises(BrokenQuestionError, match=r"as good there.*1\.00x"):
        searched(history, cache, metrics=("cpu",))


# ------------------------------------------------------------------ questions that cannot be answered


def test_a_good_end_that_is_bad_is_refused_before_anything_else_is_measured(history, cache):
    steps = history.steps([BAD] * 5)
    evaluator = ByContent(history.folder)
    with pytest.raises(BrokenQuestionError, match="called good, and repaint is bad there already"):
        searched(history, cache, evaluator=evaluator, good=steps[0])
    assert evaluator.evaluated == [steps[0]]


def test_a_bad_end_that_is_good_is_refused(history, cache):
    steps = history.steps([WELL] * 5)
    evaluator = ByContent(history.folder)
    with pytest.raises(BrokenQuestionError, match="called bad, and repaint is as good there"):
        searched(history, cache, evaluator=evaluator)
    assert evaluator.evaluated == [history.good, steps[-1]]


def test_a_bad_end_that_does_not_load_is_no_answer_to_another_metric(history, cache):
    history.steps([WELL, WELL, RAISES])
    with pytest.raises(BrokenQuestionError, match=r"cannot be measured there.*ImportError") as raised:
        searched(history, cache)
    assert "strategy_crashes" in raised.value.advice


def test_a_misspelt_metric_is_named_with_the_nearest(history, cache):
    history.steps([BAD])
    with pytest.raises(BrokenQuestionError, match="did you mean repaint"):
        searched(history, cache, metrics=("repiant",))


def test_nothing_measured_that_differs_is_nothing_to_search(history, cache):
    history.commit("docs", notes="x")
    with pytest.raises(BrokenQuestionError, match="nothing of what is measured differs"):
        searched(history, cache, paths=("model.py",))


# ------------------------------------------------------------------ killed

KILLED = """
import sys, time
from pathlib import Path
from benchmarks.culprit.rig import ByContent, asked, finder
folder, cache, diary, good = map(Path, sys.argv[1:5])
class Slow(ByContent):
    def look(self, commit):
        time.sleep(0.05)
        return super().look(commit)
    def _note(self, what, commit):
        super()._note(what, commit)
        time.sleep(0.15)
finder(folder, cache, Slow(folder, diary=diary)).find(asked(folder, str(good)))
"""


@pytest.mark.parametrize("after", [1, 2, 4])
def test_killed_in_the_middle_it_goes_on_and_each_evaluation_is_made_once(history, cache, tmp_path, after):
    steps = history.steps([WELL] * 18 + [BAD] * 6)
    diary = tmp_path / "diary"
    words = [sys.executable, "-c", KILLED, history.folder, cache, diary, history.good]
    process = subprocess.Popen(list(map(str, words)), cwd=ROOT)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and kept(cache) < after:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = kept(cache)
    assert before >= after
    found, finding, evaluator = searched(history, cache)
    assert finding.culprit.sha == steps[18]
    assert (found.resumed, found.evaluated) == (before, finding.evaluations - before)
    assert len(set(evaluator.evaluated)) == len(evaluator.evaluated) == found.evaluated
    done = [line for line in diary.read_text().splitlines() if line.startswith("done")]
    assert len(done) - before <= 1, "only what was under way is lost"


def kept(cache):
    return sum(file.read_bytes().count(b"\n") for file in cache.glob("*.jsonl"))


def test_a_line_that_a_kill_cut_off_is_learned_again(history, cache):
    history.steps([WELL] * 6 + [BAD] * 6)
    _, finding, _ = searched(history, cache)
    (file,) = cache.glob("*.jsonl")
    file.write_bytes(file.read_bytes()[:-30])
    found, again, evaluator = searched(history, cache)
    assert again == finding
    assert (found.evaluated, len(evaluator.evaluated)) == (1, 1)
    _, _, evaluator = searched(history, cache)
    assert evaluator.evaluated == []
