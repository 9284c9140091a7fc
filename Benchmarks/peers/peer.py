"""Runs one workload in another framework, once for each line of standard input.

    python peer.py WORK FRAMEWORK[-bf16] --model FOLDER [--threads N]

WORK is unet, vae, text, image, lcm, small or stage2; FRAMEWORK is torch or openvino. It prints one JSON document per line:
ready after loading and a warm-up run, then the seconds of each run, then the peak memory. `full_size.py` makes the
folder, and the package in Benchmarks runs this program in turn with EmoFarm.
"""

import argparse
import json
import math
import resource
import sys
import time
from contextlib import nullcontext

START = time.perf_counter()

import torch
from safetensors.torch import load_file


def unet_of(folder):
    from diffusers import UNet2DConditionModel
    return UNet2DConditionModel.from_pretrained(f"{folder}/unet").eval()


def configuration(folder, part):
    with open(f"{folder}/{part}/config.json") as file:
        return json.load(file)


def vae_of(folder):
    import diffusers
    kind = getattr(diffusers, configuration(folder, "vae")["_class_name"])
    return kind.from_pretrained(f"{folder}/vae").eval()


def text_of(folder):
    from transformers import CLIPTextModel
    return CLIPTextModel.from_pretrained(f"{folder}/text_encoder").eval()


class Torch:
    """PyTorch with the networks in the chosen precision."""

    def __init__(self, half):
        self.dtype = torch.bfloat16 if half else torch.float32
        self.name = f"torch {torch.__version__}"

    def unet(self, folder):
        network = unet_of(folder).to(self.dtype)

        def run(latents, time, context, *scale):
            scale = scale[0].to(self.dtype) if scale else None
            return network(latents.to(self.dtype), time, context.to(self.dtype), timestep_cond=scale).sample.float()

        return run

    def decoder(self, folder):
        network = vae_of(folder).to(self.dtype)
        return lambda latents: network.decode(latents.to(self.dtype)).sample.float()

    def text(self, folder):
        network = text_of(folder).to(self.dtype)
        return lambda ids: network(input_ids=ids).last_hidden_state.float()


class OpenVINO:
    """OpenVINO with static shapes, compiled for latency on the chosen number of threads."""

    def __init__(self, half, threads):
        import openvino
        self.openvino = openvino
        self.core = openvino.Core()
        self.settings = {
            "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "bf16" if half else "f32"}
        self.name = f"openvino {openvino.__version__}"

    def compiled(self, module, *example):
        model = self.openvino.convert_model(module, example_input=example)
        for port, value in zip(model.inputs, example):
            port.get_node().set_partial_shape(self.openvino.PartialShape(list(value.shape)))
        model.validate_nodes_and_infer_types()
        network = self.core.compile_model(model, "CPU", self.settings)
        return lambda *inputs: torch.from_numpy(network([value.numpy() for value in inputs])[0])

    def unet(self, folder):
        class Module(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.network = unet_of(folder)

            def forward(self, latents, time, context, scale=None):
                return self.network(latents, time, context, timestep_cond=scale, return_dict=False)[0]

        kept = {}

        def run(latents, time, context, *scale):
            inputs = (latents, torch.as_tensor(time).reshape(1), context, *scale)
            if latents.shape not in kept:
                kept[latents.shape] = self.compiled(Module(), *inputs)
            return kept[latents.shape](*inputs)

        return run

    def decoder(self, folder):
        class Module(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.network = vae_of(folder)

            def forward(self, latents):
                return self.network.decode(latents, return_dict=False)[0]

        kept = {}

        def run(latents):
            if latents.shape not in kept:
                kept[latents.shape] = self.compiled(Module(), latents)
            return kept[latents.shape](latents)

        return run

    def text(self, folder):
        class Module(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.network = text_of(folder)

            def forward(self, ids):
                return self.network(input_ids=ids, return_dict=False)[0]

        kept = {}

        def run(ids):
            if ids.shape not in kept:
                kept[ids.shape] = self.compiled(Module(), ids)
            return kept[ids.shape](ids)

        return run


def pictures(framework, folder, size, steps, guidance, batch):
    """Renders `batch` plain-text images at once with DPM-Solver++."""
    from diffusers import DPMSolverMultistepScheduler
    from transformers import CLIPTokenizer
    with open(f"{folder}/scheduler/scheduler_config.json") as file:
        schedule = json.load(file)
    vae = configuration(folder, "vae")
    factor, shrink = vae["scaling_factor"], 2 ** (len(vae["block_out_channels"]) - 1)
    tokenizer = CLIPTokenizer.from_pretrained(f"{folder}/tokenizer")
    text, unet, decode = framework.text(folder), framework.unet(folder), framework.decoder(folder)
    length = tokenizer.model_max_length

    def ids(words):
        return tokenizer(words, padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids

    def run(steps=steps):
        scheduler = DPMSolverMultistepScheduler.from_config(schedule)
        scheduler.set_timesteps(steps)
        context = text(torch.cat([ids("")] * batch + [ids("a picture")] * batch))
        latents = torch.randn(batch, 4, size // shrink, size // shrink, generator=torch.Generator().manual_seed(1))
        latents = latents * scheduler.init_noise_sigma
        for moment in scheduler.timesteps:
            scaled = scheduler.scale_model_input(torch.cat([latents, latents]), moment)
            without, guided = unet(scaled, moment, context).chunk(2)
            latents = scheduler.step(without + guidance * (guided - without), moment, latents).prev_sample
        return decode(latents / factor)

    return run


def consistent_picture(framework, folder):
    """Renders a picture of 512 x 512 pixels as LatentConsistencyModelPipeline does: four steps at its default guidance
    scale of 8.5, which is an input of the U-Net."""
    from diffusers import LCMScheduler
    from transformers import CLIPTokenizer
    scheduler = LCMScheduler.from_pretrained(f"{folder}/scheduler")
    tokenizer = CLIPTokenizer.from_pretrained(f"{folder}/tokenizer")
    factor = configuration(folder, "vae")["scaling_factor"]
    width = configuration(folder, "unet")["time_cond_proj_dim"]
    # As the pipeline: the tokenizer decides, not the text encoder.
    length = tokenizer.model_max_length
    text, unet, decode = framework.text(folder), framework.unet(folder), framework.decoder(folder)
    # Sines and cosines of the scale above 1, times 1000.
    frequencies = torch.exp(torch.arange(width // 2) * -(math.log(10000) / (width // 2 - 1)))
    angles = torch.tensor([(8.5 - 1) * 1000.0])[:, None] * frequencies
    scale = torch.cat([angles.sin(), angles.cos()], 1)

    def run():
        generator = torch.Generator().manual_seed(0)
        ids = tokenizer(
            "a picture", padding="max_length", max_length=length, truncation=True, return_tensors="pt").input_ids
        context = text(ids)
        latents = torch.randn(1, 4, 64, 64, generator=generator)
        scheduler.set_timesteps(4)
        for moment in scheduler.timesteps:
            output = unet(latents, moment, context, scale)
            latents, clean = scheduler.step(output, moment, latents, generator=generator, return_dict=False)
        # The steps' noise has been removed from the last prediction.
        return (decode(clean / factor) / 2 + 0.5).clamp(0, 1)

    return run


def prepare(work, framework, folder, threads):
    """Returns a function that runs the workload once; it returns a result if EmoFarm's is compared with it."""
    if work == "stage2":
        import stage2
        return stage2.stepper(folder)
    if work == "image":
        return pictures(framework, folder, 512, 20, 7.5, 1)
    if work == "lcm":
        return consistent_picture(framework, folder)
    if work == "small":
        with open(f"{folder}/emogen.json") as file:
            own = json.load(file)
        return pictures(framework, folder, own["size"][0], own["steps"], own["guidance"], 16)
    inputs = load_file(f"{folder}/inputs.safetensors")
    if work == "unet":
        network = framework.unet(folder)
        return lambda: network(inputs["latents"], torch.tensor(500), inputs["context"])
    if work == "vae":
        network = framework.decoder(folder)
        return lambda: network(inputs["vae_latents"])
    network = framework.text(folder)
    return lambda: network(torch.full((1, 77), 320))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["unet", "vae", "text", "image", "lcm", "small", "stage2"])
    parser.add_argument("framework", choices=["torch", "torch-bf16", "openvino", "openvino-bf16"])
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    half = arguments.framework.endswith("-bf16")
    openvino = arguments.framework.startswith("openvino")
    framework = OpenVINO(half, arguments.threads) if openvino else Torch(half)

    def say(**values):
        print(json.dumps(values), flush=True)

    with nullcontext() if arguments.work == "stage2" else torch.inference_mode():
        run = prepare(arguments.work, framework, arguments.model, arguments.threads)
        loaded = time.perf_counter() - START
        # The warm-up of an image is an image of one step.
        run(1) if arguments.work == "image" else run()
        say(ready=True, engine=framework.name, load_seconds=loaded, first_seconds=time.perf_counter() - START)
        for _ in sys.stdin:
            start = time.perf_counter()
            run()
            say(seconds=time.perf_counter() - start)
    say(peak_gib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024)


if __name__ == "__main__":
    main()
