"""``python -m train --fonts FOLDER --out FILE.onnx --minutes 50``: draw, train, choose by a synthetic set, export.

One process draws into a ring of shared memory, this one learns; both stop when the time is over. No photograph is read.
"""

import argparse
import hashlib
import multiprocessing
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from draw import HEIGHT, STEPS, WIDTH, Sample, again, font_files, sample
from network import SIGNS, PlateNetwork
from numpy.typing import NDArray
from torch import nn

from sereno.analytics.plates.patterns import ALPHABET

RING = 24_000
"""Samples that are held; each is learned from several times, under other light, until a new one takes its place."""
BATCH = 64
LONGEST = 8
VALIDATION = 800
_NEW_SEED, _VALIDATION_SEED = 20_000, 7
_PEAK_RATE = 3e-3
_CLOSE_SHARE = 0.5
"""Weight of the loss that says where each sign stands, beside that of the whole text."""


@dataclass(frozen=True)
class Ring:
    """``pictures`` (RING, H, W), ``columns`` (RING, STEPS), ``texts`` (RING, LONGEST) signs from 1, 0 after the end."""

    pictures: NDArray[np.uint8]
    columns: NDArray[np.int8]
    texts: NDArray[np.int8]
    drawn: NDArray[np.int64]

    @classmethod
    def within(cls, path: Path) -> "Ring":
        """Over a file that drawer and learner both map."""
        memory = np.memmap(path, np.uint8, "r+")
        sizes = 8, RING * HEIGHT * WIDTH, RING * STEPS, RING * LONGEST
        drawn, pictures, columns, texts = np.split(memory, np.cumsum(sizes)[:-1])
        return cls(
            pictures.reshape(RING, HEIGHT, WIDTH),
            columns.view(np.int8).reshape(RING, STEPS),
            texts.view(np.int8).reshape(RING, LONGEST),
            drawn.view(np.int64),
        )

    def put(self, place: int, one: Sample) -> None:
        self.pictures[place] = one.picture
        self.columns[place] = one.columns
        self.texts[place] = encoded(one.text)


def ring_bytes() -> int:
    return RING * (HEIGHT * WIDTH + STEPS + LONGEST) + 8


def encoded(text: str) -> NDArray[np.int8]:
    signs = np.zeros(LONGEST, np.int8)
    signs[: len(text)] = [ALPHABET.index(sign) + 1 for sign in text]
    return signs


def draw_on(path: Path, fonts: tuple[Path, ...], seed: int) -> None:
    """Fill the ring again and again, until the parent ends this process."""
    ring = Ring.within(path)
    random = np.random.default_rng(seed)
    while True:
        ring.put(int(ring.drawn[0] % RING), sample(random, fonts))
        ring.drawn[0] += 1


def learn(network: PlateNetwork, ring: Ring, minutes: float, out: Path, fonts: tuple[Path, ...]) -> None:
    optimiser = torch.optim.AdamW(network.parameters(), lr=_PEAK_RATE, weight_decay=1e-2)
    random = np.random.default_rng(1)
    held_back = validation(fonts)
    began, told, steps, losses, best = time.monotonic(), 0.0, 0, [], -1.0
    while (gone := (time.monotonic() - began) / (60 * minutes)) < 1:
        optimiser.param_groups[0]["lr"] = _PEAK_RATE * min(1.0, steps / 150) * (0.5 + 0.5 * np.cos(np.pi * gone)) + 1e-5
        chosen = random.integers(0, min(RING, int(ring.drawn[0])), BATCH)
        losses.append(_step(network, optimiser, ring, chosen, random))
        steps += 1
        if gone - told > 0.05 or gone > 0.99 > told:
            told = gone
            right = exact_share(network, held_back)
            print(
                f"{gone:5.0%} steps {steps} drawn {ring.drawn[0]} loss {np.mean(losses[-100:]):.3f} exact {right:.4f}",
                flush=True,
            )
            if right > best:
                best = right
                export(network, out)


def _step(
    network: PlateNetwork,
    optimiser: torch.optim.Optimizer,
    ring: Ring,
    chosen: NDArray[np.int64],
    random: np.random.Generator,
) -> float:
    pictures = np.stack([again(random, picture) for picture in ring.pictures[chosen]])
    texts = torch.from_numpy(ring.texts[chosen].astype(np.int64))
    columns = torch.from_numpy(ring.columns[chosen].astype(np.int64))
    told = network(_input(pictures))
    lengths = (texts > 0).sum(dim=1)
    text_loss = nn.functional.ctc_loss(
        told.transpose(0, 1), texts, torch.full((len(texts),), STEPS), lengths, zero_infinity=True
    )
    place_loss = nn.functional.nll_loss(told.reshape(-1, SIGNS), columns.reshape(-1), ignore_index=-1)
    loss = text_loss + _CLOSE_SHARE * place_loss
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimiser.step()
    return float(loss.detach())


def _input(pictures: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(pictures.astype(np.float32) / 255)[:, None].contiguous(memory_format=torch.channels_last)


def validation(fonts: tuple[Path, ...]) -> tuple[NDArray[np.uint8], list[str]]:
    random = np.random.default_rng(_VALIDATION_SEED)
    samples = [sample(random, fonts) for _ in range(VALIDATION)]
    return np.stack([one.picture for one in samples]), [one.text for one in samples]


@torch.no_grad()
def exact_share(network: PlateNetwork, held_back: tuple[NDArray[np.uint8], list[str]]) -> float:
    network.eval()
    pictures, texts = held_back
    best = np.concatenate(
        [network(_input(pictures[i : i + 100])).argmax(dim=2).numpy() for i in range(0, len(pictures), 100)]
    )
    network.train()
    return float(np.mean([greedy(steps) == text for steps, text in zip(best, texts, strict=True)]))


def greedy(steps: NDArray[np.int64]) -> str:
    kept = [sign for before, sign in zip([0, *steps], steps, strict=False) if sign and sign != before]
    return "".join(ALPHABET[sign - 1] for sign in kept)


def export(network: PlateNetwork, out: Path) -> None:
    network.eval()
    part = out.with_suffix(".part")
    torch.onnx.export(
        network,
        (torch.zeros(1, 1, HEIGHT, WIDTH),),
        part,
        input_names=["pictures"],
        output_names=["log_probabilities"],
        dynamic_axes={"pictures": {0: "n"}, "log_probabilities": {0: "n"}},
        opset_version=17,
        dynamo=False,
    )
    part.replace(out)
    torch.save(network.state_dict(), out.with_suffix(".pt"))
    network.train()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=50)
    parser.add_argument("--start", type=Path, help="weights of an earlier run to go on from (.pt)")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(arguments.threads)
    fonts = font_files(arguments.fonts)
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(ring_bytes())
        path = Path(file.name)
        ring = Ring.within(path)
        drawer = multiprocessing.Process(target=draw_on, args=(path, fonts, _NEW_SEED), daemon=True)
        drawer.start()
        try:
            while ring.drawn[0] < 10 * BATCH:
                time.sleep(1)
            network = PlateNetwork().to(memory_format=torch.channels_last)
            if arguments.start:
                network.load_state_dict(torch.load(arguments.start, weights_only=True))
            learn(network, ring, arguments.minutes, arguments.out, fonts)
        finally:
            drawer.terminate()
    print(hashlib.sha256(arguments.out.read_bytes()).hexdigest(), arguments.out.stat().st_size)


if __name__ == "__main__":
    main()
