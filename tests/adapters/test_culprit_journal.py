"""The log of a search: what was added is there, what was cut off is not, and two searches do not disturb each other."""

import multiprocessing

import pytest

from gate.adapters.culprit_journal import JournalFiles
from gate.domain.culprit import Entry, Evaluation
from gate.errors import OutputError


def entry(number):
    return Entry(tree=f"tree {number}", under="policy", evaluation=Evaluation(untestable="é\n"))


def test_what_was_added_is_read_in_its_order_and_by_its_name_alone(tmp_path):
    journal = JournalFiles(tmp_path / "new" / "folder")
    assert journal.read("a") == []
    for number in range(3):
        journal.add("a", entry(number))
    journal.add("b", entry(9))
    assert JournalFiles(tmp_path / "new" / "folder").read("a") == [entry(0), entry(1), entry(2)]


@pytest.mark.parametrize("cut", range(1, 40, 6))
def test_what_a_kill_cut_off_is_left_out_and_the_next_line_is_whole(tmp_path, cut):
    journal = JournalFiles(tmp_path)
    journal.add("a", entry(0))
    journal.add("a", entry(1))
    file = tmp_path / "a.jsonl"
    file.write_bytes(file.read_bytes()[:-cut])
    assert journal.read("a") == [entry(0)]
    journal.add("a", entry(2))
    assert journal.read("a") == [entry(0), entry(2)]


def test_a_damaged_line_is_left_out(tmp_path):
    journal = JournalFiles(tmp_path)
    journal.add("a", entry(0))
    with (tmp_path / "a.jsonl").open("ab") as file:
        file.write(b'{"tree": 3}\n\xff\xfe\n[]\n')
    journal.add("a", entry(1))
    assert journal.read("a") == [entry(0), entry(1)]


def add_many(folder, first):
    for number in range(first, first + 25):
        JournalFiles(folder).add("a", entry(number))


def test_two_searches_at_once_lose_nothing(tmp_path):
    processes = [multiprocessing.Process(target=add_many, args=(tmp_path, first)) for first in (0, 100)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert len(JournalFiles(tmp_path).read("a")) == 50


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot keep the search") as raised:
        JournalFiles(tmp_path / "file").add("a", entry(0))
    assert "--cache" in raised.value.advice
