"""Writes gradients.safetensors: PyTorch's gradients of all operations, computed in float64 and stored as float32.

Names: CASE.x, CASE.y, … are inputs and parameters, CASE.up the gradient of the result, CASE.result the result and
CASE.d.NAME the gradient of input NAME. Images are N, C, H, W.
"""
import math
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(7)
stored = {}


def case(name, function, **inputs):
    values = {key: value.double().requires_grad_(value.is_floating_point()) if torch.is_tensor(value) else value
              for key, value in inputs.items()}
    result = function(**values)
    up = torch.randn_like(result)
    result.backward(up)
    stored[f"{name}.result"] = result
    stored[f"{name}.up"] = up
    for key, value in values.items():
        if torch.is_tensor(value):
            stored[f"{name}.{key}"] = value
            if value.grad is not None:
                stored[f"{name}.d.{key}"] = value.grad


r = torch.randn
case("linear", lambda x, weight, bias, residual: F.linear(x, weight, bias) + residual,
     x=r(2, 5, 7), weight=r(6, 7), bias=r(6), residual=r(2, 5, 6))
case("conv3", lambda x, weight, bias: F.conv2d(x, weight, bias, padding=1), x=r(2, 5, 6, 7), weight=r(4, 5, 3, 3), bias=r(4))
case("conv3wide", lambda x, weight, bias: F.conv2d(x, weight, bias, padding=1), x=r(1, 70, 5, 4), weight=r(130, 70, 3, 3) / 9, bias=r(130))
case("conv3s2", lambda x, weight, bias: F.conv2d(x, weight, bias, padding=1, stride=2), x=r(2, 5, 6, 7), weight=r(4, 5, 3, 3), bias=r(4))
case("conv3end", lambda x, weight, bias: F.conv2d(F.pad(x, (0, 1, 0, 1)), weight, bias, stride=2), x=r(2, 5, 6, 8), weight=r(4, 5, 3, 3), bias=r(4))
case("conv1s2", lambda x, weight, bias: F.conv2d(x, weight, bias, stride=2), x=r(2, 5, 6, 7), weight=r(4, 5, 1, 1), bias=r(4))
case("conv7s2", lambda x, weight, bias: F.conv2d(x, weight, bias, stride=2, padding=3), x=r(2, 3, 9, 10), weight=r(4, 3, 7, 7), bias=r(4))
case("patch", lambda x, weight, bias: F.conv2d(x, weight, bias, stride=4), x=r(2, 3, 8, 12), weight=r(6, 3, 4, 4), bias=r(6))
case("groupnorm", lambda x, gain, bias: F.group_norm(x, 3, gain, bias, 1e-5), x=r(2, 6, 5, 4) * 2 + 1, gain=r(6), bias=r(6))
case("groupnormsilu", lambda x, gain, bias: F.silu(F.group_norm(x, 2, gain, bias, 1e-6)), x=r(2, 6, 20, 17) * 2 + 1, gain=r(6), bias=r(6))
case("layernorm", lambda x, gain, bias: F.layer_norm(x, (19,), gain, bias, 1e-5), x=r(2, 3, 19), gain=r(19), bias=r(19))
for name, function in [("silu", F.silu), ("gelu", F.gelu), ("relu", F.relu), ("quick_gelu", lambda x: x * torch.sigmoid(1.702 * x))]:
    case(name, lambda x: function(x), x=r(3, 37) * 3)
case("geglu", lambda x: x.chunk(2, -1)[0] * F.gelu(x.chunk(2, -1)[1]), x=r(2, 3, 22))
case("persample", lambda x, v: x + v[:, None], x=r(2, 5, 4), v=r(2, 4))
case("concatenate", lambda x, y: torch.cat([x, y], -1), x=r(2, 5, 4), y=r(2, 5, 3))


def attention(q, k, v, causal):
    split = lambda t: t.reshape(t.shape[0], t.shape[1], 3, -1).transpose(1, 2)
    q, k, v = split(q), split(k), split(v)
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if causal:
        scores = scores + torch.full(scores.shape[-2:], float("-inf"), dtype=scores.dtype).triu(1)
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)


case("attention", lambda q, k, v: attention(q, k, v, False), q=r(2, 140, 12), k=r(2, 9, 12), v=r(2, 9, 12))
case("causal", lambda q, k, v: attention(q, k, v, True), q=r(2, 11, 12), k=r(2, 11, 12), v=r(2, 11, 12))
case("upsample", lambda x: F.interpolate(x, size=(7, 10), mode="nearest"), x=r(2, 3, 4, 5))
case("maxpool", lambda x: F.max_pool2d(x, 3, 2, 1), x=r(2, 3, 7, 8))
case("averagepool", lambda x: x.mean((2, 3)), x=r(2, 3, 7, 8))
case("product", lambda x, y: x @ y.T, x=r(4, 6), y=r(5, 6))
case("normalise", lambda x: F.normalize(x, dim=-1), x=r(4, 6))
case("exponential", lambda x, s: x * s.exp(), x=r(4, 6), s=torch.tensor([0.7]))
case("multiply", lambda x, y: x * y, x=r(4, 6), y=r(4, 6))
rows = torch.tensor([3, 0, 3, 1])
case("gather", lambda x: x[rows], x=r(5, 6))
case("batchnorm", lambda x, gain, bias: F.batch_norm(x, None, None, gain, bias, True, 0.1, 1e-5), x=r(3, 4, 5, 6) * 2 + 1, gain=r(4), bias=r(4))
x = stored["batchnorm.x"].detach()
mean, variance = torch.zeros(4).double(), torch.ones(4).double()
F.batch_norm(x, mean, variance, None, None, True, 0.1, 1e-5)
stored["batchnorm.mean"], stored["batchnorm.variance"] = mean, variance
case("mse", lambda x, y: ((x - y) ** 2).mean((1, 2)), x=r(3, 4, 5), y=r(3, 4, 5))
case("mae", lambda x, y: (x - y).abs().mean((1, 2)), x=r(3, 4, 5), y=r(3, 4, 5))
labels = torch.tensor([2, 0, 4])
case("crossentropy", lambda x: F.cross_entropy(x, labels, reduction="none"), x=r(3, 5) * 3)
case("kl", lambda x: 0.5 * (x[..., :3] ** 2 + x[..., 3:].exp() - 1 - x[..., 3:]).sum((1, 2)), x=r(3, 4, 6))
noise = r(3, 4, 3).double()
stored["gaussian.noise"] = noise
case("gaussian", lambda x: x[..., :3] + (0.5 * x[..., 3:]).exp() * noise, x=r(3, 4, 6))

# Optimizers: ten steps on one tensor with given gradients.
gradients = r(10, 23)
for name, make in [("adamw", lambda p: torch.optim.AdamW([p], lr=1e-2, weight_decay=1e-1)),
                   ("sgd", lambda p: torch.optim.SGD([p], lr=1e-2, momentum=0.9, weight_decay=1e-1)),
                   ("nesterov", lambda p: torch.optim.SGD([p], lr=1e-2, momentum=0.9, nesterov=True))]:
    parameter = torch.nn.Parameter(torch.linspace(-1, 1, 23))
    optimizer = make(parameter)
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
    stored[f"{name}.final"] = parameter
stored["optimizer.gradients"] = gradients
parameter = torch.nn.Parameter(torch.zeros(23))
parameter.grad = gradients[0].clone() * 5
stored["clip.norm"] = torch.nn.utils.clip_grad_norm_([parameter], 1.0).reshape(1)
stored["clip.gradient"] = parameter.grad

save_file({key: value.detach().float().contiguous() for key, value in stored.items()}, "gradients.safetensors")
