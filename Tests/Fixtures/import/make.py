"""Writes small files in the formats of EmoGen's releases with torch.save, and PyTorch's results for them.

Run: python make.py (torch, safetensors)
"""
import collections
import pathlib
import pickle

import torch
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
EMOTIONS = "amusement awe contentment excitement anger disgust fear sadness".split()
torch.manual_seed(11)


class Bottleneck(nn.Module):
    def __init__(self, inputs, inner, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, 4 * inner, 1, bias=False), nn.BatchNorm2d(4 * inner)
        self.downsample = None
        if inputs != 4 * inner or stride > 1:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, 4 * inner, 1, stride=stride, bias=False), nn.BatchNorm2d(4 * inner))

    def forward(self, x):
        h = torch.relu(self.bn1(self.conv1(x)))
        h = self.bn3(self.conv3(torch.relu(self.bn2(self.conv2(h)))))
        return torch.relu(h + (self.downsample(x) if self.downsample else x))


class Trunk(nn.Module):
    """The parts in torchvision's order and with torchvision's names."""

    def __init__(self, width, layers):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1, self.relu, self.maxpool = nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1)
        inputs = width
        for stage, count in enumerate(layers):
            inner = width << stage
            blocks = [Bottleneck(inputs if block == 0 else 4 * inner, inner, 2 if stage and block == 0 else 1)
                      for block in range(count)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
            inputs = 4 * inner
        self.avgpool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(inputs, 5)


class Encoder(nn.Module):
    """A trunk under two names, as in the release, and two layers."""

    def __init__(self, width, layers, embedding):
        super().__init__()
        self.cnn = Trunk(width, layers)
        self.backbone = nn.Sequential(*list(self.cnn.children())[:-2])
        self.fc_1 = nn.Linear(self.cnn.fc.in_features, embedding)
        self.fc_2 = nn.Sequential(nn.ReLU(), nn.Dropout(0.5), nn.Linear(embedding, len(EMOTIONS)))
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm2d):
                nn.init.uniform_(layer.weight, 0.5, 1.5)
                nn.init.normal_(layer.bias, std=0.3)
                nn.init.normal_(layer.running_mean, std=0.3)
                nn.init.uniform_(layer.running_var, 0.5, 2)

    def embed(self, x):
        return self.fc_1(self.backbone(x).mean((2, 3)))


def save(name, tensors):
    torch.save(collections.OrderedDict(tensors), HERE / name)


with torch.no_grad():
    encoder = Encoder(2, [1, 2], 6).eval()
    tensors = encoder.state_dict()
    pixels = torch.randn(1, 3, 32, 32)
    vectors = encoder.embed(pixels)
    save_file({"pixels": pixels.permute(0, 2, 3, 1).contiguous(), "vectors": vectors, "logits": encoder.fc_2(vectors)},
              HERE / "encoder.safetensors")
    save("encoder.pth", tensors)
    # The same without the duplicate, in a checkpoint of training on several devices.
    backbone = {f"module.{k.replace('cnn.', 'backbone.')}": v for k, v in tensors.items()
                if not k.startswith(("backbone.", "cnn.fc."))}
    torch.save({"epoch": 7, "state_dict": backbone}, HERE / "encoder-backbone.pth")
    # Invalid files; one stage is enough for them.
    small = Encoder(1, [1], 2).state_dict()
    save("encoder-differing.pth", {k: v + 1 if k == "backbone.1.bias" else v for k, v in small.items()})
    once = {k: v for k, v in small.items() if not k.startswith(("backbone.", "cnn.fc.")) and "num_batches" not in k}
    save("encoder-incomplete.pth", {k: v for k, v in once.items() if k != "cnn.layer1.0.bn2.running_var"})
    save("encoder-undefined.pth", {k: v * float("nan") if k == "fc_1.bias" else v for k, v in once.items()})
    save("encoder-basic.pth", {k: v for k, v in once.items() if "conv3" not in k and "bn3" not in k})

    for emotion in EMOTIONS:
        torch.save(torch.randn(6), HERE / f"space/{emotion}_mean_v2.pt")
        torch.save(torch.rand(6) + 0.1, HERE / f"space/{emotion}_std_v2.pt")
    torch.save(torch.tensor([0.5, -0.1, 1, 1, 1, 1]), HERE / "awe_std_negative.pt")
    torch.save(torch.ones(5), HERE / "awe_std_short.pt")

    save("classifier.pth", nn.Sequential(collections.OrderedDict(fc=nn.Linear(6, 8))).state_dict())
    save("layer.pth", nn.Sequential(collections.OrderedDict(fc=nn.Linear(6, 6))).state_dict())

    mappers = {
        "mapper": [nn.Linear(6, 10), nn.ReLU(), nn.Linear(10, 12)],
        "mapper-norm-dropout": [
            nn.Linear(6, 10), nn.LayerNorm(10), nn.ReLU(), nn.Dropout(0.5),
            nn.Linear(10, 10), nn.LayerNorm(10), nn.ReLU(), nn.Dropout(0.5), nn.Linear(10, 12)],
        "mapper-bare": [nn.Linear(6, 10), nn.Linear(10, 12)],
    }
    for name, layers in mappers.items():
        mapper = nn.Sequential(collections.OrderedDict(mlp=nn.Sequential(*layers))).eval()
        save(f"{name}.pth", mapper.state_dict())
        if name != "mapper-bare":
            save_file({"vectors": vectors, "tokens": mapper(vectors)}, HERE / f"{name}.safetensors")

row = [0.0, 0.25, 0.0, 0.0, 0.5, 0.0, 0.25, 0.0]
tables = {
    "confidence-named": {"Swimming Pool": dict(zip(EMOTIONS, row)), "ferris_wheel": dict(zip(EMOTIONS, row[::-1]))},
    "confidence-wrong": {"bag": row[:7] + [0.7]},
}
for name, table in tables.items():
    (HERE / f"{name}.pkl").write_bytes(pickle.dumps(table, protocol=4))
