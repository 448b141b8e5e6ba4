"""One part of a question that is observed on several machines: which part, of how many, and what the whole is."""

from typing import Annotated, Self

import msgspec

from gate.errors import BrokenQuestionError

MOST_SHARDS = 256
"""As many jobs as a matrix may have."""

Number = Annotated[int, msgspec.Meta(ge=1, le=MOST_SHARDS)]


class Shard(msgspec.Struct, frozen=True, kw_only=True):
    """Part `number` of `of`."""

    number: Number
    of: Number
    symbols: tuple[str, ...] = ()
    """Every symbol of the whole question, the simulated ones too, in the order in which they are planned."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "2/4". Raises BrokenQuestionError."""
        number, slash, of = text.partition("/")
        if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of) <= MOST_SHARDS):
            raise BrokenQuestionError(f"'{text}' is no shard", "write which of how many, e.g. --shard 2/4")
        return cls(number=int(number), of=int(of))

    @property
    def first(self) -> bool:
        """Whether it is the part that also times: pairs are made on one machine, by one process at a time."""
        return self.number == 1

    @property
    def mine(self) -> tuple[str, ...]:
        """This part's symbols: dealt out in turn, so that the parts are as even as can be."""
        return self.symbols[self.number - 1 :: self.of]

    def __str__(self) -> str:
        """As it is written on the command line."""
        return f"{self.number}/{self.of}"
