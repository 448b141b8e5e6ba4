"""What every ledger promises, whatever it is made of."""

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from gate.domain.history import SCHEMA, Glance, Happened, HistoryEntry
from gate.errors import BrokenQuestionError, NewerSchemaError
from tests.history.conftest import VERDICT, entry

HOSTILE = (
    "'); DROP TABLE gate_history; --",
    "nul \x00 and bell \x07, two\nlines\r\n",
    "\u202eright to left, \U0001f4a3, e\u0301, \ufeff",
    "%s %(x)s {x} :name ?1 $1 \\ \" ' ` |",
    "<script>alert(1)</script> ${{ secrets.TOKEN }}",
)


def test_what_is_appended_is_read_back(ledger):
    kept = (
        entry("a", at="2026-01-01T00:00:00Z"),
        entry("b", at="2026-01-02T00:00:00Z", sha="1" * 40, source="nightly"),
    )
    assert ledger.append(kept) == 2
    assert tuple(ledger.entries()) == kept


def test_a_verdict_comes_back_whole(ledger):
    kept = entry("v", kind=Happened.VERDICT, verdict=VERDICT)
    ledger.append([kept])
    assert list(ledger.entries()) == [kept]


def test_appended_twice_it_is_there_once(opened):
    assert opened().append([entry("a"), entry("a")]) == 1
    assert opened().append([entry("a"), entry("b")]) == 1
    assert [one.uid for one in opened().entries()] == ["a", "b"]


def test_nothing_is_ever_changed(ledger):
    ledger.append([entry("a", title="as it was")])
    assert ledger.append([entry("a", title="as somebody wants it")]) == 0
    assert [one.title for one in ledger.entries()] == ["as it was"]


def test_nothing_appended_is_nothing(ledger):
    assert ledger.append([]) == 0
    assert list(ledger.entries()) == []
    assert list(ledger.glances()) == []


def test_the_oldest_stands_first_whatever_the_zone_and_the_order(ledger):
    late, early, middle = "2026-01-01T12:00:00.5Z", "2026-01-01T13:00:00+02:00", "2026-01-01T12:00:00Z"
    ledger.append([entry("late", at=late)])
    ledger.append([entry("middle", at=middle), entry("early", at=early)])
    assert [one.uid for one in ledger.entries()] == ["early", "middle", "late"]
    assert [one.at for one in ledger.entries()] == [early, middle, late]


def test_it_is_asked_by_kind_by_time_and_for_the_newest(ledger):
    days = [entry(f"d{day}", at=f"2026-01-0{day}T00:00:00Z") for day in range(1, 6)]
    rolled = entry("r", at="2026-01-03T12:00:00Z", kind=Happened.ROLLBACK)
    ledger.append([*days, rolled])
    names = lambda **asked: [one.uid for one in ledger.entries(**asked)]  # noqa: E731
    assert names(kind=Happened.ROLLBACK) == ["r"]
    assert names(since="2026-01-03T02:00:00+02:00") == ["d3", "r", "d4", "d5"]
    assert names(newest=2) == ["d4", "d5"]
    assert names(newest=0) == []
    assert names(kind=Happened.DEPLOYMENT, newest=100) == ["d1", "d2", "d3", "d4", "d5"]
    assert names(kind=Happened.DEPLOYMENT, since="2026-01-02T00:00:00Z", newest=1) == ["d5"]


def test_a_glance_is_the_entry_with_less_in_it(ledger):
    ledger.append([entry("v", kind=Happened.VERDICT, verdict=VERDICT), entry("d", at="2026-11-30T00:00:00Z")])
    glances, entries = ledger.glances(newest=2), ledger.entries(newest=2)
    assert list(glances) == [msgspec.json.decode(msgspec.json.encode(one), type=Glance) for one in entries]
    assert glances[0].verdict.judgements[0].metric == VERDICT.judgements[0].metric


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_as_it_is(ledger, text):
    kept = entry("h", title=text, ref=text, sha=text, source=text, url=text)
    ledger.append([kept])
    assert list(ledger.entries()) == [kept]


@pytest.mark.parametrize(
    "wrong",
    [
        entry(""),
        entry("two\nlines"),
        entry("x" * 201),
        entry("a", at="yesterday"),
        entry("a", at="2026-01-01T00:00:00"),
        entry("a", at=""),
        entry("a", title="half \ud800"),
    ],
)
def test_a_wrong_entry_is_one_clear_line_and_none_of_its_batch_is_kept(ledger, wrong):
    with pytest.raises(BrokenQuestionError) as caught:
        ledger.append([entry("good"), wrong])
    assert "\n" not in caught.value.message
    assert caught.value.advice
    assert list(ledger.entries()) == []


def test_an_entry_of_a_newer_schema_is_refused(ledger):
    with pytest.raises(NewerSchemaError, match=f"schema {SCHEMA + 1}; this gate knows {SCHEMA}"):
        ledger.append([entry("a", schema=SCHEMA + 1)])
    assert list(ledger.entries()) == []


def test_who_append_at_once_lose_nothing_and_double_nothing(opened):
    def writer(number):
        mine = opened()
        return sum(mine.append([entry(f"{number}-{turn}"), entry(f"shared-{turn}")]) for turn in range(3))

    with ThreadPoolExecutor(4) as pool:
        added = sum(pool.map(writer, range(4)))
    names = [one.uid for one in opened().entries()]
    assert sorted(names) == sorted({f"{number}-{turn}" for number in (*range(4), "shared") for turn in range(3)})
    assert added >= len(names)  # who was told nothing of a push may have counted what another added


def test_a_history_moves_from_one_ledger_to_another_and_is_the_same(opened, tmp_path):
    from tests.history.memory import MemoryLedger  # noqa: PLC0415

    kept = [entry(f"{n}", at=f"2026-01-{n + 1:02d}T00:00:00Z", title=HOSTILE[n % 5]) for n in range(10)]
    other = MemoryLedger()
    opened().append(kept)
    other.append(opened().entries())
    assert list(other.entries()) == kept == list(opened().entries())
    assert all(isinstance(one, HistoryEntry) for one in other.entries())
