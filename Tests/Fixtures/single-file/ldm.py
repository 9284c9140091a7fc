"""Writes a model folder in diffusers' layout as one checkpoint with the names of CompVis' latent-diffusion code.

    python Tests/Fixtures/single-file/ldm.py FOLDER OUT.safetensors|OUT.ckpt [--step N] [--averages]

The names are those of ldm/modules/diffusionmodules/openaimodel.py and model.py, of transformers' CLIPTextModel (Stable
Diffusion 1.x) and of open_clip/transformer.py (2.x; the encoder's last layer, which conditioning does not use, is drawn
at random). Every tensor keeps its type. --step adds Lightning's global_step to a .ckpt, --averages the averaged weights
of training under model_ema.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def part(folder, name):
    """The tensors of one part of the folder, sharded or not."""
    files = sorted(Path(folder, name).glob("*.safetensors"))
    return {key: value for file in files for key, value in load_file(file).items()}


def residual(tensors, old, new, out, timed):
    """One residual block; in the denoiser the layers are numbered in two sequences."""
    names = {
        "norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
        "conv2": "out_layers.3", "conv_shortcut": "skip_connection",
    } if timed else {"norm1": "norm1", "conv1": "conv1", "norm2": "norm2", "conv2": "conv2", "conv_shortcut": "nin_shortcut"}
    for name, value in names.items():
        for kind in ("weight", "bias"):
            if f"{old}.{name}.{kind}" in tensors:
                out[f"{new}.{value}.{kind}"] = tensors.pop(f"{old}.{name}.{kind}")


def move(tensors, old, new, out):
    for name in [name for name in tensors if name.startswith(f"{old}.")]:
        out[new + name[len(old):]] = tensors.pop(name)


def unet(tensors, config):
    out = {}
    for old, new in [("time_embedding.linear_1", "time_embed.0"), ("time_embedding.linear_2", "time_embed.2"),
                     ("conv_in", "input_blocks.0.0"), ("conv_norm_out", "out.0"), ("conv_out", "out.2")]:
        move(tensors, old, new, out)
    levels, layers = len(config["block_out_channels"]), config["layers_per_block"]
    index = 1
    for level in range(levels):
        for layer in range(layers):
            residual(tensors, f"down_blocks.{level}.resnets.{layer}", f"input_blocks.{index}.0", out, True)
            move(tensors, f"down_blocks.{level}.attentions.{layer}", f"input_blocks.{index}.1", out)
            index += 1
        if level < levels - 1:
            move(tensors, f"down_blocks.{level}.downsamplers.0.conv", f"input_blocks.{index}.0.op", out)
            index += 1
    residual(tensors, "mid_block.resnets.0", "middle_block.0", out, True)
    move(tensors, "mid_block.attentions.0", "middle_block.1", out)
    residual(tensors, "mid_block.resnets.1", "middle_block.2", out, True)
    index = 0
    for step in range(levels):
        for layer in range(layers + 1):
            residual(tensors, f"up_blocks.{step}.resnets.{layer}", f"output_blocks.{index}.0", out, True)
            before = len(out)
            move(tensors, f"up_blocks.{step}.attentions.{layer}", f"output_blocks.{index}.1", out)
            if layer == layers:
                place = 2 if len(out) > before else 1
                move(tensors, f"up_blocks.{step}.upsamplers.0.conv", f"output_blocks.{index}.{place}.conv", out)
            index += 1
    return out


def vae(tensors, config):
    out = {}
    levels = len(config["block_out_channels"])
    for half in ("encoder", "decoder"):
        for old, new in [("conv_in", "conv_in"), ("conv_out", "conv_out"), ("conv_norm_out", "norm_out")]:
            move(tensors, f"{half}.{old}", f"{half}.{new}", out)
        for index in (0, 1):
            residual(tensors, f"{half}.mid_block.resnets.{index}", f"{half}.mid.block_{index + 1}", out, False)
        for old, new in [("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out"),
                         ("query", "q"), ("key", "k"), ("value", "v"), ("proj_attn", "proj_out")]:
            for kind in ("weight", "bias"):
                name = f"{half}.mid_block.attentions.0.{old}.{kind}"
                if name in tensors:
                    value = tensors.pop(name)
                    out[f"{half}.mid.attn_1.{new}.{kind}"] = value[:, :, None, None] if value.ndim == 2 else value
    for level in range(levels):
        for layer in range(config["layers_per_block"]):
            residual(tensors, f"encoder.down_blocks.{level}.resnets.{layer}", f"encoder.down.{level}.block.{layer}", out, False)
        move(tensors, f"encoder.down_blocks.{level}.downsamplers.0.conv", f"encoder.down.{level}.downsample.conv", out)
        for layer in range(config["layers_per_block"] + 1):
            residual(tensors, f"decoder.up_blocks.{level}.resnets.{layer}", f"decoder.up.{levels - 1 - level}.block.{layer}", out, False)
        move(tensors, f"decoder.up_blocks.{level}.upsamplers.0.conv", f"decoder.up.{levels - 1 - level}.upsample.conv", out)
    for name in ("quant_conv", "post_quant_conv"):
        move(tensors, name, name, out)
    return out


def clip(tensors):
    out = {"text_model.embeddings.position_ids": torch.arange(77)[None]}
    for name in list(tensors):
        out[name if name.startswith("text_model.") else f"text_model.{name}"] = tensors.pop(name)
    return out


def open_clip(tensors, config):
    tensors = {name.removeprefix("text_model."): value for name, value in tensors.items()}
    out = {}
    for old, new in [("embeddings.position_embedding.weight", "positional_embedding"),
                     ("embeddings.token_embedding.weight", "token_embedding.weight"),
                     ("final_layer_norm.weight", "ln_final.weight"), ("final_layer_norm.bias", "ln_final.bias")]:
        out[new] = tensors.pop(old)
    layers = config["num_hidden_layers"]
    for layer in range(layers):
        old, new = f"encoder.layers.{layer}", f"transformer.resblocks.{layer}"
        for kind in ("weight", "bias"):
            out[f"{new}.attn.in_proj_{kind}"] = torch.cat(
                [tensors.pop(f"{old}.self_attn.{name}_proj.{kind}") for name in "qkv"])
            for a, b in [("self_attn.out_proj", "attn.out_proj"), ("layer_norm1", "ln_1"), ("layer_norm2", "ln_2"),
                         ("mlp.fc1", "mlp.c_fc"), ("mlp.fc2", "mlp.c_proj")]:
                out[f"{new}.{b}.{kind}"] = tensors.pop(f"{old}.{a}.{kind}")
    generator = torch.Generator().manual_seed(24)
    for name in [name for name in out if name.startswith(f"transformer.resblocks.{layers - 1}.")]:
        last = name.replace(f"resblocks.{layers - 1}.", f"resblocks.{layers}.")
        out[last] = torch.randn(out[name].shape, generator=generator).to(out[name].dtype)
    width = config["hidden_size"]
    out["text_projection"] = torch.randn(width, width, generator=generator).to(out["positional_embedding"].dtype)
    out["logit_scale"] = torch.tensor(4.6052)
    assert not tensors or set(tensors) <= {"embeddings.position_ids"}, sorted(tensors)[:5]
    return out


def checkpoint(folder):
    """The folder's tensors under the names of a checkpoint."""
    config = {name: json.loads(Path(folder, name, "config.json").read_text()) for name in ("unet", "vae", "text_encoder")}
    denoiser, autoencoder, text = part(folder, "unet"), part(folder, "vae"), part(folder, "text_encoder")
    out = {f"model.diffusion_model.{name}": value for name, value in unet(denoiser, config["unet"]).items()}
    out |= {f"first_stage_model.{name}": value for name, value in vae(autoencoder, config["vae"]).items()}
    if config["text_encoder"]["hidden_act"] == "gelu":
        named = open_clip(text, config["text_encoder"])
        out |= {f"cond_stage_model.model.{name}": value for name, value in named.items()}
    else:
        out |= {f"cond_stage_model.transformer.{name}": value for name, value in clip(text).items()}
    assert not denoiser and not autoencoder, (sorted(denoiser)[:5], sorted(autoencoder)[:5])
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    out["betas"] = betas.float()
    out["alphas_cumprod"] = torch.cumprod(1 - betas, 0).float()
    return out


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--step", type=int, default=470000)
    parser.add_argument("--averages", action="store_true")
    options = parser.parse_args()
    tensors = checkpoint(options.folder)
    if options.averages:
        start = "model.diffusion_model."
        for name in [name for name in tensors if name.startswith(start)]:
            tensors["model_ema." + name.removeprefix("model.").replace(".", "")] = torch.zeros_like(tensors[name])
    if options.out.endswith(".safetensors"):
        save_file({name: value.contiguous() for name, value in tensors.items()}, options.out, metadata={"format": "pt"})
    else:
        torch.save({"epoch": 3, "global_step": options.step, "pytorch-lightning_version": "1.4.2", "state_dict": tensors}, options.out)
