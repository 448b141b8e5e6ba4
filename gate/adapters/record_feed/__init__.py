"""The records of the deployed strategy, as files that grow, are rotated and are cut off."""

from gate.adapters.record_feed.follower import RecordFiles

__all__ = ["RecordFiles"]
