"""A share of a question: every symbol is somebody's, and nobody's twice."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.domain.shard import MOST_SHARDS, Shard
from gate.errors import BrokenQuestionError


@given(of=st.integers(1, MOST_SHARDS), symbols=st.lists(st.text(max_size=3), unique=True, max_size=40).map(tuple))
def test_every_symbol_is_in_exactly_one_share_and_shares_are_even(of, symbols):
    shares = [Shard(number=number, of=of, symbols=symbols).mine for number in range(1, of + 1)]
    assert sorted(symbol for share in shares for symbol in share) == sorted(symbols)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_it_is_written_as_it_is_read():
    assert str(Shard.parse("2/4")) == "2/4"


@pytest.mark.parametrize("text", ["", "2", "/", "0/4", "5/4", "-1/4", "1/0", "a/b", "1/4/4", "1/257", "²/4"])
def test_what_names_no_shard_is_refused(text):
    with pytest.raises(BrokenQuestionError, match="is no shard"):
        Shard.parse(text)


def test_a_stored_shard_of_nothing_is_refused():
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"number": 0, "of": 0}', type=Shard)
