"""The first-parent line between two commits, from real repositories."""

import pytest

from gate.adapters.versions import GitHistory
from gate.errors import VersionError
from gate.ports.culprit import LineAsked


def line(repo, good="v1", bad="HEAD", folder=None, **asked):
    question = LineAsked(folder=folder or repo.folder, good=good, bad=bad, **asked)
    with GitHistory().line(question, lambda _: None) as commits:
        return commits


def test_the_line_has_both_ends_and_every_commit_between_oldest_first(repo):
    third = repo.commit()
    commits = line(repo)
    assert [commit.sha for commit in commits] == [repo.git("rev-parse", ref) for ref in ("v1", "v2", third)]
    assert commits[0].author == "A"
    assert commits[1].subject == "v2"
    assert commits[1].tree == commits[2].tree != commits[0].tree


def test_hostile_words_are_only_words(repo):
    subject = 'feat: "quotes" %H --output=/x \u202e' + "x" * 300
    repo.git("-c", "i18n.commitEncoding=utf-8", "commit", "--allow-empty", "-qm", subject, "-m", "body\n\nwith lines")
    repo.git("commit", "--allow-empty", "--allow-empty-message", "-qm", "")
    repo.git("config", "log.showSignature", "true")
    repo.git("config", "format.pretty", "oneline")
    commits = line(repo, "v2")
    assert [commit.subject for commit in commits] == ["v2", subject, ""]


def test_a_revert_is_known_by_the_line_that_git_writes_whatever_its_title(repo):
    sha = repo.git("rev-parse", "HEAD")
    repo.git("revert", "--no-edit", "HEAD")
    repo.git("commit", "--amend", "-qm", "Calm down", "-m", f"This reverts commit {sha}.")
    repo.git("commit", "--allow-empty", "-qm", 'Revert "something" in words only')
    commits = line(repo)
    assert [commit.reverts for commit in commits] == ["", "", sha, ""]


@pytest.mark.parametrize(
    ("subject", "number"),
    [
        ("Merge pull request #41 from a/b", 41),
        ("Smooth the states (#42)", 42),
        ("Smooth (#1) the states (#43)", 43),
        ("Mend #44", None),
        ("(#45) first", None),
    ],
)
def test_the_pull_request_is_the_number_that_github_writes(repo, subject, number):
    repo.git("commit", "--allow-empty", "-qm", subject)
    assert line(repo)[-1].pull_request == number


def test_only_first_parents_are_on_the_line(repo):
    repo.git("checkout", "-qb", "topic")
    repo.write(model="V = 3\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.commit("ahead")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge it", "topic")
    assert [commit.subject for commit in line(repo)] == ["v1", "v2", "ahead", "Merge it"]


def test_a_good_end_on_a_branch_that_was_merged_is_refused_with_one_on_the_line(repo):
    before = repo.git("rev-parse", "HEAD")
    repo.git("checkout", "-qb", "topic")
    repo.commit("side")
    repo.git("checkout", "-q", "main")
    repo.commit("ahead")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge it", "topic")
    with pytest.raises(VersionError, match="lies on a branch that was merged") as raised:
        line(repo, good="topic")
    assert before[:12] in raised.value.advice


def test_a_folder_of_a_repository_is_measured_by_itself(repo):
    repo.put("models/hmm/model.py", "V = 1\n")
    good = repo.commit()
    repo.put("other/readme", "x")
    repo.commit()
    repo.put("models/hmm/model.py", "V = 2\n")
    repo.commit()
    commits = line(repo, good, folder=repo.folder / "models" / "hmm")
    assert commits[0].tree == commits[1].tree != commits[2].tree
    narrow = line(repo, good, folder=repo.folder / "models" / "hmm", paths=("../../other",))
    assert narrow[0].tree != narrow[1].tree == narrow[2].tree


def test_paths_with_spaces_and_letters_of_any_language_are_measured(repo):
    repo.put("mödel files/модель.py", "V = 1\n")
    good = repo.commit()
    repo.put("mödel files/модель.py", "V = 2\n")
    repo.commit()
    commits = line(repo, good, paths=("mödel files/модель.py",))
    assert "" != commits[0].tree != commits[1].tree != ""


def test_a_commit_without_the_measured_folder_is_said_to_be_so(repo):
    repo.put("models/model.py", "V = 1\n")
    good = repo.commit()
    repo.git("rm", "-rq", "models")
    repo.commit()
    repo.put("models/model.py", "V = 2\n")
    repo.commit()
    assert [bool(commit.blocked) for commit in line(repo, good, folder=repo.folder / "models")] == [False, True, False]


@pytest.mark.parametrize(
    ("good", "bad", "said", "advice"),
    [
        ("v2", "v1", "no ancestor", "--good v1 --bad v2"),
        ("v1", "v1", "same commit", "differ"),
        ("v1", "v9", "there is no 'v9'", ""),
        ("v11", "v2", "did you mean v1", ""),
        ("--output=x", "v2", "not a git ref", "name a branch"),
        ("side", "v2", "no ancestor", "in common"),
    ],
)
def test_ends_that_are_no_ends_are_refused_in_one_line(repo, good, bad, said, advice):
    repo.git("checkout", "-qb", "side", "v1")
    repo.commit()
    repo.git("checkout", "-q", "main")
    with pytest.raises(VersionError, match=said) as raised:
        line(repo, good, bad)
    assert advice in raised.value.advice
    assert "\n" not in raised.value.message


def test_a_misspelt_path_is_refused(repo):
    with pytest.raises(VersionError, match=r"has modle\.py"):
        line(repo, paths=("modle.py",))


def test_a_shallow_clone_is_refused_with_the_line_that_mends_it(repo, tmp_path):
    repo.commit()
    repo.git("clone", "-q", "--depth", "2", f"file://{repo.folder}", str(tmp_path / "shallow"))
    with pytest.raises(VersionError, match="shallow clone") as raised:
        line(repo, "HEAD~1", folder=tmp_path / "shallow")
    assert "--unshallow" in raised.value.advice


def test_a_folder_outside_git_is_refused(tmp_path, repo):
    (tmp_path / "plain").mkdir()
    with pytest.raises(VersionError, match="not in a git repository"):
        line(repo, folder=tmp_path / "plain")


def test_a_detached_head_and_a_dirty_checkout_are_no_obstacle(repo):
    repo.git("checkout", "-q", "--detach")
    repo.write(model="V = 'half done'\n")
    assert len(line(repo)) == 2
    assert (repo.folder / "model.py").read_text() == "V = 'half done'\n"


def test_a_merge_is_taken_out_against_its_first_parent(repo):
    repo.put("a.py", "1\n")
    good = repo.commit()
    repo.git("checkout", "-qb", "topic")
    repo.put("b.py", "1\n")
    repo.commit()
    repo.put("c.py", "1\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.put("a.py", "2\n")
    ahead = repo.commit()
    repo.git("merge", "-q", "--no-ff", "-m", "Merge it", "topic")
    merge = repo.git("rev-parse", "HEAD")
    repo.put("d.py", "1\n")
    repo.commit()
    commits = line(repo, good, reverted=(merge,))
    assert commits[2].tree == commits[1].tree == repo.git("rev-parse", f"{ahead}^{{tree}}"), "as if it were not there"
    assert commits[3].tree not in {commits[2].tree, repo.git("rev-parse", "HEAD^{tree}")}


def test_sources_are_what_the_commit_holds_and_not_the_checkout(repo):
    repo.write(model="V = 'half done'\n")
    commits = line(repo)
    names = ["model.py", "model/__init__.py"]
    assert GitHistory().sources(repo.folder, commits[0], names) == {"model.py": b"V = 1\n"}
    assert GitHistory().sources(repo.folder, commits[1], names) == {"model.py": b"V = 2\n"}
