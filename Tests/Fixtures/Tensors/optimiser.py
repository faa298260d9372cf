"""Ten steps of PyTorch's AdamW with clipping and a cosine schedule: python optimiser.py > optimiser.json

Gradients are those of a small quartic, so that they depend on the parameters and an error would grow.
"""

import json
import math

import torch

torch.manual_seed(3)
start = [torch.randn(4, 3), torch.randn(5)]
parameters = [torch.nn.Parameter(p.clone()) for p in start]
# The second does not decay, as norms and biases do not.
optimiser = torch.optim.AdamW(
    [{"params": parameters[:1], "weight_decay": 0.1}, {"params": parameters[1:], "weight_decay": 0.0}],
    lr=1.0, betas=(0.9, 0.95), eps=1e-8,
)
steps = []
for step in range(10):
    rate = 0.05 * (step + 1) / 3 if step < 2 else 0.005 + 0.045 * 0.5 * (1 + math.cos(math.pi * (step - 2) / 8))
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad()
    (sum((p**4).sum() for p in parameters) / 4).backward()
    norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimiser.step()
    steps.append({"rate": rate, "norm": norm.item(), "parameters": [p.detach().flatten().tolist() for p in parameters]})
print(json.dumps({"start": [p.flatten().tolist() for p in start], "steps": steps}))
