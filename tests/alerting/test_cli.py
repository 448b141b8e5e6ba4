"""gate alert, as a person and as a workflow uses it."""

import json

import pytest

from gate.cli.main import main
from gate.domain.alert import AlertTest
from gate.errors import ExitCode
from tests.alerting.servers import DISCORD, DROP, SLACK, TOKEN, answer

pytestmark = pytest.mark.enable_socket
WARNING = ("send", "--key", "k", "--title", "Regime change rate 22.4%", "--severity", "warning")


@pytest.fixture
def gate(services, tmp_path, monkeypatch, capfd):
    """Runs a verb in a folder with the user's three channels; its code and what it printed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gate.toml").write_text("[alerts]\nwithin = 4\ntimeout = 0.5\ntries = 2\n" + services.toml)

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main(["alert", *words])
        printed = capfd.readouterr()
        assert TOKEN not in printed.out + printed.err
        return ExitCode(left.value.code), printed.out, printed.err

    return run


def test_the_test_proves_each_channel_and_leaves_a_dated_record(gate, services, tmp_path):
    code, out, _ = gate("test")
    assert code is ExitCode.PASS
    for word in ("slack", "discord", "email", "delivered", "answered 200", "answered 250", "record:"):
        assert word in out
    (record,) = (tmp_path / "reports" / "alerts").glob("*-test.json")
    written = json.loads(record.read_text())
    assert written["schema"] == 1
    assert record.name == f"{written['at'].replace(':', '')}-test.json"
    assert [one["outcome"] for one in written["channels"]] == ["delivered"] * 3
    assert "gate reaches this channel" in str(services.at(SLACK)[0].document)
    assert len(services.mail.letters) == 1


def test_the_test_of_one_channel_names_the_others_as_untested(gate, services):
    code, out, _ = gate("test", "--channel", "discord", "--json")
    assert code is ExitCode.PASS
    assert {one["name"]: one["outcome"] for one in json.loads(out)["channels"]} == {
        "slack": "untested",
        "discord": "delivered",
        "email": "untested",
    }
    assert [one.host for one in services.received] == [DISCORD]


@pytest.mark.parametrize(
    ("mode", "expected", "said"),
    [(answer(404, b"no_service"), ExitCode.BLOCK, "no_service"), (DROP, ExitCode.INCONCLUSIVE, "without an answer")],
)
def test_a_channel_that_does_not_work_is_no_pass(mode, expected, said, gate, services):
    services.modes.set(SLACK, mode)
    code, out, _ = gate("test", "--quiet")
    assert code is expected
    assert said in " ".join(out.split())


def test_a_secret_that_is_not_set_is_no_pass(gate, monkeypatch):
    monkeypatch.delenv("GATE_SLACK_URL")
    code, out, _ = gate("test")
    assert code is ExitCode.BLOCK
    assert "GATE_SLACK_URL is not set" in " ".join(out.split())


@pytest.mark.parametrize(
    ("words", "text", "said"),
    [
        (
            ("test", "--channel", "slak"),
            None,
            "no channel 'slak' is configured\n      configured: slack,",
        ),
        (("test",), "", "no channel is configured"),
        (("test",), '[alerts.slack]\nurl_env = "https://x"', "secrets stand in the environment"),
        (("test", "-c", "none.toml"), None, "cannot read none.toml"),
        (("send", "--title", "T"), None, "Missing option '--severity'"),
        (("send", "--title", "T", "--severity", "loud"), None, "'loud' is not one of"),
        (("send", "--title", "T", "--severity", "info", "--fact", "x"), None, "write --fact NAME=VALUE"),
        (("send", "--title", "T", "--severity", "info", "--recovered"), None, "name the key that rings"),
        (("ack", "k"), None, "'k' does not ring"),
    ],
)
def test_wrong_input_is_one_line_and_nothing_is_sent(words, text, said, gate, services, tmp_path):
    if text is not None:
        (tmp_path / "gate.toml").write_text(text)
    code, out, err = gate(*words)
    assert code is ExitCode.BROKEN_QUESTION
    assert said in err
    assert "Traceback" not in err
    assert out == ""
    assert services.received == []


def test_from_ringing_to_recovered(gate, services):
    code, out, _ = gate(*WARNING, "--fact", "limit=<= 15%", "--url", "https://github.com/o/r", "--json")
    assert code is ExitCode.PASS
    assert {one["channel"]: one["outcome"] for one in json.loads(out)} == {
        "slack": "delivered",
        "discord": "delivered",
        "email": "suppressed",
    }
    code, out, _ = gate(*WARNING)
    assert code is ExitCode.PASS
    assert "it rings already" in " ".join(out.split())
    assert "k" in gate("list")[1]
    assert "acknowledged by alice" in gate("ack", "k", "--by", "alice")[1]
    listed = json.loads(gate("list", "--json")[1])
    assert listed["ringing"][0]["acknowledged_by"] == "alice"
    assert gate("remind") == (ExitCode.PASS, "", "")
    assert gate(*WARNING, "--recovered", "--quiet") == (ExitCode.PASS, "", "")
    assert gate("list")[1].startswith("nothing rings")
    assert [("Recovered" in str(one.document)) for one in services.at(SLACK)] == [False, True]


def test_a_notice_is_sent_without_ringing(gate, services):
    code, _, _ = gate("send", "--title", "v2 deployed", "--severity", "critical", "--text", "By hand.")
    assert code is ExitCode.PASS
    assert "Notice" in services.mail.letters[0].message["Subject"]
    assert gate("list")[1].startswith("nothing rings")


def test_the_record_is_read_back_as_it_was_written(gate, tmp_path):
    import msgspec  # noqa: PLC0415

    gate("test")
    (record,) = (tmp_path / "reports" / "alerts").glob("*-test.json")
    assert msgspec.json.decode(record.read_bytes(), type=AlertTest).works
    gate("test", "--channel", "slack")
    newest = max((tmp_path / "reports" / "alerts").glob("*-test.json"))
    assert not msgspec.json.decode(newest.read_bytes(), type=AlertTest).works  # a part is no proof of the whole
    assert not AlertTest(at="2026-11-29T14:30:00Z").works  # nothing tested is nothing proved
