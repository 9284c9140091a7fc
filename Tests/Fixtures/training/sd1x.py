"""Stage 2 in PyTorch on a narrow model with the architecture of Stable Diffusion 1.x: losses and mapper gradients.

The model has four U-Net levels with two layers each, 77 positions, and a text width that differs from the length of the
emotion vector. The networks' weights are not stored: each tensor is torch.randn from a generator of its own, times a
scale, so that the test can regenerate them from the names in sd1x-weights.json.

Writes sd1x.safetensors, sd1x-weights.json and sd1x/*.json (configurations) to the script's folder. Run: python sd1x.py
"""
import json
import pathlib

import torch
from diffusers import DDPMScheduler, UNet2DConditionModel
from safetensors.torch import save_file
from torch.nn import functional as F
from transformers import CLIPConfig, CLIPModel

HERE = pathlib.Path(__file__).parent
OUT = HERE / "sd1x"
OUT.mkdir(exist_ok=True)
TEXT, VECTOR, HIDDEN, POSITIONS, VOCABULARY, BATCH, SIZE, STEPS = 64, 48, 80, 77, 60, 2, 16, 10
BEGIN, END = VOCABULARY - 2, VOCABULARY - 1
torch.use_deterministic_algorithms(True)

tower = dict(hidden_size=TEXT, intermediate_size=4 * TEXT, num_hidden_layers=3, num_attention_heads=4,
             hidden_act="quick_gelu", layer_norm_eps=1e-5, projection_dim=40)
clip = CLIPModel(CLIPConfig(
    # The value in all published text encoders, whatever their tokenizer; transformers then pools at the largest id.
    text_config=tower | dict(vocab_size=VOCABULARY, max_position_embeddings=POSITIONS, bos_token_id=0,
                             eos_token_id=2, pad_token_id=1),
    vision_config=tower | dict(image_size=16, patch_size=8, num_hidden_layers=1), projection_dim=40)).eval()
unet = UNet2DConditionModel(
    sample_size=SIZE, in_channels=4, out_channels=4, block_out_channels=(32, 64, 64, 64), layers_per_block=2,
    attention_head_dim=8, cross_attention_dim=TEXT, norm_num_groups=32,
    down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
    up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3).eval()
mapper = torch.nn.Module()
mapper.mlp = torch.nn.Sequential(torch.nn.Linear(VECTOR, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, TEXT))


def fill(module, first):
    """Weights by name: PyTorch's default scale for matrices, 1 + noise for norms, noise for biases."""
    entries = []
    for index, (name, value) in enumerate(sorted(module.named_parameters())):
        seed = first + index
        noise = torch.randn(value.numel(), generator=torch.Generator("cpu").manual_seed(seed)).reshape(value.shape)
        if "norm" in name and name.endswith("weight"):
            scale, offset = 0.05, 1.0
        elif value.ndim < 2:
            scale, offset = 0.05, 0.0
        elif "embedding" in name:
            scale, offset = 0.3, 0.0
        else:
            scale, offset = 1.0 / (value[0].numel() ** 0.5), 0.0
        scale = torch.tensor(scale, dtype=torch.float32)
        with torch.no_grad():
            value.copy_(noise * scale + offset)
        entries.append(dict(name=name, shape=list(value.shape), seed=seed, scale=scale.item(), offset=offset))
    return entries


weights = dict(clip=fill(clip, 1000), unet=fill(unet, 3000), mapper=fill(mapper, 9000))
(HERE / "sd1x-weights.json").write_text(
    "{\n" + ",\n".join(f'"{k}": [\n' + ",\n".join(json.dumps(e) for e in v) + "\n]" for k, v in weights.items()) + "\n}\n")
clip.requires_grad_(False)
unet.requires_grad_(False)

scheduler = dict(_class_name="PNDMScheduler", beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
                 num_train_timesteps=1000, clip_sample=False, set_alpha_to_one=False, skip_prk_steps=True,
                 steps_offset=1)
process = DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", num_train_timesteps=1000)
for name, object_ in [("clip", clip.config.to_dict()), ("unet", dict(unet.config)), ("scheduler", scheduler),
                      ("text_encoder", clip.config.to_dict()["text_config"]),
                      ("mapper", dict(input=VECTOR, hidden=[HIDDEN], output=TEXT, activation="relu", dropout=0,
                                      layer_norm=False))]:
    (OUT / f"{name}.json").write_text(json.dumps(object_, indent=1, default=str) + "\n")

token = None


def replaced(module, inputs, output):
    """Inserts the mapped vectors at the position of the emotion's token."""
    return output if token is None else torch.cat([output[:, :1], token[:, None], output[:, 2:]], 1)


clip.text_model.embeddings.token_embedding.register_forward_hook(replaced)


def hidden(ids):
    return clip.text_model(input_ids=ids).last_hidden_state


attributes = torch.tensor([[BEGIN, 3 + k, 20 + 2 * k] + [END] * (POSITIONS - 3) for k in range(5)])
with torch.no_grad():
    names = clip.text_projection(hidden(attributes)[:, 3])
    assert torch.equal(names, clip.text_projection(clip.text_model(input_ids=attributes).pooler_output))
    names = F.normalize(names, dim=-1)
frame = torch.tensor([[BEGIN] + [END] * (POSITIONS - 1)] * BATCH)
optimizer = torch.optim.AdamW(mapper.parameters(), lr=1e-3, weight_decay=1e-2)
source = torch.Generator("cpu").manual_seed(77)
out = {"attributes": attributes.float()}
for step in range(STEPS):
    vectors = torch.randn(BATCH, VECTOR, generator=source)
    latents = torch.randn(BATCH, 4, SIZE, SIZE, generator=source)
    noise = torch.randn(BATCH, 4, SIZE, SIZE, generator=source)
    times = torch.randint(0, 1000, (BATCH,), generator=source)
    labels = torch.randint(0, 5, (BATCH,), generator=source)
    alpha = torch.rand(BATCH, generator=source)
    token = mapper.mlp(vectors)
    states = hidden(frame)
    token = None
    answer = unet(process.add_noise(latents, noise, times), times, encoder_hidden_states=states).sample
    ldm = ((answer - noise) ** 2).mean((1, 2, 3))
    features = F.normalize(clip.text_projection(states[:, 2]), dim=-1)
    attr = F.cross_entropy(features @ names.T, labels, reduction="none")
    loss = ((1 - alpha) * ldm + alpha * attr).mean()
    optimizer.zero_grad()
    loss.backward()
    if step == 0:
        out |= {f"grad.{name}": p.grad.clone() for name, p in mapper.named_parameters()}
    optimizer.step()
    out |= {f"{step}.vectors": vectors, f"{step}.latents": latents, f"{step}.noise": noise,
            f"{step}.timesteps": times.float(), f"{step}.labels": labels.float(), f"{step}.alpha": alpha,
            f"{step}.loss": loss.detach()[None], f"{step}.ldm": ldm.detach(), f"{step}.attr": attr.detach()}
    print(step, loss.item(), ldm.tolist(), attr.tolist())
out |= {f"final.{name}": p.detach().clone() for name, p in mapper.named_parameters()}
save_file(out, HERE / "sd1x.safetensors")
