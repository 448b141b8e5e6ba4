"""pytest's last lines: what failed, in which words."""

from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.runner.suite.summary import LONGEST_LINE, MOST_FAILURES, failures_of, last_words

OUTPUT = """
FE.                                                                  [100%]
=================================== ERRORS ====================================
____________________ ERROR collecting benchmarks/test_b.py ____________________
benchmarks/test_b.py:1: in <module>
    def x(:
          ^
E   SyntaxError: invalid syntax
_______________________ ERROR at setup of test_setup __________________________
E   RuntimeError: not of the file above
=========================== short test summary info ===========================
FAILED benchmarks/test_a.py::test_x[a - b] - AssertionError: multi
FAILED benchmarks/test_a.py::test_y
ERROR benchmarks/test_b.py
ERROR benchmarks/test_a.py::test_setup - RuntimeError: no
2 failed, 1 passed, 2 errors in 2.19s
"""


def test_each_failure_is_kept_with_its_words():
    assert failures_of(OUTPUT) == (
        "benchmarks/test_a.py::test_x[a - b] - AssertionError: multi",
        "benchmarks/test_a.py::test_y",
        "benchmarks/test_b.py - SyntaxError: invalid syntax",
        "benchmarks/test_a.py::test_setup - RuntimeError: no",
    )


def test_the_last_words_say_what_is_wrong():
    usage = "usage: pytest [options]\npytest: error: unrecognized arguments: --x\n  inifile: None\n  rootdir: .\n"
    assert last_words(usage) == "pytest: error: unrecognized arguments: --x"
    assert last_words("E   ImportError: no module\n") == "ImportError: no module"
    assert last_words("something else\n\n") == "something else"
    assert last_words("") == ""


@given(st.text())
def test_any_output_is_read(text):
    for line in (*failures_of(f"FAILED {text}\nERROR {text}\n{text}"), last_words(text)):
        assert len(line) <= max(LONGEST_LINE, len(text))
        assert "\n" not in line


def test_a_flood_of_failures_is_cut():
    flood = "\n".join(f"FAILED a.py::test_{number} - {'x' * 2000}" for number in range(MOST_FAILURES + 5))
    found = failures_of(flood)
    assert len(found) == MOST_FAILURES
    assert all(len(line) <= LONGEST_LINE for line in found)
