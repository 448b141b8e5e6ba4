"""gate selftest on a stranger's model, and on a gate that was broken on purpose."""

import json

QUICK = ("selftest", "--quick", "-o", "out", "--json")


def answer_of(repository, *words):
    done = repository.gate(*QUICK, *words, timeout=300)
    return done.code, json.loads(done.out) if done.out.startswith("{") else done.err


def results(found):
    return {result["name"]: result["caught"] for result in found["results"]}


def test_every_defect_that_can_be_planted_is_caught_and_identical_code_passes(repository):
    code, found = answer_of(repository)
    assert found["control"] == "PASS", found["control_reason"]
    missed = [name for name, caught in results(found).items() if caught == "MISSED"]
    assert missed == []
    assert code == 0
    assert results(found)["dead_live_path"] == "CANNOT TELL"
    assert sum(caught == "CAUGHT" for caught in results(found).values()) >= 18
    assert "## Self-test: " in (repository.folder / "out" / "selftest.md").read_text()


def test_a_gate_whose_limits_were_taken_away_is_found_out(repository):
    with (repository.folder / "gate.toml").open("a") as config:
        config.write("[limits]\nrepaint = { blocking = false }\nregime_change_rate = { max = 1.0 }\n")
    code, found = answer_of(repository, "--only", "repainting", "--only", "leak")
    assert results(found) == {"repainting": "MISSED", "leak": "CAUGHT"}
    assert code == 1


def test_sizes_go_down_until_one_is_missed(repository):
    done = repository.gate("selftest", "-o", "out", "--json", "--only", "repainting", timeout=300)
    (result,) = json.loads(done.out)["results"]
    assert done.code == 0
    assert result["smallest_caught"] < result["tried"][0]["size"]
    sizes = [tried["size"] for tried in result["tried"]]
    assert sizes == sorted(sizes, reverse=True)


def test_a_candidate_that_does_not_pass_against_itself_proves_nothing(repository):
    repository.edit("state[:, None] == np.arange(2), 0.96, 0.04", "state[:, None] == np.arange(2), 0.6, 0.4")
    code, found = answer_of(repository, "--only", "low_confidence", "--only", "leak")
    assert code == 3
    assert found["control"] == "INCONCLUSIVE"
    assert results(found) == {"low_confidence": "CANNOT TELL", "leak": "CAUGHT"}


def test_a_defect_that_there_is_not_is_said_with_the_nearest(repository):
    code, said = answer_of(repository, "--only", "flickr")
    assert code == 2
    assert "did you mean flicker?" in said


def test_a_candidate_that_does_not_load_is_said(repository):
    repository.edit("class Detector:", "class Detector(:")
    code, said = answer_of(repository)
    assert code == 2
    assert "does not load" in said


def test_the_defects_are_listed_without_a_configuration(repository):
    (repository.folder / "gate.toml").unlink()
    done = repository.gate("selftest", "--list")
    assert done.code == 0
    assert "leak" in done.out
