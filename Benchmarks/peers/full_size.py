"""Makes a model folder of Stable Diffusion 1.5's size with random weights, and PyTorch's outputs for it.

    python full_size.py make FOLDER      # the model folder, fp32, 4.3 GB, and FOLDER/inputs.safetensors
    python full_size.py run FOLDER       # FOLDER/outputs.safetensors, seconds and peak memory of PyTorch

It needs torch, diffusers, transformers and safetensors. `emofarm bench work` reads the same folder and compares its
results with the outputs.
"""

import json
import os
import resource
import shutil
import sys
import time

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel

UNET = dict(
    sample_size=64, in_channels=4, out_channels=4, block_out_channels=(320, 640, 1280, 1280), layers_per_block=2,
    cross_attention_dim=768, attention_head_dim=8,
    down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
    up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3)
VAE = dict(
    sample_size=512, block_out_channels=(128, 256, 512, 512), layers_per_block=2, latent_channels=4,
    down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4)
TEXT = dict(
    hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12, vocab_size=49408,
    max_position_embeddings=77, projection_dim=768, bos_token_id=0, eos_token_id=2, pad_token_id=1)
SCHEDULER = dict(
    _class_name="PNDMScheduler", beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
    num_train_timesteps=1000, set_alpha_to_one=False, skip_prk_steps=True, steps_offset=1, clip_sample=False)


def make(folder):
    torch.manual_seed(0)
    UNet2DConditionModel(**UNET).save_pretrained(f"{folder}/unet")
    AutoencoderKL(**VAE).save_pretrained(f"{folder}/vae")
    CLIPTextModel(CLIPTextConfig(**TEXT)).save_pretrained(f"{folder}/text_encoder")
    os.makedirs(f"{folder}/scheduler", exist_ok=True)
    with open(f"{folder}/scheduler/scheduler_config.json", "w") as file:
        json.dump(SCHEDULER, file, indent=1)
    with open(f"{folder}/model_index.json", "w") as file:
        json.dump({"_class_name": "StableDiffusionPipeline"}, file)
    tiny = os.path.join(os.path.dirname(__file__), "../../config/models/tiny/tokenizer")
    shutil.copytree(tiny, f"{folder}/tokenizer", dirs_exist_ok=True)
    save_file(
        {
            "latents": torch.randn(2, 4, 64, 64),
            "context": torch.randn(2, 77, 768),
            "vae_latents": torch.randn(1, 4, 64, 64),
            "embeddings": torch.randn(1, 77, 768),
        },
        f"{folder}/inputs.safetensors")


@torch.no_grad()
def run(folder):
    torch.set_num_threads(os.cpu_count())
    inputs = load_file(f"{folder}/inputs.safetensors")
    outputs = {}

    def timed(name, work):
        best = None
        for _ in range(2):
            start = time.perf_counter()
            outputs[name] = work().contiguous()
            seconds = time.perf_counter() - start
            best = seconds if best is None else min(best, seconds)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
        print(f"{name}: {best:.2f} s (better of 2), peak so far {peak:.2f} GiB", flush=True)

    unet = UNet2DConditionModel.from_pretrained(f"{folder}/unet").eval()
    timed("unet", lambda: unet(inputs["latents"], 500, inputs["context"]).sample)
    del unet
    vae = AutoencoderKL.from_pretrained(f"{folder}/vae").eval()
    timed("vae", lambda: vae.decode(inputs["vae_latents"]).sample)
    del vae
    text = CLIPTextModel.from_pretrained(f"{folder}/text_encoder").eval()
    timed("text", lambda: text_states(text, inputs["embeddings"]))
    save_file(outputs, f"{folder}/outputs.safetensors")


def text_states(text, embeddings):
    """Returns the last hidden states of given input embeddings."""
    own = getattr(text, "text_model", text)
    token_embedding = own.embeddings.token_embedding
    handle = token_embedding.register_forward_hook(lambda module, inputs, output: embeddings)
    states = text(input_ids=torch.full((1, 77), 320)).last_hidden_state
    handle.remove()
    return states


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("make", "run"):
        sys.exit(__doc__)
    {"make": make, "run": run}[sys.argv[1]](sys.argv[2])
