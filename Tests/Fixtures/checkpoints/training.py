"""Makes checkpoints as training programs write them, and their numbers as safetensors: python training.py, in this folder."""

import argparse
import collections
import datetime
import enum
import pathlib
import sys
import types

import numpy
import torch
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent
folder = here / "torch"
folder.mkdir(exist_ok=True)
source = torch.Generator("cpu").manual_seed(11)


def draw(*shape):
    return torch.randn(*shape, generator=source)


# Every code of the eight-bit floats, and doubles that fp32 rounds, in each form.
codes = torch.arange(256).to(torch.uint8)
e4, e5 = codes.view(torch.float8_e4m3fn), codes.clone().view(torch.float8_e5m2)
double = torch.cat([draw(30).double() * torch.logspace(-45, 38, 30, dtype=torch.float64),
                    torch.tensor([1 + 2.0**-24, 1 + 2.0**-24 + 2.0**-40, 1e300, -1e-300, float("inf")], dtype=torch.float64)])
narrow = {"e4": e4, "e5": e5, "double": double}
save_file({**narrow, **{f"{k}.widened": v.float() for k, v in narrow.items()}}, here / "narrow.safetensors")

# Modules that stand in for the training program's: their names occur in the pickles, as in a checkpoint of Lightning.
class Plain:
    def __init__(self, **values):
        self.__dict__.update(values)


class Named(dict):
    pass


class Stage(enum.Enum):
    FIT = 1


for name, cls in {"pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint": Plain,
                  "omegaconf.dictconfig.DictConfig": Named, "lightning.Stage": Stage}.items():
    module, _, last = name.rpartition(".")
    cls.__module__, cls.__qualname__, cls.__name__ = module, last, last
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(".".join(parts[:end])))
    setattr(sys.modules[module], last, cls)

weights = draw(6, 4)
state = collections.OrderedDict(
    {
        "model.conv.weight": draw(2, 3, 3, 3).to(memory_format=torch.channels_last),
        "model.turned.weight": weights.t(),
        "model.column": weights[:, 1],
        "model.tail": weights[4:],
        "model.half": draw(5).half(),
        "model.brain": draw(5).bfloat16(),
        "model.double": double[:4],
        "model.e4": e4[40:48],
        "model.e5": e5[40:48],
        "model.ids": torch.arange(7).unsqueeze(0),
        "model.scalar": torch.tensor(0.25),
        "model.empty": torch.zeros(0, 3),
        "model.parameter": torch.nn.Parameter(draw(3)),
    })
model = torch.nn.Linear(2, 2)
optimizer = torch.optim.AdamW(model.parameters())
model(draw(1, 2)).sum().backward()
optimizer.step()
checkpoint = {
    "epoch": 3, "global_step": 1 << 70, "pytorch-lightning_version": "1.4.2", "state_dict": state,
    "callbacks": {Plain: {"best_model_score": torch.tensor(0.5), "best": Plain(path=pathlib.Path("a/b"), stage=Stage.FIT)}},
    "optimizer_states": [optimizer.state_dict()], "lr_schedulers": [], "when": datetime.datetime(2022, 8, 22),
    "hyper_parameters": Named(unet=Named(channels=320), names={"a", "b"}, more=argparse.Namespace(x=1),
                              seen=collections.Counter("aab"), by=collections.defaultdict(list, a=[1])),
    "rng": numpy.random.RandomState(0).get_state()[1][:3], "shape": torch.Size([1, 2]), "dtype": torch.float16,
    "device": torch.device("cpu"),
}
for protocol in (2, 4):
    for zipped in (True, False):
        name = f"lightning-{protocol}-{'zip' if zipped else 'legacy'}.ckpt"
        torch.save(checkpoint, folder / name, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
save_file({k: v.detach().float().contiguous().clone() for k, v in state.items()}, folder / "lightning.safetensors")


# A file of textual inversion as its first program wrote it, with a module of PyTorch in place of a dict.
vectors = torch.nn.ParameterDict({"*": torch.nn.Parameter(draw(2, 4))})
torch.save({"string_to_token": {"*": torch.tensor(265)}, "string_to_param": vectors, "name": "cat", "step": 5},
           folder / "embedding.pt")
# A whole module instead of its state dict.
torch.save(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2)), folder / "module.pt")
