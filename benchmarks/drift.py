"""How often does `gate history drift` cry wolf, and how often does it find what is there?

Histories of nightly verdicts: an AR(1) process around 8.3% with a standard deviation of 0.8 points (neighbouring
nights share nearly all their bars), with nothing in it; with a step to 11%; with a step that is mended again; with a
slow creep over half of the history. Beside the gate's way stands the same search with the penalty of independent noise.

    python -m benchmarks.drift            # a minute
"""

import sys
import time

import numpy as np
import ruptures

from gate.domain.drift import FEWEST
from gate.judging.drifting import SHORTEST, change_points

HISTORIES = 200
LENGTHS = (FEWEST, 60, 120, 365)
CORRELATIONS = (0.0, 0.3, 0.6, 0.8, 0.9)
LEVEL, RISE, NOISE = 0.083, 0.027, 0.008
NEAR = 5
"""Nights: so far from the truth a change may be found and be the same change."""
METRICS = 16
"""As many are looked at together in earnest."""
ALARMS, FOUND = 0.07, 0.90
"""What a line in every night's summary must be: seldom wrong, and mostly there when it should be."""


def noise(random, count, phi):
    """An AR(1) process that has forgotten its beginning."""
    shocks = random.normal(size=count) * np.sqrt(1 - phi**2)
    found = np.empty(count)
    value = random.normal()
    for place, shock in enumerate(shocks):
        value = phi * value + shock
        found[place] = value
    return LEVEL + NOISE * found


def as_if_independent(values):
    """The textbook's penalty: 2 log n variances of the noise, which is read off the differences of neighbours."""
    variance = np.var(np.diff(values)) / 2
    search = ruptures.KernelCPD(kernel="linear", min_size=SHORTEST).fit(values.reshape(-1, 1))
    return tuple(search.predict(pen=2 * np.log(len(values)) * variance)[:-1])


def near(places, truth):
    return any(abs(place - truth) <= NEAR for place in places)


def cell(count, phi, seed):
    """Shares of histories: false alarms of three ways; step, mended step and creep found; distance from the truth."""
    random = np.random.default_rng([seed, count, int(100 * phi)])
    hits = dict.fromkeys(("textbook", "alone", "among", "step", "mended", "creep"), 0)
    away = []
    for _ in range(HISTORIES):
        still = noise(random, count, phi)
        hits["textbook"] += bool(as_if_independent(still))
        hits["alone"] += bool(change_points(still)[0])
        hits["among"] += bool(change_points(still, among=METRICS)[0])
        begin = int(count * random.uniform(0.3, 0.7))
        step = still + RISE * (np.arange(count) >= begin)
        found = change_points(step)[0]
        hits["step"] += near(found, begin)
        away += [min(abs(place - begin) for place in found)] if found else []
        first, last = count * 35 // 100, count * 70 // 100
        mended = change_points(still + RISE * ((np.arange(count) >= first) & (np.arange(count) < last)))[0]
        hits["mended"] += near(mended, first) and near(mended, last)
        ramp = np.clip((np.arange(count) - count / 4) / (count / 2), 0, 1)
        hits["creep"] += bool(change_points(still + RISE * ramp)[0])
    return {name: number / HISTORIES for name, number in hits.items()} | {"away": np.median(away) if away else np.nan}


def word(ok):
    return "ok" if ok else "MISSED"


def main():
    started, missed = time.monotonic(), 0
    print(f"{HISTORIES} histories a row; 8.3% with 0.8 points of AR(1) noise; found = within {NEAR} nights")
    print(f"targets: false alarms <= {ALARMS:.0%} alone; step to 11% found in >= {FOUND:.0%}\n")
    print("                  false alarms                       |  found")
    print("nights   phi    textbook   gate            one of 16 |  step           away  mended  creep")
    for count in LENGTHS:
        for phi in CORRELATIONS:
            got = cell(count, phi, 20261129)
            quiet, sharp = got["alone"] <= ALARMS, got["step"] >= FOUND
            missed += (not quiet) + (not sharp)
            alarms = f"{got['textbook']:10.0%} {got['alone']:7.1%} {word(quiet):6} {got['among']:13.1%}"
            there = f"{got['step']:6.0%} {word(sharp):6} {got['away']:5.0f}  {got['mended']:6.0%} {got['creep']:6.0%}"
            print(f"{count:6} {phi:5.1f} {alarms} | {there}", flush=True)
    cells = 2 * len(LENGTHS) * len(CORRELATIONS)
    print(f"\n{cells - missed} of {cells} targets met, in {time.monotonic() - started:.0f} s")
    return 0 if missed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
