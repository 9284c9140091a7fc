"""Makes the fixtures of the metrics' networks: python make_networks.py, in this folder.

Needs torch, torchvision, lpips and pytorch-fid from PyPI. The networks are those of the packages, narrowed so that the
files of random weights stay small: all widths are divided, names and geometry are kept. The weights are stored in fp16,
and the outputs are computed from exactly those values.
"""

from pathlib import Path

import torch

# Only torchvision's models are needed here, but importing it requires that its compiled operators are declared.
declared = torch.library.Library("torchvision", "DEF")
for name in ["nms(Tensor a, Tensor b, float c) -> Tensor", "qnms(Tensor a, Tensor b, float c) -> Tensor"]:
    declared.define(name)

import lpips
import pytorch_fid.inception as fid
import torch.nn.functional as F
import torchvision
from safetensors.torch import save_file
from torch import nn
from torchvision.models import inception as tv
from torchvision.models.resnet import Bottleneck

here = Path(__file__).parent
torch.set_grad_enabled(False)
torch.manual_seed(7)


def settle(network, seed):
    """Random weights and statistics, rounded to fp16, that keep activations from vanishing or exploding."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in network.state_dict().items():
        if name.endswith("num_batches_tracked") or "scaling_layer" in name:
            continue
        noise = torch.randn(value.shape, generator=generator)
        if name.endswith("running_var"):
            new = 1 + 0.5 * noise.abs()
        elif name.endswith("running_mean") or name.endswith("bias"):
            new = 0.2 * noise
        elif value.dim() == 1:
            new = 1 + 0.2 * noise
        elif ".model.1." in name or name.startswith("lin"):
            new = noise.abs()
        else:
            new = noise * (2 / value[0].numel()) ** 0.5
        value.copy_(new.half().float())
    return network.eval()


def save(name, network, keep=lambda key: True):
    tensors = {
        key: value.half().contiguous().clone()
        for key, value in network.state_dict().items()
        if value.is_floating_point() and keep(key)
    }
    (here / name).mkdir(exist_ok=True)
    save_file(tensors, here / name / "model.safetensors")


pixels = torch.randint(0, 256, (2, 3, 64, 64), generator=torch.Generator().manual_seed(1)) / 255
signed = pixels * 2 - 1
outputs = {"pixels": pixels}


class NarrowResNet(nn.Module):
    """torchvision's `ResNet` with a stem of 8 channels and one or two bottlenecks per stage."""

    def __init__(self, width=8, layers=(2, 1, 1, 1), classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        inputs = width
        for stage, count in enumerate(layers):
            planes = width << stage
            blocks = []
            for block in range(count):
                stride = 2 if stage > 0 and block == 0 else 1
                down = None
                if block == 0:
                    down = nn.Sequential(nn.Conv2d(inputs, 4 * planes, 1, stride, bias=False), nn.BatchNorm2d(4 * planes))
                blocks.append(Bottleneck(inputs, planes, stride, down))
                inputs = 4 * planes
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for stage in range(4):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x.mean((2, 3)))


resnet = settle(NarrowResNet(), 2)
save("resnet", resnet)
outputs["resnet"] = resnet(signed)



class Narrowed:
    """The constructor of convolutions in the blocks of torchvision and pytorch-fid."""

    def __enter__(self):
        self.original = tv.BasicConv2d

        class Unit(self.original):
            def __init__(unit, inputs, outputs, **options):
                super().__init__(inputs if inputs == 3 else inputs // 16, outputs // 16, **options)

        tv.BasicConv2d = Unit

    def __exit__(self, *_):
        tv.BasicConv2d = self.original


with Narrowed():
    # The same as `fid_inception_v3`, but without its download.
    inception = torchvision.models.inception_v3(num_classes=1008, aux_logits=False, weights=None, init_weights=False)
    inception.Mixed_5b = fid.FIDInceptionA(192, pool_features=32)
    inception.Mixed_5c = fid.FIDInceptionA(256, pool_features=64)
    inception.Mixed_5d = fid.FIDInceptionA(288, pool_features=64)
    inception.Mixed_6b = fid.FIDInceptionC(768, channels_7x7=128)
    inception.Mixed_6c = fid.FIDInceptionC(768, channels_7x7=160)
    inception.Mixed_6d = fid.FIDInceptionC(768, channels_7x7=160)
    inception.Mixed_6e = fid.FIDInceptionC(768, channels_7x7=192)
    inception.Mixed_7b = fid.FIDInceptionE_1(1280)
    inception.Mixed_7c = fid.FIDInceptionE_2(2048)
inception.fc = nn.Identity()
settle(inception, 3)
save("inception", inception)
fid.fid_inception_v3 = lambda: inception
outputs["inception"] = fid.InceptionV3([3])(pixels)[0].flatten(1)

perceptual = lpips.LPIPS(net="alex", pretrained=False, pnet_rand=True, verbose=False)
widths = [3, 8, 24, 48, 32, 32]
convolutions = [
    (slice_, name, layer)
    for slice_ in [getattr(perceptual.net, f"slice{level}") for level in range(1, 6)]
    for name, layer in slice_.named_children()
    if isinstance(layer, nn.Conv2d)
]
for level, (slice_, name, layer) in enumerate(convolutions):
    setattr(
        slice_, name, nn.Conv2d(widths[level], widths[level + 1], layer.kernel_size, layer.stride, layer.padding))
    head = lpips.lpips.NetLinLayer(widths[level + 1], use_dropout=True)
    setattr(perceptual, f"lin{level}", head)
    perceptual.lins[level] = head
settle(perceptual, 4)
save("lpips", perceptual, lambda key: not key.startswith("lins."))
other = torch.randint(0, 256, (2, 3, 64, 64), generator=torch.Generator().manual_seed(5)) / 255 * 2 - 1
outputs["other"] = ((other / 2 + 0.5) * 255).round() / 255
outputs["lpips"] = perceptual(signed, other).flatten()
outputs["lpips_cross"] = perceptual(signed[:1], signed[1:]).flatten()

save_file({key: value.float().contiguous() for key, value in outputs.items()}, here / "networks.safetensors")
