"""Ten steps of stage 1 in PyTorch: losses, gradients of the first step, final weights and running statistics.

Writes stage1.safetensors (results) and stage1-initial.safetensors (initial weights) to the script's folder.
Run: python stage1.py
"""
import pathlib
import torch
from torch import nn
from torch.nn import functional as F
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
WIDTH, LAYERS, EMBEDDING, CLASSES, SIZE, BATCH, STEPS = 4, [1, 1], 8, 8, 32, 8, 10


class Bottleneck(nn.Module):
    def __init__(self, inputs, inner, stride, projects):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, 4 * inner, 1, bias=False), nn.BatchNorm2d(4 * inner)
        self.downsample = (
            nn.Sequential(nn.Conv2d(inputs, 4 * inner, 1, stride, bias=False), nn.BatchNorm2d(4 * inner))
            if projects else None)

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        h = F.relu(self.bn2(self.conv2(h)))
        h = self.bn3(self.conv3(h))
        return F.relu(h + (self.downsample(x) if self.downsample else x))


class Trunk(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, WIDTH, 7, 2, 3, bias=False), nn.BatchNorm2d(WIDTH)
        inputs = WIDTH
        for stage, count in enumerate(LAYERS):
            blocks = []
            for block in range(count):
                inner = WIDTH << stage
                blocks.append(Bottleneck(inputs, inner, 2 if stage and block == 0 else 1, block == 0))
                inputs = 4 * inner
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.outputs = inputs

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for stage in range(len(LAYERS)):
            x = getattr(self, f"layer{stage + 1}")(x)
        return x.mean((2, 3))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.cnn = Trunk()
        self.fc_1 = nn.Linear(self.cnn.outputs, EMBEDDING)
        self.fc_2 = nn.Sequential(nn.ReLU(), nn.Dropout(0.5), nn.Linear(EMBEDDING, CLASSES))

    def forward(self, x, mask):
        return self.fc_2[2](F.relu(self.fc_1(self.cnn(x))) * mask)


def pixels(step):
    """A pattern computed from (sample, y, x, channel) as bytes, normalised to -1 ... 1."""
    n, y, x, c = torch.meshgrid(*[torch.arange(k) for k in (BATCH, SIZE, SIZE, 3)], indexing="ij")
    k = n + step * BATCH
    bytes_ = (x * (3 + k % 5) + y * (5 + k % 7) + c * 41 + k * 29 + x * y * (k % 3)) % 256
    return ((bytes_.float() / 255 - 0.5) / 0.5).permute(0, 3, 1, 2).contiguous()


def dropout(step):
    n, d = torch.meshgrid(torch.arange(BATCH), torch.arange(EMBEDDING), indexing="ij")
    return (((n * 7 + d * 3 + step) % 5) < 3).float() * 2


def kept(state):
    return {k: v.detach().clone().contiguous() for k, v in state.items() if not k.endswith("num_batches_tracked")}


torch.manual_seed(3)
torch.use_deterministic_algorithms(True)
model = Encoder().train()
initial = kept(model.state_dict())
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-2)
out, losses = {}, []
for step in range(STEPS):
    labels = torch.tensor([(3 * n + step) % CLASSES for n in range(BATCH)])
    loss = F.cross_entropy(model(pixels(step), dropout(step)), labels)
    optimizer.zero_grad()
    loss.backward()
    if step == 0:
        out |= {f"grad.{name}": p.grad.clone() for name, p in model.named_parameters()}
    optimizer.step()
    losses.append(loss.item())
out["losses"] = torch.tensor(losses)
out |= {f"final.{name}": value for name, value in kept(model.state_dict()).items()}
model.eval()
with torch.no_grad():
    out["embeddings"] = model.fc_1(model.cnn(pixels(10)))
save_file(out, HERE / "stage1.safetensors")
save_file(initial, HERE / "stage1-initial.safetensors")
print(losses)
