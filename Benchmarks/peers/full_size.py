"""Makes a model folder of Stable Diffusion 1.5's size with random weights, and PyTorch's outputs for it.

    python full_size.py make FOLDER            # the model folder, fp32, 4.3 GB, and FOLDER/inputs.safetensors
    python full_size.py make FOLDER --lcm      # a latent consistency model with a tiny VAE, as LCM_Dreamshaper_v7 and TAESD
    python full_size.py run FOLDER             # FOLDER/outputs.safetensors, seconds and peak memory of PyTorch

    python full_size.py make FOLDER --configurations PUBLISHED --tokenizer TOKENIZER --half --clip

builds the networks of a published folder (model_index.json and each part's config.json, without weights) in fp16, copies
its other files, and adds CLIP ViT-L/14 with the same text tower as `clip`.

It needs torch, diffusers, transformers and safetensors. `emofarm bench work` reads the same folder and compares its
results with the outputs.
"""

import argparse
import json
import os
import resource
import shutil
import time

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPTextModel

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


# LCM_Dreamshaper_v7 differs from Stable Diffusion 1.5 in a second input of the time embedding, the guidance scale.
LCM_UNET = UNET | dict(time_cond_proj_dim=256)
LCM_SCHEDULER = dict(
    _class_name="LCMScheduler", beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
    num_train_timesteps=1000, original_inference_steps=50, prediction_type="epsilon", set_alpha_to_one=True,
    steps_offset=0, clip_sample=False, clip_sample_range=1.0, dynamic_thresholding_ratio=0.995,
    rescale_betas_zero_snr=False, sample_max_value=1.0, thresholding=False, timestep_spacing="leading",
    trained_betas=None)
VISION = dict(
    hidden_size=1024, intermediate_size=4096, num_hidden_layers=24, num_attention_heads=16, image_size=224,
    patch_size=14, projection_dim=768)
TINY_TOKENIZER = os.path.join(os.path.dirname(__file__), "../../config/models/tiny/tokenizer")


def make(folder, lcm=False, tokenizer=TINY_TOKENIZER, dtype=torch.float32):
    torch.manual_seed(0)
    UNet2DConditionModel(**LCM_UNET if lcm else UNET).to(dtype).save_pretrained(f"{folder}/unet")
    # AutoencoderTiny's defaults are TAESD's configuration.
    vae = AutoencoderTiny() if lcm else AutoencoderKL(**VAE)
    vae.to(dtype).save_pretrained(f"{folder}/vae")
    CLIPTextModel(CLIPTextConfig(**TEXT)).to(dtype).save_pretrained(f"{folder}/text_encoder")
    os.makedirs(f"{folder}/scheduler", exist_ok=True)
    with open(f"{folder}/scheduler/scheduler_config.json", "w") as file:
        json.dump(LCM_SCHEDULER if lcm else SCHEDULER, file, indent=1)
    index = dict(
        _class_name="LatentConsistencyModelPipeline" if lcm else "StableDiffusionPipeline",
        scheduler=["diffusers", "LCMScheduler" if lcm else "PNDMScheduler"],
        text_encoder=["transformers", "CLIPTextModel"], tokenizer=["transformers", "CLIPTokenizer"],
        unet=["diffusers", "UNet2DConditionModel"],
        vae=["diffusers", "AutoencoderTiny" if lcm else "AutoencoderKL"])
    with open(f"{folder}/model_index.json", "w") as file:
        json.dump(index, file, indent=1)
    shutil.copytree(tokenizer, f"{folder}/tokenizer", dirs_exist_ok=True)
    lengthen(f"{folder}/tokenizer/tokenizer_config.json")
    save_inputs(folder)


def lengthen(tokenizer):
    """Gives prompts the length of Stable Diffusion's: that of the small model's tokenizer is shorter."""
    with open(tokenizer) as file:
        values = json.load(file)
    values["model_max_length"] = TEXT["max_position_embeddings"]
    with open(tokenizer, "w") as file:
        json.dump(values, file, indent=1)


def make_from(configurations, folder, tokenizer, dtype):
    """Builds the networks of a published folder of Stable Diffusion 1.x or 2.x."""
    torch.manual_seed(0)

    def configuration(part):
        with open(f"{configurations}/{part}/config.json") as file:
            return json.load(file)

    UNet2DConditionModel.from_config(configuration("unet")).to(dtype).save_pretrained(f"{folder}/unet")
    AutoencoderKL.from_config(configuration("vae")).to(dtype).save_pretrained(f"{folder}/vae")
    text = CLIPTextModel(CLIPTextConfig(**configuration("text_encoder")))
    text.to(dtype).save_pretrained(f"{folder}/text_encoder")
    # The configurations remain as they were published; the library would write those of its own version.
    for part in ("unet", "vae", "text_encoder"):
        shutil.copyfile(f"{configurations}/{part}/config.json", f"{folder}/{part}/config.json")
    for part in ("scheduler", "tokenizer"):
        shutil.copytree(f"{configurations}/{part}", f"{folder}/{part}", dirs_exist_ok=True)
    shutil.copytree(tokenizer, f"{folder}/tokenizer", dirs_exist_ok=True)
    shutil.copyfile(f"{configurations}/model_index.json", f"{folder}/model_index.json")


def make_clip(folder, dtype):
    """CLIP ViT-L/14, whose text tower is the folder's text encoder."""
    text = CLIPTextModel.from_pretrained(f"{folder}/text_encoder")
    clip = CLIPModel(CLIPConfig(text_config=text.config.to_dict(), vision_config=VISION, projection_dim=768))
    tower = getattr(text, "text_model", text).state_dict()
    clip.text_model.load_state_dict(tower, strict=False)
    clip.to(dtype).save_pretrained(f"{folder}/clip")


def save_inputs(folder):
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

    with open(f"{folder}/unet/config.json") as file:
        lcm = json.load(file).get("time_cond_proj_dim") is not None
    if lcm:
        from peer import Torch, consistent_picture
        timed("lcm", consistent_picture(Torch(False), folder))
        return save_file(outputs, f"{folder}/outputs.safetensors")
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["make", "run"])
    parser.add_argument("folder")
    parser.add_argument("--lcm", action="store_true")
    parser.add_argument("--configurations")
    parser.add_argument("--tokenizer", default=TINY_TOKENIZER)
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--clip", action="store_true")
    arguments = parser.parse_args()
    if arguments.action == "run":
        return run(arguments.folder)
    if arguments.lcm and arguments.configurations:
        parser.error("--lcm has configurations of its own: leave --configurations out")
    dtype = torch.float16 if arguments.half else torch.float32
    if arguments.configurations:
        make_from(arguments.configurations, arguments.folder, arguments.tokenizer, dtype)
    else:
        make(arguments.folder, arguments.lcm, arguments.tokenizer, dtype)
    if arguments.clip:
        make_clip(arguments.folder, dtype)


if __name__ == "__main__":
    main()
