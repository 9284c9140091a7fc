"""Makes guided-unet/: a small U-Net that takes the guidance scale as an input, and its outputs for three scales.

The embedding's width is odd, so it ends with a zero. golden.safetensors holds x [2, 4, 8, 8], context [2, 5, 16], the
timestep 759 and for each SCALE the prediction "output.SCALE"; "output" is the one without a scale.
"""
import pathlib

import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent / "guided-unet"
torch.set_num_threads(1)
torch.manual_seed(0)
unet = UNet2DConditionModel(
    sample_size=8, block_out_channels=(8,), down_block_types=("CrossAttnDownBlock2D",),
    up_block_types=("CrossAttnUpBlock2D",), layers_per_block=1, cross_attention_dim=16, attention_head_dim=2,
    norm_num_groups=4, time_cond_proj_dim=33)
for name, parameter in unet.named_parameters():
    if "cond_proj" in name:
        parameter.data.mul_(10)
unet.save_pretrained(HERE)
x, context = torch.randn(2, 4, 8, 8), torch.randn(2, 5, 16)
golden = {"x": x, "context": context}
with torch.no_grad():
    golden["output"] = unet(x, 759, context).sample
    for scale in (0.0, 1.0, 8.5):
        weights = torch.tensor(scale - 1).repeat(2)
        embedding = StableDiffusionPipeline.get_guidance_scale_embedding(None, weights, embedding_dim=33)
        golden[f"output.{scale}"] = unet(x, 759, context, timestep_cond=embedding).sample
save_file({name: tensor.contiguous() for name, tensor in golden.items()}, HERE / "golden.safetensors")
