"""Wrong: a fit takes 3.2 times as much CPU, just over the limit. Must be caught by `cpu`, or said to be undecided."""

from benchmarks.defects import slow_fit


class RegimeDetector(slow_fit.RegimeDetector):
    times = 3.2
