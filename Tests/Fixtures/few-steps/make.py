"""Makes few-steps.safetensors: the shipped model with a LoRA of the kind that makes few steps enough, rendered by
diffusers 0.42 in fp32 on one core.

    python Tests/Fixtures/few-steps/make.py

The LoRA has the modules of LCM-LoRA and Hyper-SD's LoRAs, and their names: every linear layer and convolution of the
U-Net of the KINDS below, as lora_unet_MODULE.lora_down.weight, .lora_up.weight and .alpha. The metadata hold the names
and shapes of all tensors under `lora`; a tensor's numbers are those of torch.Generator("cpu"), seeded with its position
among the sorted names, times SCALE, and each alpha is ALPHA.

`given` and `context` are latents and a context, and `output` what the merged U-Net returns for them at timestep 759.
Each case of CASES is SAMPLER/SPACING/STEPS/GUIDANCE/ETA/NAME with `latents` (after the last call) and `image` (bytes, H,
W, C); SPACING is `own` for what the shipped scheduler says. Axes are N, C, H, W.
"""

import json
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    StableDiffusionPipeline,
    TCDScheduler,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from transformers import CLIPTextModel, CLIPTokenizer
from transformers.integrations import peft as integration

# transformers 5.24 asks for a version of PEFT that is not published; 0.21 does what is needed here.
integration.MIN_PEFT_VERSION = "0.21.0"
warnings.filterwarnings("ignore")
torch.set_num_threads(1)
torch.set_grad_enabled(False)
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from fixture_file import save

MODEL = HERE.parents[2] / "config/models/tiny"
KINDS = (
    "to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2", "conv1", "conv2",
    "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv", "time_emb_proj", "time_embedding.linear_1",
    "time_embedding.linear_2", "conv_in", "conv_out",
)
RANK, ALPHA, SCALE = 2, 1.5, 0.1
REQUEST = {"text": "a picture of a ferris wheel", "negative": "a dark forest", "seed": 31}
SIDES = 24, 16
SAMPLERS = {
    "lcm": LCMScheduler, "ddim": DDIMScheduler, "tcd": TCDScheduler, "euler": EulerDiscreteScheduler,
    "euler-ancestral": EulerAncestralDiscreteScheduler,
}
CASES = (
    # LCM-LoRA: guidance up to 2.
    [("lcm", "own", steps, guidance, 0.0) for steps, guidance in [(4, 1.0), (4, 1.5), (1, 0.0), (8, 2.0)]]
    # Hyper-SD, each LoRA with its number of steps.
    + [("ddim", "trailing", steps, 0.0, 0.0) for steps in (1, 2, 4, 8)]
    # Hyper-SD's LoRA for all numbers of steps, and TCD-LoRA.
    + [("tcd", "own", steps, 0.0, 1.0) for steps in (1, 2, 4)]
    + [("tcd", "own", 4, 0.0, 0.3), ("tcd", "own", 4, 1.5, 0.0), ("ddim", "trailing", 4, 0.0, 0.5)]
    # Turbo models, which start from the last timestep.
    + [("euler", "trailing", 1, 0.0, 0.0), ("euler", "trailing", 4, 0.0, 0.0)]
    + [("euler-ancestral", "trailing", 2, 1.0, 0.0), ("euler-ancestral", "linspace", 2, 1.0, 0.0)]
)


def part(kind, name, **options):
    return kind.from_pretrained(MODEL / name, **options).float().eval()


def lora(unet):
    """The LoRA's tensors."""
    shapes = {}
    for name, module in unet.named_modules():
        if name not in KINDS and not name.endswith(tuple("." + kind for kind in KINDS)):
            continue
        outputs, *inputs = module.weight.shape
        key = "lora_unet_" + name.replace(".", "_")
        shapes[key + ".lora_down.weight"] = [RANK, *inputs]
        shapes[key + ".lora_up.weight"] = [outputs, RANK, *(1 for _ in inputs[1:])]
        shapes[key + ".alpha"] = []
    tensors = {}
    for position, (name, shape) in enumerate(sorted(shapes.items())):
        numbers = torch.randn(shape, generator=torch.Generator("cpu").manual_seed(position)) * SCALE
        tensors[name] = numbers if shape else torch.tensor(ALPHA)
    return tensors, shapes


def main():
    pipeline = StableDiffusionPipeline(
        vae=part(AutoencoderKL, "vae"), text_encoder=part(CLIPTextModel, "text_encoder"),
        tokenizer=CLIPTokenizer.from_pretrained(MODEL / "tokenizer"), unet=part(UNet2DConditionModel, "unet"),
        scheduler=DDIMScheduler(), safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    weights, shapes = lora(pipeline.unet)
    generator = torch.Generator("cpu").manual_seed(1)
    given = torch.randn((1, 4, 8, 8), generator=generator)
    context = torch.randn((1, 8, 128), generator=generator)
    plain = pipeline.unet(given, 759, context).sample
    with tempfile.TemporaryDirectory() as folder:
        save_file(weights, Path(folder) / "lora.safetensors")
        pipeline.load_lora_weights(folder, weight_name="lora.safetensors")
    pipeline.fuse_lora()
    pipeline.unload_lora_weights()
    output = pipeline.unet(given, 759, context).sample
    print(len(shapes) // 3, "modules; the output changes by", float((output - plain).norm() / plain.norm()))
    tensors = {"given": given, "context": context, "output": output}
    configuration = json.loads((MODEL / "scheduler/scheduler_config.json").read_text())
    for sampler, spacing, steps, guidance, eta in CASES:
        extra = {} if spacing == "own" else {"timestep_spacing": spacing}
        pipeline.scheduler = SAMPLERS[sampler].from_config(configuration, **extra)
        states = {}

        def note(_, step, timestep, values):
            states["latents"] = values["latents"]
            return values

        image = pipeline(
            REQUEST["text"], num_inference_steps=steps, guidance_scale=guidance, eta=eta, width=SIDES[0],
            height=SIDES[1], negative_prompt=REQUEST["negative"], output_type="pil", callback_on_step_end=note,
            generator=torch.Generator("cpu").manual_seed(REQUEST["seed"]),
        ).images[0]
        key = f"{sampler}/{spacing}/{steps}/{guidance}/{eta}"
        print(key, pipeline.scheduler.timesteps.tolist())
        tensors[f"{key}/latents"] = states["latents"].contiguous()
        tensors[f"{key}/image"] = torch.from_numpy(np.asarray(image).copy())
    metadata = {name: str(value) for name, value in REQUEST.items()}
    metadata |= {"width": str(SIDES[0]), "height": str(SIDES[1]), "alpha": str(ALPHA), "scale": str(SCALE)}
    save(tensors, HERE / "few-steps.safetensors", metadata | {"lora": json.dumps(shapes)})


if __name__ == "__main__":
    main()
