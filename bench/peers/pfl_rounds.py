"""Rounds of pfl-research's own CIFAR-10 benchmark, started by bench/rivals: its train.py with its baseline.yaml, without
evaluations, one round at a time.

    pfl_rounds.py THREADS DATA.npz SOURCE WORK

SOURCE is a checkout of apple/pfl-research. Its privacy accountants' packages, which it imports and does not use here,
are stood in for by empty modules."""

import os
import pickle
import runpy
import sys
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import torch

from turns import Turns


def main():
    threads, data, source, work = sys.argv[1:]
    torch.set_num_threads(int(threads))
    for name in ("dp_accounting", "dp_accounting.pld", "dp_accounting.rdp", "prv_accountant"):
        try:
            __import__(name)
        except ImportError:
            sys.modules[name] = MagicMock(__spec__=None)
    arrays = np.load(data)
    os.chdir(work)
    for part, file in (("train", "cifar10_train.p"), ("test", "cifar10_test.p")):
        with open(file, "wb") as to:
            pickle.dump((arrays[f"x_{part}"], arrays[f"y_{part}"].reshape(-1, 1)), to)
    sys.path[:0] = [source, f"{source}/benchmarks"]

    import pfl.callback.stopwatch as stopwatch
    from pfl.metrics import Metrics

    turns = Turns(0)

    class OneRoundAtATime:
        """In the place of the callback that takes the time of a round."""

        def on_train_begin(self, *, model):
            turns.next()
            return Metrics()

        def after_central_iteration(self, aggregate_metrics, model, *, central_iteration):
            return turns.next() == 0, Metrics()

        def on_train_end(self, *, model):
            pass

    stopwatch.StopwatchCallback = OneRoundAtATime
    config = Path(source) / "benchmarks/image_classification/configs/baseline.yaml"
    sys.argv = ["train.py", "--args_config", str(config), "--data_path", work]
    sys.argv += ["--evaluation_frequency", "1000000", "--central_num_iterations", "1000000"]
    sys.stdout = sys.stderr
    runpy.run_path(f"{source}/benchmarks/image_classification/pytorch/train.py", run_name="__main__")


if __name__ == "__main__":
    main()
