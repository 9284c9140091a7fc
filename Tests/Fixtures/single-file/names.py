"""Writes which tensors of a diffusers folder each tensor of a checkpoint holds, for small models of both families.

    python Tests/Fixtures/single-file/names.py [--out DIR]

The folders are saved by diffusers 0.42 and transformers, the checkpoints' names come from ldm.py. Every tensor of a
folder is filled with a number of its own, which shows where it went. A line of NAME.txt is

    checkpoint's name <tab> axes <tab> part/tensor of the folder, several joined by commas, or nothing <tab> its axes

and NAME.json holds the folder's configurations. sd1 is of the first family: 2 layers in each of 3 levels. sd2 is of the
second: OpenCLIP, linear projections, 4 levels. The widths are the smallest that the families' rules allow: heads of 64
channels in the text encoders and in the second family's U-Net.
"""

import argparse
import json
import tempfile
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, PNDMScheduler, UNet2DConditionModel
from ldm import checkpoint
from transformers import CLIPTextConfig, CLIPTextModel

CROSS, PLAIN = ["CrossAttnDownBlock2D", "CrossAttnUpBlock2D"], ["DownBlock2D", "UpBlock2D"]
MODELS = {
    "sd1": dict(channels=[32, 64, 64], layers=2, heads=8, linear=False, vae=[32, 32, 64], act="quick_gelu",
                scheduler=PNDMScheduler, prediction="epsilon", side=512),
    "sd2": dict(channels=[64, 64, 128, 128], layers=1, heads=[1, 1, 2, 2], linear=True, vae=[32, 32, 64, 64],
                act="gelu", scheduler=DDIMScheduler, prediction="v_prediction", side=768),
}


def parts(model):
    levels, latents = len(model["channels"]), model["side"] // 2 ** (len(model["vae"]) - 1)
    yield "unet", UNet2DConditionModel(
        sample_size=latents, block_out_channels=model["channels"], layers_per_block=model["layers"],
        cross_attention_dim=64, attention_head_dim=model["heads"], use_linear_projection=model["linear"],
        down_block_types=[CROSS[0]] * (levels - 1) + [PLAIN[0]], up_block_types=[PLAIN[1]] + [CROSS[1]] * (levels - 1))
    yield "vae", AutoencoderKL(
        block_out_channels=model["vae"], layers_per_block=model["layers"], latent_channels=4,
        down_block_types=["DownEncoderBlock2D"] * len(model["vae"]), scaling_factor=0.18215,
        up_block_types=["UpDecoderBlock2D"] * len(model["vae"]), sample_size=model["side"])
    yield "text_encoder", CLIPTextModel(CLIPTextConfig(
        vocab_size=49408, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=1,
        max_position_embeddings=77, hidden_act=model["act"], layer_norm_eps=1e-5, bos_token_id=0, eos_token_id=2,
        pad_token_id=1, projection_dim=512 if model["act"] == "gelu" else 768))
    yield "scheduler", model["scheduler"](
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1, set_alpha_to_one=False,
        prediction_type=model["prediction"],
        **({"skip_prk_steps": True} if model["scheduler"] is PNDMScheduler else {"clip_sample": False}))


def write(name, out):
    numbers, axes, configurations = {}, {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for part, network in parts(MODELS[name]):
            if part != "scheduler":
                for tensor, value in network.state_dict().items():
                    if value.is_floating_point():
                        numbers[len(numbers) + 1] = f"{part}/{tensor}"
                        axes[f"{part}/{tensor}"] = value.shape
                        value.fill_(len(numbers))
            network.save_pretrained(f"{folder}/{part}")
            place = f"{part}/{'scheduler_config' if part == 'scheduler' else 'config'}.json"
            configurations[place] = json.loads(Path(folder, place).read_text())
        tensors = checkpoint(folder)
    lines = []
    for tensor, value in tensors.items():
        found = [int(number) for number in value.flatten(1)[:, 0].unique_consecutive()] if value.ndim > 1 else [
            int(number) for number in value.unique_consecutive()] if value.is_floating_point() else []
        whole = value.is_floating_point() and bool((value == value.round()).all())
        sources = [numbers[number] for number in found] if whole else []
        own = axes[sources[0]] if sources else []
        lines.append("\t".join([tensor, *(",".join(map(str, part)) for part in (value.shape, sources, own))]))
    used = {source for line in lines for source in line.split("\t")[2].split(",")}
    assert used - {""} == set(numbers.values()), sorted(set(numbers.values()) - used)[:5]
    Path(out, f"{name}.txt").write_text("\n".join(lines) + "\n")
    Path(out, f"{name}.json").write_text(json.dumps(configurations, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=Path(__file__).resolve().parent)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for model in MODELS:
        write(model, options.out)
