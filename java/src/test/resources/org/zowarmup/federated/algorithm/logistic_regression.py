#!/usr/bin/env python3
"""A small multinomial logistic regression, spread over four clients, and where its loss is least.

Writes beside itself logistic-samples.csv (client, two pixel bytes, label; 3 classes that overlap, mixed differently
in every client) and logistic-optimum.csv: for the two high-resource clients and for all, the least mean cross-entropy
and the weights there, W[1] - W[0] and W[2] - W[0], each with its bias last. Only these differences are determined,
since a constant added to all classes changes nothing. A pixel v is the feature (v - 128) / 64.

The optimum is found by Newton's method in double with exact gradient and Hessian, down to a gradient below 1e-13, and
checked against scipy's BFGS. Needs numpy and scipy.
"""
import pathlib

import numpy as np
from scipy.optimize import minimize

HERE = pathlib.Path(__file__).parent
MEANS = np.array([[-0.6, -0.3], [0.7, -0.4], [0.1, 0.8]])
SHARES = [[0.5, 0.3, 0.2], [0.3, 0.5, 0.2], [0.1, 0.3, 0.6], [0.2, 0.2, 0.6]]
SIZES = [18, 14, 20, 12]
HIGH = 2


def draw():
    rng = np.random.default_rng(20260917)
    rows = []
    for client, size in enumerate(SIZES):
        for label in rng.choice(3, size=size, p=SHARES[client]):
            x = MEANS[label] + rng.normal(size=2) * 1.1
            pixels = np.clip(np.round(128 + 64 * x), 0, 255).astype(int)
            rows.append((client, pixels[0], pixels[1], label))
    return np.array(rows)


def loss(theta, x, labels):
    logits = np.concatenate([np.zeros((len(x), 1)), x @ theta.reshape(2, 3).T], axis=1)
    logits -= logits.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(x)), labels])


def newton(x, labels):
    theta = np.zeros(6)
    for _ in range(100):
        logits = np.concatenate([np.zeros((len(x), 1)), x @ theta.reshape(2, 3).T], axis=1)
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        error = p[:, 1:] - np.eye(3)[labels][:, 1:]
        gradient = (error.T @ x / len(x)).ravel()
        hessian = np.zeros((6, 6))
        for i in range(len(x)):
            q = np.diag(p[i, 1:]) - np.outer(p[i, 1:], p[i, 1:])
            hessian += np.kron(q, np.outer(x[i], x[i])) / len(x)
        if np.abs(gradient).max() < 1e-13:
            return theta, hessian
        theta = theta - np.linalg.solve(hessian, gradient)
    raise RuntimeError("Newton's method did not end")


def main():
    rows = draw()
    np.savetxt(HERE / "logistic-samples.csv", rows, fmt="%d", delimiter=",")
    x = np.concatenate([(rows[:, 1:3] - 128) / 64, np.ones((len(rows), 1))], axis=1)
    lines = []
    for name, mask in (("high", rows[:, 0] < HIGH), ("all", rows[:, 0] >= 0)):
        theta, hessian = newton(x[mask], rows[mask, 3])
        other = minimize(loss, np.zeros(6), args=(x[mask], rows[mask, 3]), method="BFGS", options={"gtol": 1e-8})
        assert np.abs(other.x - theta).max() < 1e-4, (other.x, theta)
        values = [loss(theta, x[mask], rows[mask, 3]), *theta]
        lines.append(",".join([name, *(f"{v:.12g}" for v in values)]))
        print(lines[-1], "curvatures", np.linalg.eigvalsh(hessian))
    (HERE / "logistic-optimum.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
