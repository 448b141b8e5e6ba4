"""Which job observed: what the artifact says of itself, held against what GitHub says when it is published."""

import msgspec


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The run of a workflow, and the two commits that it was asked about. A claim: whoever writes it may lie.

    Not the attempt: where failed jobs alone are run again, the shards of one observation are of several.
    """

    repository: str
    """owner/name"""
    run_id: int
    head_sha: str
    base_sha: str
