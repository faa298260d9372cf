"""x·Wᵀ on one thread: ours against PyTorch, which multiplies both sides as f32 or both as bf16.

Like `bench`, weights come from a ring larger than the caches and time is CPU time. Our `exact` figures keep
activations in f32 over bf16 weights, which PyTorch has no product for; they stand beside its bf16.
"""

import argparse

import torch
from turns import compare

parser = argparse.ArgumentParser()
parser.add_argument("--on")
parser.add_argument("--rounds", type=int, default=5)
options = parser.parse_args()
torch.set_num_threads(1)
torch.set_grad_enabled(False)

SHAPES = {"square": (896, 896), "up": (4864, 896), "down": (896, 4864), "head": (151_936, 896), "kv": (128, 896)}
TYPES = {"f32": torch.float32, "bf16": torch.bfloat16}


class Ring:
    def __init__(self, rows, columns, kind, megabytes):
        size = rows * columns * kind.itemsize
        self.matrices = [torch.randn(rows, columns).to(kind) for _ in range(max(1, megabytes * 2**20 // size))]
        self.next = 0

    def multiply(self, x):
        self.next = (self.next + 1) % len(self.matrices)
        return torch.nn.functional.linear(x, self.matrices[self.next])


def few(shape, name, m, figure):
    rows, columns = SHAPES[shape]
    ring = Ring(rows, columns, TYPES[name], 192)
    x = torch.randn(m, columns).to(TYPES[name])
    size = rows * columns * TYPES[name].itemsize
    passes = max(1, 2**26 // size)
    body = lambda: [ring.multiply(x) for _ in range(passes)]
    compare("products", figure, "GB/s", {f"torch({name})": body}, passes * size / 1e9, rounds=options.rounds)


def many(shape, name, figure):
    rows, columns = SHAPES[shape]
    ring = Ring(rows, columns, TYPES[name], 64)
    x = torch.randn(512, columns).to(TYPES[name])
    operations = 2 * 512 * rows * columns
    passes = max(1, 10**9 // operations)
    body = lambda: [ring.multiply(x) for _ in range(passes)]
    compare("products", figure, "GFLOP/s", {f"torch({name})": body}, passes * operations / 1e9, rounds=options.rounds)


print(f"# torch {torch.__version__}, one thread, CPU time", flush=True)
for shape in SHAPES:
    few(shape, "f32", 1, f"products.{shape}-f32-m1")
    for m in (1, 8):
        few(shape, "bf16", m, f"products.{shape}-bf16-m{m}")
    if shape != "head":
        many(shape, "f32", f"products.{shape}-f32-exact-m512")
        many(shape, "bf16", f"products.{shape}-bf16-rounded-m512")
