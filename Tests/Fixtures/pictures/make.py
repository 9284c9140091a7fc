"""Makes the fixtures of images from pictures and of small VAEs, with diffusers 0.42 in fp32 on one core.

    python Tests/Fixtures/pictures/make.py

from-picture.safetensors
    the shipped model's images from imaging/full.jpg by StableDiffusionImg2ImgPipeline, as SAMPLER/STRENGTH/NAME:
    `init` (the latents after noise was added, which the first call gets unscaled), `latents` (after the last call) and
    `image` (bytes, H, W, C). The metadata hold what they have in common.
tiny-vae.safetensors
    an AutoencoderTiny with random weights: `pixels`, `latents` (the encoder's), `given` (latents, some beyond +-3) and
    `decoded` (the decoder's result for them). The metadata hold config.json and the shapes of the weights. The weights
    are normal numbers of torch.Generator("cpu"), seeded with a tensor's position among the sorted names, divided by
    the square root of the inputs of an output; those of a bias are divided by 10.

Axes are N, C, H, W. Run the script when the weights of config/models/tiny change.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    PNDMScheduler,
    StableDiffusionImg2ImgPipeline,
    UNet2DConditionModel,
    UniPCMultistepScheduler,
)
from diffusers.utils import load_image
from safetensors.torch import save_file
from transformers import CLIPTextModel, CLIPTokenizer

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.set_grad_enabled(False)
HERE = Path(__file__).resolve().parent
MODEL = HERE.parents[2] / "config/models/tiny"
SAMPLERS = {
    "ddim": DDIMScheduler,
    "pndm": PNDMScheduler,
    "euler": EulerDiscreteScheduler,
    "euler-ancestral": EulerAncestralDiscreteScheduler,
    "dpmpp-2m": DPMSolverMultistepScheduler,
    "unipc": UniPCMultistepScheduler,
}
REQUEST = {"text": "a picture of a ferris wheel", "negative": "a dark forest", "steps": 10, "guidance": 5, "seed": 23}
SIDE = 32


def part(kind, name, **options):
    return kind.from_pretrained(MODEL / name, **options).float().eval()


def from_picture():
    pipeline = StableDiffusionImg2ImgPipeline(
        vae=part(AutoencoderKL, "vae"),
        text_encoder=part(CLIPTextModel, "text_encoder"),
        tokenizer=CLIPTokenizer.from_pretrained(MODEL / "tokenizer"),
        unet=part(UNet2DConditionModel, "unet"),
        scheduler=DDIMScheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    # The pipeline itself resizes only to multiples of the VAE's factor.
    picture = load_image(str(HERE.parent / "imaging/full.jpg"))
    picture = pipeline.image_processor.resize(picture, SIDE, SIDE)
    configuration = json.loads((MODEL / "scheduler/scheduler_config.json").read_text())
    tensors = {}
    for name, kind in SAMPLERS.items():
        for strength in 0.3, 0.75, 1.0:
            pipeline.scheduler = kind.from_config(configuration)
            states = {}
            add_noise = pipeline.scheduler.add_noise

            def remember(*arguments):
                states["init"] = add_noise(*arguments)
                return states["init"]

            def note(_, step, timestep, values):
                states["latents"] = values["latents"]
                return values

            pipeline.scheduler.add_noise = remember
            image = pipeline(
                REQUEST["text"], picture, strength, REQUEST["steps"], guidance_scale=REQUEST["guidance"],
                negative_prompt=REQUEST["negative"], generator=torch.Generator("cpu").manual_seed(REQUEST["seed"]),
                output_type="pil", callback_on_step_end=note,
            ).images[0]
            key = f"{name}/{strength}"
            tensors |= {f"{key}/{state}": value.contiguous() for state, value in states.items()}
            tensors[f"{key}/image"] = torch.from_numpy(np.asarray(image).copy())
    metadata = {name: str(value) for name, value in (REQUEST | {"side": SIDE}).items()}
    save_file(tensors, HERE / "from-picture.safetensors", metadata)


def tiny_vae():
    vae = AutoencoderTiny(
        encoder_block_out_channels=(16, 16, 16), decoder_block_out_channels=(16, 16, 16),
        num_encoder_blocks=(1, 2, 1), num_decoder_blocks=(2, 1, 1),
    ).eval()
    weights = dict(vae.named_parameters())
    for position, name in enumerate(sorted(weights)):
        weight = weights[name]
        fan = weight[0].numel() ** 0.5 if weight.dim() > 1 else 10
        numbers = torch.randn(weight.numel(), generator=torch.Generator("cpu").manual_seed(position))
        weight.copy_((numbers / fan).reshape(weight.shape))
    generator = torch.Generator("cpu").manual_seed(1)
    pixels = torch.rand((2, 3, 24, 32), generator=generator) * 2 - 1
    given = torch.randn((2, 4, 6, 8), generator=generator) * 2
    shapes = {name: list(weight.shape) for name, weight in weights.items()}
    save_file(
        {
            "pixels": pixels, "latents": vae.encode(pixels).latents, "given": given,
            "decoded": vae.decode(given).sample,
        },
        HERE / "tiny-vae.safetensors",
        {"config": json.dumps({"_class_name": "AutoencoderTiny"} | dict(vae.config)), "shapes": json.dumps(shapes)},
    )


from_picture()
tiny_vae()
