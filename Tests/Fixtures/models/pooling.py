"""Makes pooling.safetensors with transformers: python pooling.py, in this folder.

The file holds the text features of a CLIP model for three end tokens in its configuration: 2, as in all published
models of Stable Diffusion 1.x and 2.x (pooled at the largest id), that of the tokenizer, and one that is not the largest
id. The weights are those of ../training/sd1x-weights.json, drawn from their seeds.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn.functional import pad
from transformers import CLIPConfig, CLIPModel

HERE = Path(__file__).parent
DRAWN = json.loads((HERE / "../training/sd1x-weights.json").read_text())["clip"]
CONFIG = json.loads((HERE / "../training/sd1x/clip.json").read_text())
BEGIN, END, OTHER = 58, 59, 57
torch.set_num_threads(1)

weights = {}
for entry in DRAWN:
    generator = torch.Generator("cpu").manual_seed(entry["seed"])
    noise = torch.randn(torch.Size(entry["shape"]).numel(), generator=generator).reshape(entry["shape"])
    weights[entry["name"]] = noise * torch.tensor(entry["scale"]) + entry["offset"]

# Padded with end tokens, with `!` (0), without words, with an end token among the words, and without padding.
texts = [
    ([BEGIN, 5, 6, OTHER, END], END),
    ([BEGIN, 7, OTHER, 8, END], 0),
    ([BEGIN, OTHER, END], END),
    ([BEGIN, 9, END, OTHER, 10, END], 0),
    ([BEGIN] + [11 + k % 40 for k in range(74)] + [OTHER, END], 0),
]
ids = torch.stack([pad(torch.tensor(row), (0, 77 - len(row)), value=filler) for row, filler in texts])
result = {"ids": ids.float()}
for end in (2, END, OTHER):
    CONFIG["text_config"]["eos_token_id"] = end
    model = CLIPModel(CLIPConfig(**CONFIG)).eval()
    model.load_state_dict(weights, strict=False)
    assert set(weights) == {name for name, _ in model.named_parameters()}
    with torch.no_grad():
        states = model.text_model(input_ids=ids)
        result[f"features.{end}"] = model.text_projection(states.pooler_output)
save_file(result, HERE / "pooling.safetensors")
