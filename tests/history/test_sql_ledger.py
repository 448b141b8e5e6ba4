"""The history in a database: what is said when it is not what it must be, and what is never said."""

import sqlite3

import pytest

from gate.adapters.ledger_sql import SqlLedger, loadable, masked, parsed
from gate.errors import ConfigError, NewerSchemaError, OutputError
from tests.history.conftest import entry

SECRET = "hunter2-and-more"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "deep" / "history.sqlite"


@pytest.fixture
def ledger(file):
    return SqlLedger(url=parsed(f"sqlite:///{file}"), timeout=0.3)


def changed(file, sql):
    connection = sqlite3.connect(file)
    connection.execute(sql)
    connection.commit()
    connection.close()


def test_looking_makes_no_file(ledger, file):
    assert list(ledger.entries()) == []
    assert not file.parent.exists()


def test_a_database_of_a_newer_gate_is_refused_and_left_as_it_is(ledger, file):
    ledger.append([entry("a")])
    changed(file, "UPDATE gate_history_schema SET version = 2")
    for refused in (lambda: ledger.append([entry("b")]), ledger.entries):
        with pytest.raises(NewerSchemaError, match="has schema 2; this gate knows 1"):
            refused()
    changed(file, "UPDATE gate_history_schema SET version = 1")
    assert [one.uid for one in ledger.entries()] == ["a"]


def test_an_entry_of_a_newer_gate_is_refused_not_guessed(ledger, file):
    ledger.append([entry("a")])
    changed(file, """UPDATE gate_history SET document = '{"schema":2,"uid":"a","kind":"merger"}'""")
    with pytest.raises(NewerSchemaError, match="entry a of the history"):
        ledger.entries()


def test_a_damaged_entry_is_said_and_never_left_out(ledger, file):
    ledger.append([entry("a"), entry("b")])
    changed(file, "UPDATE gate_history SET document = '{' WHERE uid = 'a'")
    with pytest.raises(OutputError, match="is damaged"):
        ledger.entries()


def test_a_file_that_is_no_database_is_one_clear_line_at_once(ledger, file):
    file.parent.mkdir()
    file.write_text("this is a letter to my grandmother, and no database\n" * 100)
    with pytest.raises(OutputError, match=r"file is not a database$"):
        ledger.append([entry("a")])
    assert file.read_text().startswith("this is a letter")


def test_a_file_that_somebody_holds_is_given_up_in_time(ledger, file):
    ledger.append([entry("a")])
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(OutputError, match="database is locked"):
            ledger.append([entry("b")])
        assert [one.uid for one in ledger.entries()] == ["a"]  # who reads need not wait
    finally:
        holder.close()
    assert ledger.append([entry("b")]) == 1


def test_a_folder_that_cannot_be_made_is_one_clear_line(ledger, file):
    file.parent.write_text("")
    with pytest.raises(OutputError, match="cannot make"):
        ledger.append([entry("a")])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("not a url", "no SQLAlchemy URL"),
        (f"postgresql+psycopg://gate:{SECRET}@host:port/x", "no SQLAlchemy URL"),
        (f"oracledb17://gate:{SECRET}@host/x", "does not know"),
    ],
)
def test_a_wrong_url_is_not_repeated(url, said):
    with pytest.raises(ConfigError, match=said) as caught:
        parsed(url)
    assert SECRET not in caught.value.message + caught.value.advice


def test_a_driver_that_is_not_installed_is_named_with_the_command_that_installs_it():
    with pytest.raises(ConfigError, match="needs oracledb, which is not installed") as caught:
        loadable(parsed("oracle+oracledb://gate@host/x"))
    assert caught.value.advice == "pip install 'oracledb'"


def test_no_password_is_ever_named(tmp_path):
    url = parsed(f"postgresql+psycopg://gate:{SECRET}@/x?host={tmp_path}&sslpassword={SECRET}")
    ledger = SqlLedger(url=url, timeout=1.0)
    with pytest.raises(OutputError) as caught:
        ledger.append([entry("a")])
    assert SECRET not in caught.value.message + caught.value.advice + repr(caught.value.__cause__) + repr(ledger)
    assert masked(f"password {SECRET} was refused", url) == "password *** was refused"


def test_a_user_who_may_only_select_and_insert_is_enough(postgres):
    """As docs/history.md says."""
    url = postgres.emptied()
    SqlLedger(url=parsed(url)).append([entry("a")])
    for sql in (
        "CREATE ROLE writer LOGIN",
        "GRANT SELECT, INSERT ON gate_history, gate_history_schema TO writer",
        "GRANT USAGE ON SEQUENCE gate_history_number_seq TO writer",
    ):
        postgres.query("shared", sql)
    theirs = SqlLedger(url=parsed(url.replace("gate@", "writer@")))
    assert theirs.append([entry("a"), entry("b")]) == 1
    assert [one.uid for one in theirs.entries()] == ["a", "b"]


def test_a_database_that_is_not_there_is_one_clear_line(postgres):
    url = postgres.emptied().replace("/shared?", "/not-there?")
    with pytest.raises(OutputError, match='database "not-there" does not exist') as caught:
        SqlLedger(url=parsed(url), timeout=2.0).append([entry("a")])
    assert "\n" not in caught.value.message
