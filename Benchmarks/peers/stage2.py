"""One training step of EmoGen's stage 2 at Stable Diffusion 1.5's size in PyTorch, with gradient checkpointing.

    python full_size.py make FOLDER      # first: the base model with random weights
    python stage2.py make FOLDER         # adds a CLIP model, a mapper and a sample
    python stage2.py run FOLDER          # seconds and peak memory; adds PyTorch's loss and gradients to the sample

512 x 512 pixels (latents 64 x 64), batch 1, fp32. `emofarm bench stage2 --model FOLDER` runs the same step.
"""

import json
import os
import resource
import sys
import time

import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from full_size import TEXT
from safetensors.torch import load_file, save_file
from torch.nn import functional as F
from transformers import CLIPConfig, CLIPModel, CLIPTextModel

VISION = dict(hidden_size=64, intermediate_size=128, num_hidden_layers=1, num_attention_heads=4, image_size=32,
              patch_size=16, projection_dim=768)


def make(folder):
    torch.manual_seed(1)
    clip = CLIPModel(CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=768))
    clip.text_model.load_state_dict(CLIPTextModel.from_pretrained(f"{folder}/text_encoder").state_dict(), strict=False)
    clip.save_pretrained(f"{folder}/clip")
    os.makedirs(f"{folder}/mapper", exist_ok=True)
    with open(f"{folder}/mapper/config.json", "w") as file:
        json.dump(dict(input=768, hidden=[1024], output=768, activation="relu", dropout=0, layer_norm=False), file)
    first, second = torch.nn.Linear(768, 1024), torch.nn.Linear(1024, 768)
    save_file(
        {
            "mapper.mlp.0.weight": first.weight.detach(), "mapper.mlp.0.bias": first.bias.detach(),
            "mapper.mlp.2.weight": second.weight.detach(), "mapper.mlp.2.bias": second.bias.detach(),
            "vectors": torch.randn(1, 768), "latents": torch.randn(1, 4, 64, 64), "noise": torch.randn(1, 4, 64, 64),
        }, f"{folder}/stage2.safetensors")


def stepper(folder):
    """Returns a function that runs a step (forward, backward, optimizer) and returns the loss and the mapper."""
    data = load_file(f"{folder}/stage2.safetensors")
    mapper = torch.nn.Module()
    mapper.mlp = torch.nn.Sequential(torch.nn.Linear(768, 1024), torch.nn.ReLU(), torch.nn.Linear(1024, 768))
    mapper.load_state_dict({k.removeprefix("mapper."): v for k, v in data.items() if k.startswith("mapper.")})
    clip = CLIPModel.from_pretrained(f"{folder}/clip").eval().requires_grad_(False)
    unet = UNet2DConditionModel.from_pretrained(f"{folder}/unet").requires_grad_(False)
    # Training mode enables checkpointing; nothing else in the network depends on it.
    unet.enable_gradient_checkpointing()
    unet.train()
    # The id is the tokenizer's, because configurations of published text encoders say 2.
    end = clip.config.text_config.vocab_size - 1
    ids = torch.tensor([[end - 1, 100 + k] + [end] * 75 for k in range(20)])
    process = DDPMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000)
    token = None
    clip.text_model.embeddings.token_embedding.register_forward_hook(
        lambda module, inputs, output: output
        if token is None else torch.cat([output[:, :1], token[:, None], output[:, 2:]], 1))
    with torch.no_grad():
        names = F.normalize(
            clip.text_projection(clip.text_model(input_ids=ids).last_hidden_state[:, 2]), dim=-1)
    optimizer = torch.optim.AdamW(mapper.parameters(), lr=1e-3, weight_decay=1e-2)

    def step():
        nonlocal token
        token = mapper.mlp(data["vectors"])
        states = clip.text_model(input_ids=torch.tensor([[end - 1] + [end] * 76])).last_hidden_state
        times = torch.tensor([500])
        answer = unet(
            process.add_noise(data["latents"], data["noise"], times), times, encoder_hidden_states=states).sample
        denoising = F.mse_loss(answer, data["noise"])
        features = F.normalize(clip.text_projection(states[:, 2]), dim=-1)
        attribute = F.cross_entropy(features @ names.T, torch.tensor([3]))
        loss = 0.5 * denoising + 0.5 * attribute
        optimizer.zero_grad()
        loss.backward()
        gradients = {f"grad.{name}": p.grad.clone() for name, p in mapper.named_parameters()}
        optimizer.step()
        return loss.detach(), gradients

    return step


def run(folder):
    torch.set_num_threads(os.cpu_count())
    step = stepper(folder)
    for number in range(2):
        start = time.perf_counter()
        loss, gradients = step()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
        print(f"stage 2: {time.perf_counter() - start:.2f} s, loss {loss.item():.6f}, peak {peak:.2f} GiB", flush=True)
        if number == 0:
            kept = {"loss": loss[None].clone()} | gradients
    save_file(load_file(f"{folder}/stage2.safetensors") | kept, f"{folder}/stage2.safetensors")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("make", "run"):
        sys.exit(__doc__)
    {"make": make, "run": run}[sys.argv[1]](sys.argv[2])
