"""Rounds of DeComFL by its own server, clients and gradient estimator, started by bench/rivals.

    decomfl_rounds.py THREADS DATA.npz SOURCE MODEL CLIENTS COHORT SEEDS BATCH

SOURCE is a checkout of ZidongLiu/DeComFL. Its packages for language models, which it imports and does not use here, are
stood in for by empty modules. The settings are its defaults: central differences are asked for, as ours are, and the
update without an optimizer."""

import importlib.util
import sys
from unittest.mock import MagicMock

import numpy as np
import torch

from networks import network
from turns import serve


def main():
    threads, data, source, kind, clients, cohort, seeds, batch = sys.argv[1:]
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    sys.path.insert(0, source)
    for name in ("peft", "transformers", "transformers.modeling_utils", "cezo_fl.util.language_utils"):
        sys.modules[name] = MagicMock(__spec__=importlib.util.spec_from_loader(name, None))

    from cezo_fl.client import ResetClient
    from cezo_fl.gradient_estimators.random_gradient_estimator import RandomGradEstimateMethod
    from cezo_fl.gradient_estimators.random_gradient_estimator_splitted import RandomGradientEstimatorParamwise
    from cezo_fl.server import CeZO_Server
    from cezo_fl.util.metrics import accuracy

    arrays = np.load(data)
    images = torch.from_numpy(arrays["x_train"]).float() / 255
    images = ((images - images.mean()) / images.std()).reshape(len(images), *arrays["x_train"].shape[1:3], -1)
    images = images.permute(0, 3, 1, 2).contiguous()
    labels = torch.from_numpy(arrays["y_train"]).long().reshape(-1)
    order = torch.randperm(len(images))
    device = torch.device("cpu")
    criterion = torch.nn.CrossEntropyLoss()

    def part():
        torch.manual_seed(1)
        model = network(kind, images.shape[2], images.shape[1])
        estimator = RandomGradientEstimatorParamwise(
            parameters=model.parameters(),
            mu=1e-3,
            num_pert=int(seeds),
            grad_estimate_method=RandomGradEstimateMethod.rge_central,
            device=device,
            torch_dtype=torch.float32,
        )
        return model, torch.optim.SGD(model.parameters(), lr=1e-6), estimator

    def infer(model, inputs):
        return model(inputs)

    sys.stdout = sys.stderr  # it prints the size of each model
    made = []
    size = len(images) // int(clients)
    for i in range(int(clients)):
        model, optimizer, estimator = part()
        own = order[i * size : (i + 1) * size]
        loader = torch.utils.data.DataLoader(
            torch.utils.data.TensorDataset(images[own], labels[own]), batch_size=int(batch), shuffle=True
        )
        made.append(ResetClient(model, infer, loader, estimator, optimizer, criterion, accuracy, device))
    server = CeZO_Server(made, device, num_sample_clients=int(cohort), local_update_steps=1)
    model, optimizer, estimator = part()
    server.set_server_model_and_criterion(model, infer, criterion, accuracy, optimizer, estimator)
    rounds = iter(range(1, 1 << 30))
    with torch.no_grad():
        serve(0, lambda: server.train_one_step(next(rounds)))


if __name__ == "__main__":
    main()
