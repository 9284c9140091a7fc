"""Writes files with torch.save and pickle, and their numbers as safetensors.

Run: python make.py (torch, numpy, safetensors)
"""
import collections
import pathlib
import pickle

import numpy
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
source = torch.Generator("cpu").manual_seed(5)
base = torch.randn(6, 4, generator=source)
tensors = collections.OrderedDict(
    float32=base[:3].clone(), transposed=base.t(), column=base[:, 1], tail=base[4:], scalar=torch.tensor(2.5),
    empty=torch.zeros(0, 3), float64=base.double()[0], float16=base.half()[1], bfloat16=base.bfloat16()[2],
    int64=torch.tensor([-3, 2**24]), int32=torch.tensor([-7, 9], dtype=torch.int32),
    int16=torch.tensor([-300, 300], dtype=torch.int16), int8=torch.tensor([-5, 5], dtype=torch.int8),
    uint8=torch.tensor([0, 255], dtype=torch.uint8), bool=torch.tensor([True, False]),
    parameter=torch.nn.Parameter(base[3].clone()))
save_file({k: v.detach().float().contiguous().clone() for k, v in tensors.items()}, HERE / "tensors.safetensors")
for protocol in (2, 3, 4):
    for zipped in (True, False):
        name = f"tensors-{protocol}-{'zip' if zipped else 'legacy'}.pth"
        torch.save(tensors, HERE / name, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
torch.save({"epoch": 3, "lr": 0.5, "note": None, "state_dict": module.state_dict(), "best": (True, [1, "é"])},
           HERE / "checkpoint.pth")
save_file({k: v.detach().float().contiguous() for k, v in module.state_dict().items()}, HERE / "checkpoint.safetensors")

# The files of EmoGen: one vector per file, and the confidence of attributes.
torch.save(base[0].clone(), HERE / "awe_mean_v2.pt")
rows = {"cemetery": numpy.array([0.0, 0.01, 0.0, 0.0, 0.0, 0.0, 0.018, 0.972], dtype=numpy.float32),
        "Ferris wheel": numpy.array([0.9, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01, 0.01])}
forms = {"arrays": rows, "lists": {k: [float(x) for x in v] for k, v in rows.items()},
         "scalars": {k: [x for x in v.astype(numpy.float64)] for k, v in rows.items()}}
for form, value in forms.items():
    for protocol in (2, 4):
        (HERE / f"confidence-{form}-{protocol}.pkl").write_bytes(pickle.dumps(value, protocol=protocol))
