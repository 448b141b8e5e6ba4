import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.config import parse
from gate.domain.limit import Limit
from gate.errors import ConfigError
from gate.metrics.registry import DEFAULT_LIMITS
from gate.usecases.observe import policy_sha256

SUITE = "[benchmarks]\npaths = ['benchmarks/']\n"
MODEL = '[model]\nfactory = "package.module:Class"\n'


def read(text, name="gate.toml"):
    return parse(MODEL + text, name)


def refused(text, name="gate.toml"):
    with pytest.raises(ConfigError) as caught:
        parse(text if text.startswith("!") else MODEL + text, name)
    assert "\n" not in caught.value.message
    assert caught.value.advice
    return f"{caught.value.message} / {caught.value.advice}"


def test_a_model_alone_is_enough():
    settings = read("")
    assert settings.candidate_model.factory == settings.baseline_model.factory == "package.module:Class"
    assert settings.limits == DEFAULT_LIMITS


@pytest.mark.parametrize(
    ("text", "key", "advice"),
    [
        ("[modle]\nx = 1", "'modle'", "did you mean 'model'?"),
        ("facktory = 'a:b'", "'facktory' in [model]", "did you mean 'factory'?"),
        ("[data]\nsource = []", "'source' in [data]", "did you mean 'sources'?"),
        ("[run]\nwindow = 3", "'window' in [run]", "did you mean 'windows'?"),
        ("[strategy]\ncosts = 3", "'costs' in [strategy]", "did you mean 'cost'?"),
        ("[timing]\npair_max = 3", "'pair_max' in [timing]", "did you mean 'pairs_max'?"),
        ("[calibration]\nbar = 3", "'bar' in [calibration]", "did you mean 'bars'?"),
        ("[baseline]\nreff = 'x'", "'reff' in [baseline]", "did you mean 'ref'?"),
        ("[candidate]\nfaktory = 'x'", "'faktory' in [candidate]", "did you mean 'factory'?"),
        ("[benchmarks]\npath = 'x'", "'path' in [benchmarks]", "did you mean 'paths'?"),
        (
            SUITE + "[benchmarks.limits.x]\nmax_rat = 2",
            "'max_rat' in [benchmarks.limits.x]",
            "did you mean 'max_ratio'?",
        ),
        (SUITE + "[benchmarks.limits.x]\nmax = 2", "'max' in [benchmarks.limits.x]", "did you mean 'max_ratio'?"),
        ("[limits.confidense]\nmin = 1", "'confidense' in [limits]", "did you mean 'confidence'?"),
        ("[limits.confidence]\nminn = 1", "'minn' in [limits.confidence]", "did you mean 'min'?"),
        ("[zzzzzz]\nx = 1", "'zzzzzz'", "known here: data, run"),
    ],
)
def test_an_unknown_key_is_refused_and_the_nearest_is_named(text, key, advice):
    said = refused(text)
    assert f"unknown key {key}" in said
    assert advice in said


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[run]\ntrain = 'many'", "[run] train"),
        ("[run]\nwindows = 2.5", "[run] windows"),
        ("[data]\nsources = 'arch:sp500'", "[data] sources"),
        ("kwargs = 3", "[model] kwargs"),
        ("input = 'candles'", "[model] input"),
        ("[candidate]\nkwargs = 3", "[candidate] kwargs"),
        ("[baseline]\nenvironment = 'conda'", "[baseline] environment"),
        ("[limits.confidence]\nmin = '90%'", "[limits.confidence] min"),
        ("[limits.confidence]\nrule = 'maybe'", "[limits.confidence] rule"),
        ("[limits]\nconfidence = 0.9", "[limits] confidence is a table"),
        ("[strategy]\nmeasure = 'sortino'", "[strategy] measure"),
        ("[calibration]\nenabled = 'no'", "[calibration] enabled"),
    ],
)
def test_a_wrong_type_names_its_table_and_key(text, place):
    assert place in refused(text)


def test_a_table_that_is_a_value_is_refused():
    with pytest.raises(ConfigError, match="'run' is a table"):
        parse("run = 3\n" + MODEL, "gate.toml")


@pytest.mark.parametrize("text", ["[model", "model = ", "a = 1\na = 2", "\x00"])
def test_what_is_not_toml_is_said_in_one_line(text):
    with pytest.raises(ConfigError, match="is not TOML"):
        parse(text, "gate.toml")


def test_pyproject_is_read_below_tool_gate():
    text = '[tool.gate.model]\nfactory = "a:B"\n[tool.gate.run]\nseeds = 5\n[tool.other]\nx = 1\n'
    settings = parse(text, "some/pyproject.toml")
    assert (settings.run.seeds, settings.candidate_model.factory) == (5, "a:B")


@pytest.mark.parametrize("text", ["", "tool = 1", "[tool]\ngate = 3", "[tool.ruff]\nx = 1"])
def test_a_pyproject_without_the_table_says_so(text):
    with pytest.raises(ConfigError, match=r"\[tool.gate\]"):
        parse(text, "pyproject.toml")


def test_one_version_overrides_the_model_of_both():
    settings = read(
        "kwargs = { n_states = 3 }\npredict = 'states'\n"
        "[candidate]\nref = 'HEAD'\nfactory = 'b:New'\nkwargs = { n_states = 4 }\n[baseline]\nref = 'v1'\n"
    )
    assert settings.baseline_model.factory == "package.module:Class"
    assert settings.baseline_model.kwargs == {"n_states": 3}
    assert settings.candidate_model.factory == "b:New"
    assert settings.candidate_model.kwargs == {"n_states": 4}
    assert settings.candidate_model.predict == "states"
    assert (settings.baseline.ref, settings.candidate.ref) == ("v1", "HEAD")


def test_kwargs_pass_through_untouched():
    settings = read('kwargs = { a = [1, 2.5, "x"], b = { c = true }, "d-e" = -1, f = inf }')
    assert settings.candidate_model.kwargs == {"a": [1, 2.5, "x"], "b": {"c": True}, "d-e": -1, "f": float("inf")}


# ------------------------------------------------------------------ limits


def test_a_limit_is_replaced_bound_by_bound():
    limits = read("[limits.strategy_performance]\nmax_worse = 0.1\nmin = -1.0").limits
    found = limits["strategy_performance"]
    assert (found.max_worse, found.min, found.floor) == (0.1, -1.0, 0.1)
    assert {k: v for k, v in limits.items() if k != "strategy_performance"} == {
        k: v for k, v in DEFAULT_LIMITS.items() if k != "strategy_performance"
    }


def test_an_advisory_limit_keeps_its_bound():
    found = read("[limits.cpu]\nblocking = false").limits["cpu"]
    assert (found.blocking, found.max_ratio) == (False, 3.0)


@pytest.mark.parametrize("bound", ["max", "max_ratio", "max_worse", "max_increase", "floor"])
@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "-0.5"])
def test_a_limit_that_is_endless_or_below_zero_is_refused(bound, value):
    assert f"[limits.cpu] {bound} = " in refused(f"[limits.cpu]\n{bound} = {value}")


@pytest.mark.parametrize("value", ["inf", "-inf", "nan"])
def test_a_least_value_must_be_a_number_but_may_be_negative(value):
    assert "min = " in refused(f"[limits.strategy_performance]\nmin = {value}")
    assert read("[limits.strategy_performance]\nmin = -0.5").limits["strategy_performance"].min == -0.5


def test_a_limit_of_zero_is_a_limit():
    assert read("[limits.repaint]\nmax = 0").limits["repaint"].max == 0.0


def test_a_least_value_above_the_most_is_refused():
    assert "min = 0.5 is above max = 0.15" in refused("[limits.regime_change_rate]\nmin = 0.5")
    assert read("[limits.regime_change_rate]\nmin = 0.15").limits["regime_change_rate"].min == 0.15


def test_percent_where_a_share_is_meant_is_refused():
    assert "write max = 0.15 for 15%" in refused("[limits.regime_change_rate]\nmax = 15")
    assert "write min = 0.9 for 90%" in refused("[limits.confidence]\nmin = 90")
    assert read("[limits.confidence]\nmin = 1.0").limits["confidence"].min == 1.0
    assert read("[limits.total_return]\nmin = 1.5").limits["total_return"].min == 1.5


def test_a_share_that_must_only_be_above_less_than_nothing_lets_everything_pass_and_is_refused():
    assert "every value would pass" in refused("[limits.confidence]\nmin = -0.1")
    assert read("[limits.confidence]\nmin = 0").limits["confidence"].min == 0.0


@pytest.mark.parametrize("bound", ["max_ratio", "warn_ratio"])
def test_a_ratio_of_nothing_is_refused(bound):
    assert f"{bound} = 0 is no ratio" in refused(f"[limits.cpu]\n{bound} = 0")


# ------------------------------------------------------------------ what cannot be answered


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("run", "train", 29),
        ("run", "test", 0),
        ("run", "windows", 0),
        ("run", "seeds", 0),
        ("run", "context", 0),
        ("run", "give_up", 0),
        ("run", "jobs", -1),
        ("run", "timeout", 0),
        ("run", "timeout", "inf"),
        ("run", "call_timeout", -1),
        ("run", "call_timeout", "nan"),
        ("timing", "pairs_min", 0),
        ("timing", "pairs_min", 17),
        ("timing", "calls", 0),
        ("calibration", "bars", 99),
        ("calibration", "draws", 0),
        ("strategy", "cost", -0.1),
        ("strategy", "cost", "nan"),
        ("strategy", "cost", "inf"),
        ("strategy", "periods_per_year", 0),
        ("strategy", "periods_per_year", -252),
        ("strategy", "periods_per_year", "nan"),
    ],
)
def test_settings_that_no_run_can_answer_are_refused(table, key, value):
    assert table in refused(f"[{table}]\n{key} = {value}")


@pytest.mark.parametrize(
    "text",
    [
        "[run]\ntrain = 30\ntest = 1\nwindows = 1\nseeds = 1\ncontext = 1\ngive_up = 1\njobs = 0",
        "[timing]\npairs_min = 1\npairs_max = 1\ncalls = 1",
        "[calibration]\nbars = 100",
        "[strategy]\ncost = 0\nperiods_per_year = 365",
    ],
)
def test_the_smallest_settings_are_taken(text):
    read(text)


def test_no_sources_are_refused():
    assert "sources is empty" in refused("[data]\nsources = []")


def test_a_model_must_be_named():
    with pytest.raises(ConfigError, match="no model is named for the baseline"):
        parse("[candidate]\nfactory = 'a:B'", "gate.toml")
    functions = parse("[model]\nfit = 'm:fit'\npredict = 'm:predict'", "gate.toml")
    assert functions.baseline_model.factory == ""
    assert parse("[model]\nadapter = 'a.py:build'", "gate.toml").candidate_model.factory == ""
    with pytest.raises(ConfigError, match="no model is named"):
        parse("[model]\nfit = 'm:fit'", "gate.toml")


@pytest.mark.parametrize("name", ["package.module", "a:", ":b", "a b:c", "a:b c", "a:b:c"])
def test_a_factory_that_names_nothing_is_refused(name):
    with pytest.raises(ConfigError, match="names nothing"):
        parse(f"[model]\nfactory = '{name}'", "gate.toml")


KEYS = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, st.integers() | st.booleans() | KEYS, max_size=3), max_size=3))
def test_any_tables_are_read_or_refused_in_one_line(document):
    lines = [
        f"[{table}]\n"
        + "\n".join(f"{key} = {str(v).lower() if not isinstance(v, str) else repr(v)}" for key, v in rows.items())
        for table, rows in document.items()
    ]
    with pytest.raises(ConfigError) as caught:  # no model is named, whatever else is right
        parse("\n".join(lines), "gate.toml")
    assert "\n" not in caught.value.message


# ------------------------------------------------------------------ the user's own benchmarks


def test_without_a_table_there_is_no_suite_and_with_paths_there_is_one():
    assert read("").benchmarks.paths == ()
    suite = read(SUITE).benchmarks
    assert (suite.paths, suite.timer, suite.statistic) == (("benchmarks/",), "process", "min")
    assert suite.limits == {"*": Limit(max_ratio=3.0, warn_ratio=1.25)}


def test_what_a_pattern_leaves_open_is_as_for_every_benchmark():
    limits = '[benchmarks.limits]\n"*" = { max_ratio = 2 }\n"test_fit[*]" = { floor = 0.001, blocking = false }\n'
    found = read(SUITE + limits).benchmarks.limits
    assert found["*"] == Limit(max_ratio=2.0, warn_ratio=1.25)
    assert found["test_fit[*]"] == Limit(max_ratio=2.0, warn_ratio=1.25, floor=0.001, blocking=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[benchmarks]", "names no paths"),
        ("[benchmarks]\ntimer = 'process'", "names no paths"),
        ("[benchmarks]\npaths = 'benchmarks'", "[benchmarks] paths"),
        ("[benchmarks]\npaths = ['/x']", "paths has '/x'"),
        ("[benchmarks]\npaths = ['a/../../x']", "paths has 'a/../../x'"),
        ("[benchmarks]\npaths = ['--pdb']", "paths has '--pdb'"),
        (SUITE + "timer = 'clock'", "[benchmarks] timer"),
        (SUITE + "statistic = 'max'", "[benchmarks] statistic"),
        (SUITE + "pairs_min = 0", "benchmarks.pairs_min = 0"),
        (SUITE + "pairs_max = 2", "benchmarks.pairs_max = 2"),
        (SUITE + "min_rounds = 0", "benchmarks.min_rounds = 0"),
        (SUITE + "timeout = 0", "benchmarks.timeout = 0"),
        (SUITE + "max_time = inf", "benchmarks.max_time = inf"),
        (SUITE + "args = ['-n', '4']", "args may not have -n"),
        (SUITE + "args = ['-n4']", "args may not have -n"),
        (SUITE + "args = ['--dist=load']", "args may not have --dist"),
        (SUITE + "args = ['--benchmark-disable']", "args may not have --benchmark-disable"),
        (SUITE + "args = ['--benchmark-timer=x']", 'timer = "process"'),
        (SUITE + "limits = 3", "[benchmarks] limits is a table"),
        (SUITE + "limits = { x = 3 }", "[benchmarks.limits.x] is a table"),
        (SUITE + "limits = { x = { max_ratio = 0 } }", "max_ratio = 0 is no ratio"),
        (SUITE + "limits = { x = { max_ratio = -1 } }", "max_ratio = -1.0 is below zero"),
        (SUITE + "limits = { x = { max_ratio = inf } }", "max_ratio = inf allows everything"),
        (SUITE + "limits = { x = { warn_ratio = nan } }", "warn_ratio = nan allows everything"),
        (SUITE + "limits = { x = { floor = -1 } }", "floor = -1.0 is below zero"),
        (SUITE + "limits = { x = { rule = 'hope' } }", "[benchmarks.limits.x] rule"),
    ],
)
def test_a_suite_that_no_run_can_answer_is_refused(text, said):
    assert said in refused(text)


def test_a_suite_is_policy_and_one_that_is_not_asked_for_is_none():
    plain, held, stricter = (
        policy_sha256(read(text)) for text in ("", SUITE, SUITE + "limits = { x = { max_ratio = 2 } }")
    )
    assert len({plain, held, stricter}) == 3
