"""Questions at the edge: each has its outcome and its reason; nothing divides by zero and nothing passes by default."""

import pytest


def constant_prices(repository):
    head, *rows = (repository.folder / "bars.csv").read_text().splitlines()
    still = [f"{row.split(',')[0]},100,100.1,99.9,100,1000" for row in rows]
    (repository.folder / "bars.csv").write_text("\n".join([head, *still]) + "\n")


def a_strategy_that_never_trades(repository):
    (repository.folder / "trade.py").write_text("def positions(bars, regimes):\n    return regimes * 0.0\n")
    with (repository.folder / "gate.toml").open("a") as config:
        config.write('[strategy]\nfunction = "trade.py:positions"\n')


def no_number_as_confidence(repository):
    repository.edit("np.arange(2), 0.96, 0.04", "np.arange(2), np.nan, np.nan")


@pytest.mark.parametrize(
    ("edge", "metric", "reason", "said"),
    [
        (constant_prices, "informativeness", "NO_OBSERVATION", "prices move"),
        (a_strategy_that_never_trades, "strategy_performance", "NOT_A_NUMBER", "never traded"),
        (no_number_as_confidence, "confidence", "NO_OBSERVATION", "nothing was observed"),
    ],
)
def test_what_has_no_value_is_no_pass_and_says_why(edge, metric, reason, said, repository):
    edge(repository)
    done = repository.run("--quick")
    judgement = done.judgement(metric)
    assert done.code == 3
    assert (judgement["outcome"], judgement["reason"]) == ("NO_DATA", reason)
    assert said in judgement["sentence"]


def test_one_window_cannot_meet_the_floors_and_is_refused_before_anything_runs(repository):
    repository.edit("windows = 30", "windows = 1", name="gate.toml")
    done = repository.run()
    assert done.code == 2
    assert "training_failures at most 0.05 needs 59 tries" in done.err
    assert not (repository.output / "verdict.json").exists()


def test_one_window_is_enough_for_a_quick_look(repository):
    repository.edit("windows = 30", "windows = 1", name="gate.toml")
    done = repository.run("--quick")
    assert done.code in {0, 3}
    assert done.verdict["quick"]
