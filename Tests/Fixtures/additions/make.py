"""Makes LoRAs and textual inversions for the shipped model, and what diffusers renders with them.

    python Tests/Fixtures/additions/make.py [--model DIR] [--out DIR]

The script needs torch, diffusers 0.42, transformers, peft and safetensors, no network, and a few seconds.

kohya.safetensors     a LoRA as kohya's trainers write it, in fp16: attention, feed-forward, convolutions (LoCon), time
                      embedding, text encoder; ranks 2 and 3, alphas that differ
peft.safetensors      a LoRA as diffusers saves one by PEFT, in fp32, with alphas and ranks in the metadata
cat.bin, toy.pt       textual inversions: three vectors as diffusers saves them, one vector as the web UIs do
expected.safetensors  latents, and for each case of CASES the context of its prompt and the U-Net's output (N, C, H, W)
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from peft import LoraConfig, get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import CLIPTextModel, CLIPTokenizer
from transformers.integrations import peft as integration

# transformers 5.24 asks for a version of PEFT that is not published; 0.21 does what is needed here.
integration.MIN_PEFT_VERSION = "0.21.0"

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from fixture_file import save

PROMPT = "a photo of a castle"
# Weights of the kohya and the PEFT LoRA.
CASES = {"none": {}, "kohya": {"kohya": 0.8}, "peft": {"peft": 1.0}, "both": {"kohya": 0.7, "peft": -0.4}}
WORDS = {
    "cat": "a photo of a <cat> at night", "mixed": "toy and <cat>, toy castle", "capitals": "<CAT> beside a <cat>, a Toy",
}

UNET = [
    "conv_in", "conv_out", "time_embedding.linear_1", "down_blocks.0.resnets.0.conv1",
    "down_blocks.1.resnets.0.conv_shortcut", "down_blocks.0.resnets.0.time_emb_proj",
    "down_blocks.0.downsamplers.0.conv", "up_blocks.0.upsamplers.0.conv", "up_blocks.1.upsamplers.0.conv",
    "down_blocks.1.attentions.0.proj_in", "mid_block.attentions.0.transformer_blocks.0.attn1.to_q",
    "mid_block.attentions.0.transformer_blocks.0.attn2.to_k", "mid_block.resnets.1.conv2",
    "mid_block.attentions.0.transformer_blocks.0.attn2.to_v",
    "up_blocks.1.attentions.1.transformer_blocks.0.attn1.to_out.0",
    "down_blocks.0.attentions.0.transformer_blocks.0.ff.net.0.proj",
    "up_blocks.2.attentions.0.transformer_blocks.0.ff.net.2",
]
TEXT = ["encoder.layers.0.self_attn.q_proj", "encoder.layers.1.self_attn.out_proj", "encoder.layers.3.mlp.fc1"]


def pipeline(model):
    parts = dict(
        unet=UNet2DConditionModel.from_pretrained(model / "unet", torch_dtype=torch.float32),
        text_encoder=CLIPTextModel.from_pretrained(model / "text_encoder", dtype=torch.float32),
        tokenizer=CLIPTokenizer.from_pretrained(model / "tokenizer"),
        vae=AutoencoderKL.from_pretrained(model / "vae", torch_dtype=torch.float32), scheduler=DDIMScheduler(),
    )
    return StableDiffusionPipeline(
        **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
    )


def random(shape, scale):
    return torch.randn(shape) * scale


def kohya(pipe):
    """The tensors of the first LoRA."""
    tensors = {}
    sites = [("lora_unet_", pipe.unet, name) for name in UNET] + [
        ("lora_te_text_model_", pipe.text_encoder, name) for name in TEXT
    ]
    for number, (prefix, network, name) in enumerate(sites):
        weights = network.state_dict()
        weight = weights.get(name + ".weight", weights.get("text_model." + name + ".weight"))
        rank = 2 + number % 2
        key = prefix + name.replace(".", "_")
        down = [rank, *weight.shape[1:]]
        up = [weight.shape[0], rank, *(1 for _ in weight.shape[2:])]
        tensors[key + ".lora_down.weight"] = random(down, 0.3).half()
        tensors[key + ".lora_up.weight"] = random(up, 0.3).half()
        # diffusers gives attention the most frequent alpha, whatever its own is.
        alpha = 1.5 if "attn" in name or number % 2 else 4.0
        tensors[key + ".alpha"] = torch.tensor(alpha).half()
    return tensors


def adapter(network, targets, rank, alpha, **patterns):
    config = LoraConfig(r=rank, lora_alpha=alpha, target_modules=targets, **patterns)
    network.add_adapter(config, "default")
    for name, parameter in network.named_parameters():
        if "lora_B" in name:
            parameter.data = random(parameter.shape, 0.2)
        if "lora_A" in name:
            parameter.data = random(parameter.shape, 0.2)
    return get_peft_model_state_dict(network, adapter_name="default"), config.to_dict()


def peft(model, out):
    pipe = pipeline(model)
    unet, unet_config = adapter(
        pipe.unet, r"mid_block.*(to_q|to_v|to_out\.0|conv1)|.*up_blocks\.2\..*attn2\.to_k", 2, 3,
        rank_pattern={"to_v": 4}, alpha_pattern={"to_v": 5},
    )
    text, text_config = adapter(pipe.text_encoder, r".*layers\.2\..*(k_proj|fc2)", 2, 2)
    text_config["base_model_name_or_path"] = "tiny/text_encoder"
    StableDiffusionPipeline.save_lora_weights(
        out, unet_lora_layers=unet, text_encoder_lora_layers=text, weight_name="peft.safetensors",
        unet_lora_adapter_metadata=unet_config, text_encoder_lora_adapter_metadata=text_config,
    )


def context(pipe, prompt):
    with torch.no_grad():
        return pipe.encode_prompt(prompt, "cpu", 1, False)[0]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--model", type=Path, default=HERE.parents[2] / "config/models/tiny")
    options.add_argument("--out", type=Path, default=HERE)
    options = options.parse_args()
    torch.manual_seed(16)
    torch.set_num_threads(1)
    save_file(kohya(pipeline(options.model)), options.out / "kohya.safetensors")
    peft(options.model, options.out)
    latents = torch.randn(1, 4, 16, 16)
    expected = {"latents": latents}
    for case, weights in CASES.items():
        pipe = pipeline(options.model)
        for name in weights:
            pipe.load_lora_weights(options.out / f"{name}.safetensors", adapter_name=name)
        if weights:
            pipe.set_adapters(list(weights), list(weights.values()))
        expected[f"{case}.context"] = context(pipe, PROMPT)
        with torch.no_grad():
            expected[f"{case}.eps"] = pipe.unet(latents, 500, expected[f"{case}.context"]).sample
    pipe = pipeline(options.model)
    torch.save({"<cat>": random([3, 128], 0.3)}, options.out / "cat.bin")
    toy = {
        "string_to_token": {"*": 265}, "string_to_param": {"*": torch.nn.Parameter(random([1, 128], 0.3))},
        "name": "other", "step": 500, "sd_checkpoint": None, "sd_checkpoint_name": None,
    }
    torch.save(toy, options.out / "toy.pt")
    pipe.load_textual_inversion(str(options.out / "cat.bin"))
    pipe.load_textual_inversion({"toy": toy["string_to_param"]["*"].data})
    for case, prompt in WORDS.items():
        expected[f"{case}.context"] = context(pipe, prompt)
    metadata = {"prompt": PROMPT, "cases": json.dumps(CASES), "words": json.dumps(WORDS)}
    save({name: value.contiguous() for name, value in expected.items()}, options.out / "expected.safetensors", metadata)


if __name__ == "__main__":
    main()
