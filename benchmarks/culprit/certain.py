"""Certain answers: evaluations to find one commit among 64 where up to a fifth cannot be built."""

import random
import tempfile
from pathlib import Path

from benchmarks.culprit.rig import BROKEN, WELL, ByContent, History, asked, finder
from benchmarks.error_rates.figures import Figure, share, watched
from gate.domain.culprit import Outcome

COMMITS, PLACEMENTS, UNBUILDABLE = 64, 20, 0.20
SEED = 20_251_126
BAD = WELL.replace("repaint = 0.0", "repaint = 0.05")
RAISES = f"raise ImportError\n{WELL}"


def figures(placements=PLACEMENTS):
    """Real git histories; only the measuring is a stand-in, which reads what each commit holds."""
    order = random.Random(SEED)
    asked_for = range(placements)
    found = [placement(order, UNBUILDABLE * number / (placements - 1)) for number in watched(asked_for, "certain")]
    named, right, evaluations = zip(*found, strict=True)
    return [
        Figure(name="evaluations among 64, the most of 20 placements", value=max(evaluations), at_most=8),
        Figure(name="evaluations among 64, on average", value=sum(evaluations) / placements),
        share("right: the culprit, or the fewest that can be told apart", sum(right), placements, at_least=1.0),
        share("named as one commit", sum(named), placements, note="else it lies beside commits that cannot be built"),
    ]


def placement(order, broken):
    """One history: (named as one, right, evaluations)."""
    culprit = order.randrange(1, COMMITS + 1)
    blind = set(order.sample(range(1, COMMITS), round(broken * (COMMITS - 1))))
    texts = [text_of(number, culprit, blind, order) for number in range(1, COMMITS + 1)]
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder) / "repo")
        shas = [history.good, *history.steps(texts)]
        evaluator = ByContent(history.folder)
        question = asked(history.folder, history.good)
        (finding,) = finder(history.folder, Path(folder) / "cache", evaluator).find(question).findings
    possible = [shas[position] for position in hidden(culprit, blind)]
    told = [finding.culprit.sha] if finding.culprit else [commit.sha for commit in finding.remaining]
    return finding.outcome is Outcome.FOUND, told == possible, finding.evaluations


def text_of(number, culprit, blind, order):
    """A commit's file; of those that cannot be built, half do not parse and half do not import."""
    if number in blind:
        return order.choice((BROKEN, RAISES))
    return BAD if number >= culprit else WELL


def hidden(culprit, blind):
    """The commits among which nobody can tell."""
    first, last = culprit, culprit
    while first - 1 in blind:
        first -= 1
    while last in blind:
        last += 1
    return range(first, last + 1)
