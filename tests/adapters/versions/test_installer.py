"""The one line out of what uv says."""

from gate.adapters.versions.installer import culprit

DRAWN = """\
Using Python 3.11.7 environment at: /tmp/e
  × No solution found when resolving dependencies:
  ╰─▶ Because nosuch was not found in the package registry and you require
      nosuch, we can conclude that your requirements are unsatisfiable.

      hint: Packages were unavailable
"""

LISTED = """\
error: No solution found when resolving dependencies
  cause: Because nosuch was not found in the package registry, we can conclude that it is so.
"""

BUILD = """\
  × Failed to build `bad @ file:///tmp/bad`
  ├─▶ The build backend returned an error
  ╰─▶ Call to `setuptools.build_meta.build_wheel` failed (exit status: 1)

      [stderr]
      Traceback
      ImportError: no numpy headers

      hint: This usually indicates a problem with the package
"""


def test_the_reason_is_taken_out_of_the_drawing():
    assert culprit(DRAWN) == (
        "Because nosuch was not found in the package registry and you require nosuch, "
        "we can conclude that your requirements are unsatisfiable."
    )


def test_the_reason_is_taken_out_of_the_list():
    assert culprit(LISTED).startswith("Because nosuch was not found")


def test_a_failed_build_names_the_package_and_its_last_word():
    assert culprit(BUILD).startswith("Failed to build `bad @ file:///tmp/bad`")
    assert culprit(BUILD).endswith("ImportError: no numpy headers")


def test_passwords_in_addresses_are_not_printed():
    assert culprit("error: Failed to fetch: `https://me:secret@x.org/simple/`") == (
        "Failed to fetch: `https://***@x.org/simple/`"
    )


def test_a_hostile_length_is_capped():
    assert len(culprit(f"error: {'x' * 10_000}")) == 400
