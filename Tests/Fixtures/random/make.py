"""Makes continued.safetensors: several draws from one generator through both of PyTorch's code paths."""
import pathlib

import torch
from safetensors.torch import save_file

COUNTS = [3, 16, 2, 37, 1, 64, 4]

generator = torch.Generator("cpu").manual_seed(2**63 - 1 - 4096)
draws = {f"draw.{i}": torch.randn(count, generator=generator) for i, count in enumerate(COUNTS)}
save_file(draws, pathlib.Path(__file__).parent / "continued.safetensors")
