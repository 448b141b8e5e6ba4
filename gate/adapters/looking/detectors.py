"""Regime models in Python code, found with `ast`: nothing is imported, so nothing of the user's is run.

What the gate can call is said in gate/worker/model.py: something that fits, something that predicts, a keyword for the
seed. Everything here is a guess for a person to look at, in the order of how much speaks for it.
"""

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from gate.domain.setup import Detector

FITS = ("fit", "train", "fit_model", "train_model", "calibrate", "learn")
PREDICTS = (
    "predict",
    "predict_regime_sequence",
    "predict_regimes",
    "predict_states",
    "predict_state_sequence",
    "detect_regimes",
    "classify",
    "label",
)
"""One answer a bar; methods that answer for a single bar are live methods."""
FIT_STARTS = ("fit", "train", "calibrate", "learn")
PREDICT_STARTS = ("predict", "detect", "classify", "label", "decode", "assign", "infer")
"""Plain functions say in their names what they fit: fit_hmm, decode_states."""
LIVE = ("step", "predict_regime", "predict_live", "predict_online", "predict_current_regime", "update")
POSTERIORS = ("predict_probabilities", "predict_regime_proba", "posterior", "regime_probabilities")
"""Beside predict_proba and predict_state_proba, which the gate finds by itself."""
SEEDS = ("random_seed", "rng_seed", "random_state_seed", "rng")
"""Beside random_state and seed, which the gate finds by itself."""
FOUND_BY_ITSELF = ("random_state", "seed")
STATES = ("n_states", "n_components", "n_regimes", "num_states", "num_regimes", "n_clusters", "k")
USUAL_STATES = 3
HMMLEARN = ("GaussianHMM", "GMMHMM", "CategoricalHMM", "MultinomialHMM", "PoissonHMM", "BaseHMM")
FRAMES = ("df", "data", "bars", "ohlcv", "prices", "frame", "candles", "dataframe", "price_data", "market_data")
COLUMNS = ("open", "high", "low", "close", "volume")
WORDS = ("regime", "hmm", "markov", "state", "detector")
"""In the name of a class or a file they speak for it."""
LARGEST = 1_000_000
"""Bytes of a file that is looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One class of some file."""

    file: str
    node: ast.ClassDef
    bases: tuple[str, ...]
    methods: Mapping[str, ast.FunctionDef] = field(default_factory=dict)


Classes = dict[str, list[Seen]]
"""By name; several files may have one of the same name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """What the code of a repository shows."""

    detectors: tuple[Detector, ...]
    """The likeliest first."""
    others: tuple[Detector, ...]
    """Classes without a fit and a predict that are known by name; fit and predict are "" where there is none."""
    unreadable: tuple[str, ...]
    """Files that do not parse."""


def detectors_of(folder: Path, files: Sequence[str]) -> Code:
    """Look at every class, and at modules of plain functions."""
    trees, unreadable = _parsed(folder, [name for name in files if not _is_test(name)])
    classes: Classes = {}
    for seen in (seen for file, tree in trees.items() for seen in _classes(file, tree)):
        classes.setdefault(seen.node.name, []).append(seen)
    found = [one for same in classes.values() for seen in same if (one := _of_class(seen, classes))]
    functions = [one for file, tree in trees.items() if (one := _of_functions(file, tree))]
    return Code(
        detectors=_likeliest_first([one for one in found if one.fit and one.predict] + functions),
        others=_likeliest_first(one for one in found if not (one.fit and one.predict)),
        unreadable=tuple(unreadable),
    )


def _likeliest_first(found: Iterable[Detector]) -> tuple[Detector, ...]:
    return tuple(sorted(found, key=lambda one: (-one.score, one.file.count("/"), one.file, one.line)))


def _is_test(name: str) -> bool:
    path = PurePosixPath(name)
    return path.name.startswith("test_") or path.name == "conftest.py" or bool({"tests", "test"} & set(path.parts))


def _parsed(folder: Path, files: Sequence[str]) -> tuple[dict[str, ast.Module], list[str]]:
    trees, unreadable = {}, []
    for name in files:
        try:
            if (folder / name).stat().st_size <= LARGEST:
                with warnings.catch_warnings(action="ignore"):  # a stranger's invalid escapes are not ours to tell
                    trees[name] = ast.parse((folder / name).read_bytes())
        except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
            unreadable.append(name)
    return trees, unreadable


# ------------------------------------------------------------------ classes


def _classes(file: str, tree: ast.Module) -> Iterator[Seen]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith(("_", "Test")):
            methods = {one.name: one for one in node.body if isinstance(one, ast.FunctionDef)}
            yield Seen(file=file, node=node, bases=tuple(map(_last_name, node.bases)), methods=methods)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return _last_name(node.value)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _of_class(seen: Seen, classes: Classes) -> Detector | None:
    methods, bases = _inherited(seen, classes, depth=5)
    if {"Protocol", "ABC"} & set(seen.bases) or any(map(_is_abstract, seen.methods.values())):
        return None
    hmm = bool(set(bases) & set(HMMLEARN))
    names = dict.fromkeys((*methods, *(("fit", "predict", "predict_proba") if hmm else ())))
    fit, predict = _first(FITS, names), _first(PREDICTS, names)
    whole = ast.Module(body=[seen.node, *methods.values()], type_ignores=[])  # what is inherited counts as its own
    shape = _shape(methods.get(fit), whole)
    keywords = _keywords(methods.get("__init__"), hmm=hmm)
    return Detector(
        file=seen.file,
        line=seen.node.lineno,
        factory=f"{_module(seen.file)}:{seen.node.name}",
        fit=fit,
        predict=predict,
        predict_proba="" if {"predict_proba", "predict_state_proba"} & set(names) else _first(POSTERIORS, names),
        live=_first(LIVE, names),
        hmmlearn=hmm or _uses_hmmlearn(whole),
        score=_score(seen, names, hmm=hmm, hmmlearn=_uses_hmmlearn(whole)) - 3 * len(keywords.missing),
        seed=keywords.seed,
        kwargs=keywords.states,
        missing=keywords.missing,
        input=shape.input,
        columns=shape.columns,
        date_column=shape.date_column,
        methods=_offered(seen, classes, names) if _all_seen(seen, classes, depth=5) else (),
    )


def _offered(seen: Seen, classes: Classes, methods: Iterable[str]) -> tuple[str, ...]:
    """Public names of a class: methods, and whatever is assigned in it or to `self`; () where it makes them up."""
    if "__getattr__" in methods or "__getattribute__" in methods:
        return ()
    names = dict.fromkeys((*methods, *sorted(_assigned(seen, classes, depth=5))))
    return tuple(name for name in names if not name.startswith("_"))


def _assigned(seen: Seen, classes: Classes, depth: int) -> set[str]:
    """Names that are given a value in the class, in its bases, or on `self`; and methods that are coroutines."""
    inside = [one for part in seen.node.body if not isinstance(part, ast.FunctionDef) for one in ast.walk(part)]
    names = {one.id for one in inside if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    names |= {one.name for one in inside if isinstance(one, ast.AsyncFunctionDef)}
    names |= {
        one.attr
        for one in ast.walk(seen.node)
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store) and _last_name(one.value) == "self"
    }
    bases = [one for base in seen.bases for one in classes.get(base, ()) if one is not seen]
    return names.union(*(_assigned(one, classes, depth - 1) for one in bases if depth))


def _all_seen(seen: Seen, classes: Classes, depth: int) -> bool:
    """Whether every base lies in this repository, and nothing decorates the class."""
    known = [next((one for one in classes.get(base, ()) if one is not seen), None) for base in seen.bases]
    plain = not seen.node.decorator_list or {_last_name(one) for one in seen.node.decorator_list} == {"dataclass"}
    return plain and all(
        base == "object" or (one is not None and depth > 0 and _all_seen(one, classes, depth - 1))
        for base, one in zip(seen.bases, known, strict=True)
    )


def _inherited(seen: Seen, classes: Classes, depth: int) -> tuple[dict[str, ast.FunctionDef], list[str]]:
    """Methods and the names of all bases, as far as they lie in this repository."""
    methods, bases = dict(seen.methods), list(seen.bases)
    for base in seen.bases:
        known = next((one for one in classes.get(base, ()) if one is not seen), None)
        if depth and known is not None:
            more, further = _inherited(known, classes, depth - 1)
            methods, bases = more | methods, bases + further
    return methods, bases


def _is_abstract(node: ast.FunctionDef) -> bool:
    return any(_last_name(one) == "abstractmethod" for one in node.decorator_list)


def _first(wanted: Sequence[str], names: Mapping[str, Any]) -> str:
    return next((name for name in wanted if name in names), "")


def _score(seen: Seen, names: Mapping[str, Any], *, hmm: bool, hmmlearn: bool) -> int:
    """How much speaks for a class."""
    words = f"{seen.node.name} {seen.file}".lower()
    spoken = sum(word in words for word in WORDS)
    return 4 * hmm + 2 * hmmlearn + 2 * spoken + ("predict_proba" in names)


def _uses_hmmlearn(node: ast.AST) -> bool:
    names = {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in ast.walk(node)}
    return bool(names & set(HMMLEARN))


def _module(file: str) -> str:
    parts = PurePosixPath(file).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# ------------------------------------------------------------------ the constructor


@dataclass(frozen=True, kw_only=True, slots=True)
class Keywords:
    """What the constructor takes."""

    seed: str = ""
    states: dict[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def _keywords(init: ast.FunctionDef | None, *, hmm: bool) -> Keywords:
    """The keywords for the seed and for the number of states, and what must be given besides."""
    if init is None:
        return Keywords(states={"n_components": USUAL_STATES} if hmm else {})
    given = _defaults(init)
    known = _first(FOUND_BY_ITSELF, given)
    seed = "" if known else _first(SEEDS, given) or ("random_state" if hmm and init.args.kwarg else "")
    states = _first(STATES, given)
    value = given.get(states) if states else None
    missing = tuple(name for name, default in given.items() if default is ... and name not in (states, seed, known))
    count = value if isinstance(value, int) and not isinstance(value, bool) else USUAL_STATES
    return Keywords(seed=seed, states={states: count} if states else {}, missing=missing)


def _defaults(function: ast.FunctionDef) -> dict[str, Any]:
    """Every parameter but self with its default: the constant, None for anything else, `...` for none at all."""
    args = function.args
    positional = [one.arg for one in (*args.posonlyargs, *args.args)][1:]
    without = len(positional) - len(args.defaults)
    defaults: dict[str, Any] = {
        name: ... if place < without else _constant(args.defaults[place - without])
        for place, name in enumerate(positional)
    }
    for one, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        defaults[one.arg] = ... if default is None else _constant(default)
    return defaults


def _constant(node: ast.expr) -> Any:
    return node.value if isinstance(node, ast.Constant) and node.value is not ... else None


# ------------------------------------------------------------------ what it is given


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """The input that the code works on."""

    input: Literal["features", "bars"] = "features"
    columns: dict[str, str] = field(default_factory=dict)
    date_column: str = ""


def _shape(fit: ast.FunctionDef | None, node: ast.AST) -> Shape:
    """Bars where the code names their columns or takes a DataFrame, else features."""
    keys = _keys(node)
    titled = {name: name.title() for name in COLUMNS if name.title() in keys and name not in keys}
    named = bool(set(COLUMNS) & keys or titled)
    if not (named or (fit is not None and _takes_frame(fit))):
        return Shape()
    return Shape(input="bars", columns=titled, date_column="date" if "date" in keys else "")


def _keys(node: ast.AST) -> set[str]:
    """Every string that something is subscripted with, in lists too: frame["close"], frame[["high", "low"]]."""
    slices = [one.slice for one in ast.walk(node) if isinstance(one, ast.Subscript)]
    constants = [one for part in slices for one in ast.walk(part) if isinstance(one, ast.Constant)]
    dotted = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute) and one.attr == "close"}
    return {one.value for one in constants if isinstance(one.value, str)} | dotted


def _takes_frame(fit: ast.FunctionDef) -> bool:
    parameters = [one for one in (*fit.args.posonlyargs, *fit.args.args) if one.arg not in ("self", "cls")]
    if not parameters:
        return False
    annotation = parameters[0].annotation
    said = ast.unparse(annotation) if annotation is not None else ""
    return "DataFrame" in said or (not said and parameters[0].arg.lower() in FRAMES)


# ------------------------------------------------------------------ plain functions


def _of_functions(file: str, tree: ast.Module) -> Detector | None:
    """A module with a function that fits and one that predicts from what the first returned."""
    functions = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
    learns = [name for name, one in functions.items() if len(_required(one)) == 1 and name.startswith(FIT_STARTS)]
    tells = [name for name, one in functions.items() if len(_required(one)) > 1 and name.startswith(PREDICT_STARTS)]
    if not (learns and tells):
        return None
    fit = next((name for name in FITS if name in learns), learns[0])
    predict = next((name for name in PREDICTS if name in tells), tells[0])
    spoken = sum(word in file.lower() for word in WORDS)
    if not (spoken or _uses_hmmlearn(tree) or (fit in FITS and predict in PREDICTS)):
        return None  # every pipeline has a train_this and a predict_that
    shape = _shape(functions[fit], tree)
    return Detector(
        file=file,
        line=functions[fit].lineno,
        factory="",
        fit=f"{_module(file)}:{fit}",
        predict=f"{_module(file)}:{predict}",
        input=shape.input,
        columns=shape.columns,
        date_column=shape.date_column,
        hmmlearn=_uses_hmmlearn(tree),
        score=spoken + 2 * _uses_hmmlearn(tree) - 1,
    )


def _required(function: ast.FunctionDef) -> list[str]:
    args = function.args
    return [one.arg for one in (*args.posonlyargs, *args.args)][
        : len(args.args) + len(args.posonlyargs) - len(args.defaults)
    ]
