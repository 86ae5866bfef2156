"""Fits the float polynomials of kernels/src/gaussian.h and prints them as C constants.

Box-Muller needs log on (0, 1] and sin, cos of pi/2 * x on [-1/2, 1/2]. Each is written as an exact
leading part plus a small polynomial, so that the rounding of the polynomial hardly matters:

    log(1 + f)   = f + f^2 * P(f)          f in [sqrt(1/2) - 1, sqrt(2) - 1]
    sin(pi/2 x)  = x * (PI_2_HI + (PI_2_LO + x^2 * S(x^2)))
    cos(pi/2 x)  = 1 + x^2 * C(x^2)

The fit is minimax in the relative error of the whole function (Lawson's reweighted least squares on
a Chebyshev grid); coefficients are rounded to float from the lowest degree up, and the rest is fitted
again after each rounding, so that later coefficients make up for it. Needs numpy only.

    python3 fit_gaussian.py
"""

import numpy as np

GRID = 4001
ITERATIONS = 300


def chebyshev_grid(low, high):
    nodes = np.cos(np.pi * (np.arange(GRID) + 0.5) / GRID)
    return 0.5 * (low + high) + 0.5 * (high - low) * nodes


def lawson(x, target, weight, powers):
    """Coefficients of sum c_k x^k (k in powers) that minimise max |weight * (poly - target)|."""
    basis = np.stack([x**k for k in powers], axis=1)
    scale = np.abs(basis).max(axis=0)
    lawson_weight = np.full(len(x), 1.0 / len(x))
    best, best_error = None, np.inf
    for _ in range(ITERATIONS):
        root = np.sqrt(lawson_weight) * weight
        c, *_ = np.linalg.lstsq(basis / scale * root[:, None], target * root, rcond=None)
        error = np.abs(weight * (basis / scale @ c - target))
        if error.max() < best_error:
            best, best_error = c / scale, error.max()
        lawson_weight = lawson_weight * error
        lawson_weight /= lawson_weight.sum()
    return best, best_error


def fit(name, x, target, weight, degree):
    """Rounds the coefficients to float one at a time, refitting those that are left."""
    fixed = []
    rest = np.array(target)
    for k in range(degree + 1):
        c, _ = lawson(x, rest, weight, list(range(k, degree + 1)))
        rounded = float(np.float32(c[0]))
        fixed.append(rounded)
        rest = rest - rounded * x**k
    error = np.abs(weight * rest).max()
    print(f"// {name}: degree {degree}, relative error 2^{np.log2(error):.1f} before rounding of the sums")
    for k, c in enumerate(fixed):
        print(f"{name}_{k} = {c.hex()} ({np.float32(c)!r})")


def main():
    f = chebyshev_grid(np.sqrt(0.5) - 1, np.sqrt(2.0) - 1)
    f = f[np.abs(f) > 1e-3]
    log1p = np.log1p(f)
    fit("LOG", f, (log1p - f) / f**2, f**2 / np.abs(log1p), 8)

    x = chebyshev_grid(1e-3, 0.5)
    t = x * x
    half_pi_hi = float(np.float32(np.pi / 2))
    half_pi_lo = float(np.float32(np.pi / 2 - half_pi_hi))
    ratio = np.sin(np.pi / 2 * x) / x
    print(f"HALF_PI_HI = {half_pi_hi.hex()}\nHALF_PI_LO = {half_pi_lo.hex()}")
    fit("SIN", t, (ratio - half_pi_hi - half_pi_lo) / t, t / ratio, 3)
    cosine = np.cos(np.pi / 2 * x)
    fit("COS", t, (cosine - 1) / t, t / cosine, 3)

    ln2_hi = float(np.float32(np.log(2.0)))
    print(f"LN2_HI = {ln2_hi.hex()}\nLN2_LO = {float(np.float32(np.log(2.0) - ln2_hi)).hex()}")


if __name__ == "__main__":
    main()
