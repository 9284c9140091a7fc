"""Makes the fixtures of images from pictures and of small VAEs, with diffusers 0.42 in fp32 on one core.

    python Tests/Fixtures/pictures/make.py

from-picture.safetensors
    the shipped model's images from pictures by StableDiffusionImg2ImgPipeline, as
    SAMPLER/STRENGTH/STEPS/GUIDANCE/ETA/SOURCE/NAME: `latents` (after the last call) and `image` (bytes, H, W, C). The
    size is that of SIDES, and the source is one of two: `small`, source.png, which has this size, or `large`,
    imaging/full.jpg, which is resized. SAMPLER is `lcm-guided` for LatentConsistencyModelImg2ImgPipeline
    with the U-Net of `guided()`. The metadata hold what the images have in common, and `refused`: the cases in which no
    step remains and the pipeline fails.
source.png
    the small picture, from imaging/full.jpg
tiny-vae.safetensors
    an AutoencoderTiny with random weights: `pixels`, `latents` (the encoder's), `given` (latents, some beyond +-3) and
    `decoded` (the decoder's result for them). The metadata hold config.json and the shapes of the weights. The weights
    are normal numbers of torch.Generator("cpu"), seeded with a tensor's position among the sorted names, divided by
    the square root of the inputs of an output; those of a bias are divided by 10.

Axes are N, C, H, W. The script needs scipy, for lms. Run the script when the weights of config/models/tiny change.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderTiny,
    DDIMScheduler,
    LatentConsistencyModelImg2ImgPipeline,
    StableDiffusionImg2ImgPipeline,
    UNet2DConditionModel,
)
from diffusers.utils import load_image
from transformers import CLIPTextModel, CLIPTokenizer

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.set_grad_enabled(False)
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from fixture_file import save
from samplers import SAMPLERS

MODEL = HERE.parents[2] / "config/models/tiny"
REQUEST = {"text": "a picture of a ferris wheel", "negative": "a dark forest", "seed": 23}
SIDES = 24, 16
CONDITION = 32
# Strength, steps, guidance, source. TCD has its default, which the pipeline would replace by 0.
CASES = [
    (name, strength, steps, guidance, 0.3 if name == "tcd" else 0.0, source)
    for name in SAMPLERS
    for strength, steps, guidance, source in [
        (0.3, 10, 5.0, "small"), (0.75, 10, 5.0, "small"), (1.0, 10, 5.0, "small"),
        (1.0, 1, 0.5, "small"), (0.5, 2, 3.0, "small"), (0.6, 4, 1.0, "small"), (0.3, 2, 1.0, "small"),
    ]
] + [
    ("ddim", 0.75, 10, 5.0, 0.0, "large"), ("pndm", 0.3, 10, 5.0, 0.0, "large"), ("unipc", 1.0, 10, 5.0, 0.0, "large"),
    ("ddim", 0.6, 5, 4.0, 0.7, "small"), ("tcd", 0.5, 8, 1.0, 0.0, "small"), ("tcd", 0.5, 8, 1.0, 1.0, "small"),
    ("pndm", 0.1, 5, 3.0, 0.0, "small"), ("heun", 0.1, 5, 3.0, 0.0, "small"),
    ("lcm-guided", 0.3, 4, 8.5, 0.0, "small"), ("lcm-guided", 0.75, 1, 2.0, 0.0, "small"),
    ("lcm-guided", 1.0, 4, 1.0, 0.0, "small"), ("lcm-guided", 0.3, 16, 8.5, 0.0, "small"),
]


def part(kind, name, **options):
    return kind.from_pretrained(MODEL / name, **options).float().eval()


def guided(unet):
    """The same U-Net with the guidance scale as a further input, weighted by torch.Generator("cpu"), seeded with 0."""
    network = UNet2DConditionModel.from_config(unet.config, time_cond_proj_dim=CONDITION).eval()
    missing = network.load_state_dict(unet.state_dict(), strict=False).missing_keys
    assert missing == ["time_embedding.cond_proj.weight"]
    weight = network.time_embedding.cond_proj.weight
    weight.copy_(torch.randn(weight.shape, generator=torch.Generator("cpu").manual_seed(0)))
    return network


def from_picture():
    parts = dict(
        vae=part(AutoencoderKL, "vae"),
        text_encoder=part(CLIPTextModel, "text_encoder"),
        tokenizer=CLIPTokenizer.from_pretrained(MODEL / "tokenizer"),
        scheduler=DDIMScheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    unet = part(UNet2DConditionModel, "unet")
    plain = StableDiffusionImg2ImgPipeline(unet=unet, **parts)
    distilled = LatentConsistencyModelImg2ImgPipeline(unet=guided(unet), **parts)
    large = load_image(str(HERE.parent / "imaging/full.jpg"))
    # The pipeline itself resizes only to multiples of the VAE's factor.
    pictures = {"large": plain.image_processor.resize(large, SIDES[1], SIDES[0])}
    pictures["large"].save(HERE / "source.png")
    pictures["small"] = load_image(str(HERE / "source.png"))
    configuration = json.loads((MODEL / "scheduler/scheduler_config.json").read_text())
    tensors, refused = {}, []
    for name, strength, steps, guidance, eta, source in CASES:
        kind, extra = SAMPLERS[name.removesuffix("-guided")]
        pipeline = plain if name in SAMPLERS else distilled
        pipeline.set_progress_bar_config(disable=True)
        pipeline.scheduler = kind.from_config(configuration, **extra)
        key = f"{name}/{strength}/{steps}/{guidance}/{eta}/{source}"
        states = {}

        def note(_, step, timestep, values):
            states["latents"] = values["latents"]
            return values

        options = {"eta": eta, "negative_prompt": REQUEST["negative"]} if name in SAMPLERS else {}
        try:
            image = pipeline(
                REQUEST["text"], pictures[source], strength=strength, num_inference_steps=steps, guidance_scale=guidance,
                generator=torch.Generator("cpu").manual_seed(REQUEST["seed"]), output_type="pil",
                callback_on_step_end=note, **options,
            ).images[0]
        except Exception as error:
            print(key, type(error).__name__, str(error)[:90])
            refused.append(key)
            continue
        tensors[f"{key}/latents"] = states["latents"].contiguous()
        tensors[f"{key}/image"] = torch.from_numpy(np.asarray(image).copy())
    metadata = {name: str(value) for name, value in REQUEST.items()}
    metadata |= {"width": str(SIDES[0]), "height": str(SIDES[1]), "condition": str(CONDITION)}
    save(tensors, HERE / "from-picture.safetensors", metadata | {"refused": json.dumps(refused)})


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
    # Keys that describe the configuration are in no fixed order.
    config = {key: value for key, value in vae.config.items() if not key.startswith("_")}
    save(
        {
            "pixels": pixels, "latents": vae.encode(pixels).latents, "given": given,
            "decoded": vae.decode(given).sample,
        },
        HERE / "tiny-vae.safetensors",
        {"config": json.dumps({"_class_name": "AutoencoderTiny"} | config), "shapes": json.dumps(shapes)},
    )


from_picture()
tiny_vae()
