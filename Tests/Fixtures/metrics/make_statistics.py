"""Makes statistics.safetensors with numpy, scipy, torch and torchvision: python make_statistics.py, in this folder.

Feature vectors of two groups, with fewer and with more samples than features, and the expected results of the metrics.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.numpy import save_file
from scipy.linalg import sqrtm

# Only torchvision's transforms are needed here, but importing it requires that its compiled operators are declared.
declared = torch.library.Library("torchvision", "DEF")
for name in ["nms(Tensor a, Tensor b, float c) -> Tensor", "qnms(Tensor a, Tensor b, float c) -> Tensor"]:
    declared.define(name)

from torchvision import transforms

here = Path(__file__).parent
random = np.random.default_rng(3)


def frechet(a, b):
    """A copy of pytorch-fid's `calculate_frechet_distance`."""
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = sqrtm(first @ second)
    shift = a.mean(0) - b.mean(0)
    return shift @ shift + np.trace(first) + np.trace(second) - 2 * np.trace(np.real(root))


out = {}
for name, (n, m, width) in {"many": (60, 45, 12), "few": (9, 14, 20)}.items():
    mixing = random.normal(size=(width, width))
    a = (random.normal(size=(n, width)) @ mixing).astype(np.float32)
    b = (random.normal(size=(m, width)) @ mixing * 1.3 + 0.5).astype(np.float32)
    out[f"{name}.a"], out[f"{name}.b"] = a, b
    x, y = a.astype(np.float64), b.astype(np.float64)
    out[f"{name}.frechet"] = np.array([frechet(x, y)])
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    upper = np.triu_indices(n, 1)
    out[f"{name}.cosine"] = np.array([np.mean((1 - unit @ unit.T)[upper])])
    squares = ((x[:, None] - x[None]) ** 2).mean(2)
    out[f"{name}.squares"] = np.array([np.mean(squares[upper])])

# The pairs of a resample; an image that was drawn twice does not pair with itself.
draws = np.array([0, 0, 3, 5, 5, 5, 7, 8, 2])
distances = ((out["few.a"].astype(np.float64)[:, None] - out["few.a"][None]) ** 2).mean(2)
pairs = [distances[i, j] for k, i in enumerate(draws) for j in draws[k + 1 :] if i != j]
out["resample.counts"] = np.bincount(draws, minlength=9).astype(np.float64)
out["resample.squares"] = np.array([np.mean(pairs)])

symmetric = random.normal(size=(7, 7))
symmetric = symmetric + symmetric.T
out["eigen.matrix"], out["eigen.values"] = symmetric, np.linalg.eigvalsh(symmetric)

picture = random.integers(0, 256, size=(13, 19, 3))
out["resize.picture"] = picture.astype(np.float64)
tensor = torch.tensor(picture / 255, dtype=torch.float32).permute(2, 0, 1)[None]
for side in (31, 8):
    resized = 2 * F.interpolate(tensor, size=(side, side), mode="bilinear", align_corners=False) - 1
    out[f"resize.{side}"] = resized[0].permute(1, 2, 0).numpy()

pooled = torch.randn(2, 3, 7, 6, generator=torch.Generator().manual_seed(2), requires_grad=True)
out["pool.x"] = pooled.detach().numpy()
for name, include in {"with": True, "without": False}.items():
    y = F.avg_pool2d(pooled, 3, 2 if include else 1, 1, count_include_pad=include)
    slope = torch.randn(y.shape, generator=torch.Generator().manual_seed(3))
    (gradient,) = torch.autograd.grad((y * slope).sum(), pooled)
    out[f"pool.{name}"], out[f"pool.{name}.slope"] = y.detach().numpy(), slope.numpy()
    out[f"pool.{name}.gradient"] = gradient.numpy()

drawn = Image.fromarray(random.integers(0, 256, size=(50, 70, 3)).astype(np.uint8))
out["crop.picture"] = np.asarray(drawn).astype(np.float64)
chain = transforms.Compose([
    transforms.Resize(40), transforms.CenterCrop(33), transforms.ToTensor(),
    transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
])  # fmt: skip
out["crop.torchvision"] = chain(drawn).permute(1, 2, 0).numpy()
# CLIP's preprocessing as published by its authors.
clip = transforms.Compose([
    transforms.Resize(32, transforms.InterpolationMode.BICUBIC), transforms.CenterCrop(32), transforms.ToTensor(),
    transforms.Normalize([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
])  # fmt: skip
out["crop.clip"] = clip(drawn).permute(1, 2, 0).numpy()

save_file({key: np.ascontiguousarray(value, dtype=np.float32) for key, value in out.items()}, here / "statistics.safetensors")
