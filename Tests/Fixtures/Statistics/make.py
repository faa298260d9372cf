"""Golden values for Tests/StatisticsTests, by scipy and statsmodels.

    pip install -r requirements.txt
    python make.py > golden.json
"""

import json
import warnings

import numpy as np
from scipy import stats
from scipy.optimize import brentq
from statsmodels.stats.multitest import multipletests

random = np.random.default_rng(20240607)


def shares():
    cases = [(0, 1), (1, 1), (0, 20), (20, 20), (1, 20), (8, 10), (81, 263), (15, 148), (102, 128), (64, 128),
             (999, 1000), (123456, 1000000)]
    out = []
    for hits, n in cases:
        interval = stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
        out.append({"hits": hits, "n": n, "low": interval.low, "high": interval.high})
    return out


def mcnemar():
    cases = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 5), (0, 6), (3, 12), (10, 25), (40, 41), (50, 50), (7, 100),
             (1000, 1100), (0, 1000), (49000, 51000)]
    return [{"first": b, "second": c, "p": 1.0 if b + c == 0 else stats.binomtest(b, b + c, 0.5).pvalue}
            for b, c in cases]


def corrections():
    cases = [[0.03], [0.01, 0.04, 0.03, 0.005], [0.5, 0.5, 0.001], [0.0, 1.0, 0.02, 0.02, 0.02],
             random.uniform(0, 0.2, 25).round(6).tolist(), [0.9, 0.8, 0.7]]
    out = []
    for values in cases:
        by_holm = multipletests(values, method="holm")[1].tolist()
        out.append({"values": values, "holm": by_holm,
                    "benjaminiHochberg": stats.false_discovery_control(values, method="bh").tolist()})
    return out


def sign_flips():
    """Exact, by scipy's permutation test over all signs; the larger ones by 200,000 of them."""
    cases = [[1.0, -0.5], [0.1, 0.2, 0.3], [1, 1, 1, -1, 1, 1], [0.25, -0.5, 1, 2, -0.75, 0.125, 3],
             random.integers(-3, 6, 12).astype(float).tolist()]
    out = []
    for sums in cases:
        result = stats.permutation_test((np.array(sums),), np.sum, permutation_type="samples", n_resamples=np.inf)
        out.append({"sums": sums, "p": result.pvalue, "tolerance": 1e-12})
    for size, shift in [(40, 0.3), (100, 0.1), (25, 0.0)]:
        sums = (random.normal(size=size) + shift).round(3).tolist()
        signs = random.choice([-1.0, 1.0], (200_000, size))
        p = (1 + np.sum(np.abs(signs @ sums) >= abs(sum(sums)) - 1e-9)) / 200_001
        # Three standard errors of 10,000 draws.
        out.append({"sums": sums, "p": float(p), "tolerance": 3 * float(np.sqrt(p * (1 - p) / 10_000)) + 0.001})
    return out


def normal():
    probabilities = [1e-300, 1e-20, 1e-6, 0.001, 0.025, 0.1, 0.3, 0.5, 0.8, 0.975, 0.999, 1 - 1e-12]
    return [{"probability": p, "quantile": float(stats.norm.ppf(p))} for p in probabilities]


def pairs():
    """Connor (1987), equation 3, solved by scipy's quantiles."""
    out = []
    for difference, discordant, power in [(0.05, 0.2, 0.8), (0.1, 0.2, 0.8), (0.02, 0.1, 0.9), (0.3, 0.3, 0.8)]:
        root = (stats.norm.ppf(0.975) * discordant**0.5
                + stats.norm.ppf(power) * (discordant - difference**2) ** 0.5)
        out.append({"difference": difference, "discordant": discordant, "power": power,
                    "n": int(np.ceil(root**2 / difference**2))})
    return out


def bootstraps():
    """Percentile intervals, 100,000 resamples: of items, of clusters, and of pairs."""
    out = []
    values = random.beta(2, 1, 150).round(3)
    interval = stats.bootstrap((values,), np.mean, n_resamples=100_000, batch=2000, method="percentile",
                               rng=np.random.default_rng(1)).confidence_interval
    out.append({"name": "items", "scores": values.tolist(), "clusters": [str(i) for i in range(150)],
                "low": interval.low, "high": interval.high})

    sizes = random.integers(1, 12, 60)
    means = random.uniform(0, 1, 60)
    scores, clusters = [], []
    for index, (size, mean) in enumerate(zip(sizes, means)):
        scores += np.clip(random.normal(mean, 0.1, size), 0, 1).round(3).tolist()
        clusters += [f"document {index}"] * int(size)
    sums = np.array([sum(s for s, c in zip(scores, clusters) if c == f"document {i}") for i in range(60)])

    def ratio(index, axis=-1):
        return sums[index].sum(axis) / sizes[index].sum(axis)

    interval = stats.bootstrap((np.arange(60),), ratio, n_resamples=100_000, batch=2000, method="percentile",
                               vectorized=True, rng=np.random.default_rng(2)).confidence_interval
    out.append({"name": "documents", "scores": scores, "clusters": clusters,
                "low": interval.low, "high": interval.high})

    first = random.uniform(0, 1, 120).round(3)
    second = np.clip(first + random.normal(0.05, 0.15, 120), 0, 1).round(3)
    interval = stats.bootstrap((second, first), lambda a, b, axis=-1: (a - b).mean(axis), paired=True, vectorized=True,
                               n_resamples=100_000, batch=2000, method="percentile",
                               rng=np.random.default_rng(3)).confidence_interval
    out.append({"name": "pairs", "scores": second.tolist(), "others": first.tolist(),
                "clusters": [str(i) for i in range(120)], "low": interval.low, "high": interval.high})
    return out


def slopes():
    out = []
    for n in (3, 5, 12, 40, 300):
        x = random.uniform(0, 10, n).round(4)
        y = (2 - 0.5 * x + random.normal(0, 1, n)).round(4)
        line = stats.linregress(x, y)
        half = stats.t.ppf(0.975, n - 2) * line.stderr
        out.append({"x": x.tolist(), "y": y.tolist(), "slope": line.slope, "low": line.slope - half,
                    "high": line.slope + half})
    return out


def smallest_share():
    """Half the width of Wilson's interval, and where 64 pairs of 20 % discordance stop being enough."""
    def missing(difference, n=64, discordant=0.2):
        root = (stats.norm.ppf(0.975) * discordant**0.5
                + stats.norm.ppf(0.8) * (discordant - difference**2) ** 0.5)
        return root**2 / difference**2 - n

    return {"pairs": 64, "discordant": 0.2, "difference": brentq(missing, 0.01, 0.2)}


def retention():
    """acc = a rho^K by maximum likelihood: scipy's optimiser, and the profile likelihood at chi-squared 95 %."""
    from scipy.optimize import minimize_scalar

    out = []
    for a, rho, lengths, n in [(0.95, 0.99, [4, 16, 64, 128], 100), (0.9, 0.9, [1, 2, 4, 8, 40], 60),
                               (0.8, 0.999, [10, 100, 700], 200), (0.6, 0.97, [5, 50], 40)]:
        right = [int(random.binomial(n, a * rho**k)) for k in lengths]

        def fitted(slope):
            """The best intercept, and the log likelihood."""
            def loss(intercept):
                logs = [min(intercept + k * slope, -1e-15) for k in lengths]
                return -sum(r * l + (n - r) * np.log1p(-np.exp(l)) for r, l in zip(right, logs))
            best = minimize_scalar(loss, bounds=(-40, 0), method="bounded", options={"xatol": 1e-13})
            return best.x, -best.fun

        best = minimize_scalar(lambda s: -fitted(s)[1], bounds=(-2, 0), method="bounded", options={"xatol": 1e-12})
        slope, top = best.x, -best.fun
        gap = stats.chi2.ppf(0.95, 1) / 2

        def outside(s):
            return fitted(s)[1] - (top - gap)

        low = brentq(outside, -4, slope, xtol=1e-12) if outside(-4) < 0 else -4
        high = brentq(outside, slope, 0, xtol=1e-12) if outside(0) < 0 else 0.0
        saturated = sum(stats.binom.logpmf(r, n, r / n) - stats.binom.logpmf(r, n, np.exp(fitted(slope)[0] + k * slope))
                        for r, k in zip(right, lengths))
        out.append({"steps": lengths, "n": n, "right": right, "start": float(np.exp(fitted(slope)[0])),
                    "ratio": float(np.exp(slope)), "low": float(np.exp(low)), "high": float(np.exp(high)),
                    "deviance": float(2 * saturated)})
    return out


with warnings.catch_warnings():
    warnings.simplefilter("error")
    golden = {"shares": shares(), "mcNemar": mcnemar(), "corrections": corrections(), "signFlips": sign_flips(),
              "normal": normal(), "pairs": pairs(), "bootstraps": bootstraps(), "slopes": slopes(),
              "smallest": smallest_share(), "retention": retention()}
    print("{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(cases)}" for name, cases in golden.items()) + "\n}")
