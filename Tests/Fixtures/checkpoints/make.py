"""Makes the fixtures of CheckpointsTests with safetensors and PyTorch: python make.py, in this folder."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

here = Path(__file__).parent
torch.manual_seed(7)


def floats():
    """Values of all kinds: normal and subnormal numbers, zeros, infinities, NaN, both signs."""
    values = torch.randn(400) * torch.logspace(-9, 4, 400)
    edges = torch.tensor([0.0, 1.0, 65504.0, 1e30, 6.103515625e-05, 6.097555160522461e-05, 5.960464477539063e-08])
    specials = torch.tensor([float("inf"), float("nan")])
    positive = torch.cat([values, edges, specials])
    return torch.cat([positive, -positive])


half, brain = floats().half(), floats().bfloat16()
save_file(
    {
        "half": half,
        "half.widened": half.float(),
        "brain": brain,
        "brain.widened": brain.float(),
        "single": torch.arange(6, dtype=torch.float32).reshape(1, 2, 3),
        "integers.64": torch.tensor([[-(2**62), -1], [0, 2**62]]),
        "integers.32": torch.tensor([-(2**31), 2**31 - 1], dtype=torch.int32),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(3, 0),
        "double": torch.tensor([1.0], dtype=torch.float64),
    },
    here / "dtypes.safetensors",
    metadata={"format": "pt", "note": 'quotes " and ünïcode'},
)

shards = {
    "model-00001-of-00002.safetensors": {"a.weight": torch.arange(4.0).reshape(2, 2), "a.bias": torch.ones(2)},
    "model-00002-of-00002.safetensors": {"b.weight": torch.full((3,), 0.5)},
}
folder = here / "sharded"
folder.mkdir(exist_ok=True)
for name, tensors in shards.items():
    save_file(tensors, folder / name)
weight_map = {tensor: name for name, tensors in shards.items() for tensor in tensors}
index = {"metadata": {"total_size": 36}, "weight_map": weight_map}
(folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")
