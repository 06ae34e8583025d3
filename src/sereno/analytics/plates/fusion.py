"""One answer from several looks, crops or recognisers: what each says of every shape and place, added up. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from sereno.analytics.plates.lattice import Hypothesis, Places
from sereno.analytics.plates.patterns import ALPHABET

ALIKE_CROPS, ALIKE_FRAMES = 0.35, 0.5
"""How much recognisers and cuts of one picture, and looks at one track, err together: 0 independently, 1 always."""
_LEAST_SHAPE, _LEAST_SIGN = 1e-4, 1e-3
"""However sure one look is, others may overrule it."""
_SLOPE, _OFFSET = 1.02, 0.23


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """``weight`` 0..1 is how much it counts beside others: a plate of few pixels counts less."""

    hypotheses: tuple[Hypothesis, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class PlateText:
    """``confidence`` 0..1 is calibrated: of plates read at 0.9, nine in ten are right."""

    text: str
    confidence: float


def merged(looks: Sequence[Look], alike: float) -> Look:
    """The looks as one: log probabilities are added, tempered by how ``alike`` their errors are."""
    seen = [look for look in looks if look.hypotheses]
    if len(seen) < 2:
        return seen[0] if seen else Look(())
    temper = 1 / (1 + alike * (len(seen) - 1))
    weights = [look.weight * temper for look in seen]
    shapes = dict.fromkeys(h.shape for look in seen for h in look.hypotheses)
    joined = [Hypothesis(shape, _shape_score(seen, weights, shape), _places(seen, weights, shape)) for shape in shapes]
    return Look(tuple(sorted(joined, key=lambda h: -h.log_likelihood)))


def decided(look: Look, prior: Mapping[str, float]) -> PlateText | None:
    """The likeliest plate where the shapes are as likely as ``prior`` says; None when nothing was seen."""
    if not look.hypotheses:
        return None
    scores = [log(prior[h.shape]) + h.log_likelihood for h in look.hypotheses]
    best = max(scores)
    total = sum(exp(score - best) for score in scores)
    texts: dict[str, float] = {}
    for hypothesis, score in zip(look.hypotheses, scores, strict=True):
        text = "".join(ALPHABET[i] for i in hypothesis.places.argmax(axis=1))
        certainty = float(hypothesis.places.max(axis=1).prod())
        texts[text] = texts.get(text, 0.0) + exp(score - best) / total * certainty
    text = max(texts, key=lambda t: texts[t])
    return PlateText(text, calibrated(texts[text]))


def calibrated(certainty: float) -> float:
    """The share of right readings among those that come out as ``certainty``; fitted on synthetic plates."""
    clipped = min(max(certainty, 1e-6), 1 - 1e-6)
    return round(1 / (1 + exp(-(_SLOPE * log(clipped / (1 - clipped)) + _OFFSET))), 4)


def _shape_score(looks: Sequence[Look], weights: Sequence[float], shape: str) -> float:
    score = 0.0
    for look, weight in zip(looks, weights, strict=True):
        best = look.hypotheses[0].log_likelihood
        own = next((h.log_likelihood for h in look.hypotheses if h.shape == shape), -np.inf)
        score += weight * max(own - best, log(_LEAST_SHAPE))
    return score


def _places(looks: Sequence[Look], weights: Sequence[float], shape: str) -> Places:
    tables = [
        weight * np.log(np.maximum(h.places, _LEAST_SIGN))
        for look, weight in zip(looks, weights, strict=True)
        for h in look.hypotheses
        if h.shape == shape
    ]
    table = np.sum(tables, axis=0)
    table = np.exp(table - table.max(axis=1, keepdims=True))
    shares: Places = (table / table.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
