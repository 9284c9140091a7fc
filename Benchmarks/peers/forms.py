"""Opens a full-size model in all its forms, and one LoRA in both of its forms, and compares the results with diffusers.

    python forms.py FOLDER --configurations PUBLISHED --tokenizer TOKENIZER
      [--emofarm PROGRAM] [--size WxH] [--threads N]

PUBLISHED is a Stable Diffusion 1.x or 2.x folder, of which model_index.json and each part's config.json are read.
FOLDER must be new; it takes 11 GB while the script runs, 7 GB afterwards. The script makes

    FOLDER/model              a folder in diffusers' layout, random weights in fp16
    FOLDER/model.safetensors  the same tensors under the names of the original training code, with a YAML beside it
    FOLDER/ckpt/model.ckpt    the same as a PyTorch file, with a step count and no YAML
    FOLDER/peft.safetensors   a LoRA of rank 16 for every linear layer and convolution, written by diffusers
    FOLDER/kohya.safetensors  the same factors under kohya's names, with an alpha for each module

and ends with exit code 1 unless

- `models convert` writes the same tensors from all forms: those of FOLDER/model,
- all forms render the same picture, at every step of the denoising, and so do both forms of the LoRA,
- context and latents of the folder, with and without the LoRA, are within ‖Δ‖/‖ref‖ ≤ 1e-4 of diffusers', and
  pictures within 2 of 255 levels.

It also prints the seconds that merging the LoRA adds to a render (the difference of two medians of five; on a busy
machine, processor time says more). It needs the packages of
requirements.txt, peft and Pillow, and 8 GiB of memory.
"""

import hashlib
import json
import mmap
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import diffusers
import numpy
import torch
import transformers
from diffusers import StableDiffusionPipeline
from peft import LoraConfig, get_peft_model_state_dict
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from transformers.integrations import peft as integration

from arguments import ROOT, parse
from full_size import make_from

# transformers 5.24 asks for a version of PEFT that is not published; 0.21 does what is needed here.
integration.MIN_PEFT_VERSION = "0.21.0"
diffusers.logging.set_verbosity_error()
for library in (diffusers, transformers):
    library.logging.disable_progress_bar()

PARTS = ("unet", "vae", "text_encoder")
PROMPT, NEGATIVE, SEED, STEPS, GUIDANCE = "a photo of an old castle by the sea", "blurry", 16, 2, 7.5
RANK, ALPHA, WEIGHT = 16, 8, 0.8
# With the initial weights of the libraries, neither words nor latents would move the picture.
LIVELIER = {"unet": {"attn2": 3, "conv_out.weight": 4}, "vae": {"decoder.conv_out.weight": 2}}


def make(configurations, tokenizer, folder):
    make_from(configurations, folder, tokenizer, torch.float16)
    for part, factors in LIVELIER.items():
        path = f"{folder}/{part}/diffusion_pytorch_model.safetensors"
        tensors = load_file(path)
        for name in tensors:
            for piece, factor in factors.items():
                if piece in name and name.endswith(".weight"):
                    tensors[name] *= factor
        os.remove(path)
        save_file(tensors, path, metadata={"format": "pt"})


def make_checkpoints(folder, out):
    """Writes the folder as one file, by the names of Tests/Fixtures/single-file, in both formats."""
    with open(f"{folder}/scheduler/scheduler_config.json") as file:
        noise = json.load(file).get("prediction_type", "epsilon") == "epsilon"
    for name in ("model.safetensors", "model.ckpt"):
        # 875000 is the step count of the published Stable Diffusion 2.x checkpoint that predicts noise.
        subprocess.run(
            [sys.executable, f"{ROOT}/Tests/Fixtures/single-file/ldm.py", folder, f"{out}/{name}",
             "--step", "875000" if noise else "110000"], check=True)
    parameters = {"parameterization": "eps" if noise else "v", "linear_start": 0.00085, "linear_end": 0.012}
    with open(f"{out}/model.yaml", "w") as file:
        json.dump({"model": {"params": parameters}}, file)
    # A YAML counts for every checkpoint of its name.
    os.mkdir(f"{out}/ckpt")
    os.rename(f"{out}/model.ckpt", f"{out}/ckpt/model.ckpt")


def digests(folder):
    """The type, shape and SHA-256 of each tensor of a folder, read from the files without a library."""
    found = {}
    for part in PARTS:
        for name in sorted(os.listdir(f"{folder}/{part}")):
            if not name.endswith(".safetensors"):
                continue
            with open(f"{folder}/{part}/{name}", "rb") as file:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                start = 8 + int.from_bytes(data[:8], "little")
                for tensor, entry in json.loads(data[8:start]).items():
                    if tensor == "__metadata__":
                        continue
                    first, end = entry["data_offsets"]
                    with memoryview(data) as view:
                        digest = hashlib.sha256(view[start + first:start + end]).hexdigest()
                    found[f"{part}/{tensor.removeprefix('text_model.')}"] = (entry["dtype"], entry["shape"], digest)
                data.close()
    return found


def summary(found):
    return hashlib.sha256(json.dumps(sorted(found.items())).encode()).hexdigest()


def distance(value, reference):
    return float((value.double() - reference.double()).norm() / reference.double().norm())


class Render:
    """A picture with the tensors behind it."""

    def __init__(self, folder, trace):
        with safe_open(trace, "pt") as file:
            self.tensors = {name: file.get_tensor(name) for name in file.keys()}
        self.pixels = numpy.asarray(Image.open(f"{folder}/000000.png").convert("RGB"))

    def __eq__(self, other):
        return (
            numpy.array_equal(self.pixels, other.pixels) and self.tensors.keys() == other.tensors.keys()
            and all(torch.equal(value, other.tensors[name]) for name, value in self.tensors.items()))

    @property
    def digest(self):
        return hashlib.sha256(self.pixels.tobytes()).hexdigest()

    @property
    def latents(self):
        """After each step: [step, 1, C, H, W]."""
        names = sorted(name for name in self.tensors if name.startswith("latents."))
        return torch.stack([self.tensors[name] for name in names])


class Check:
    def __init__(self, folder, program, size, threads):
        self.folder, self.program, self.threads = folder, program, threads
        self.size = ("--size", size) if size else ()
        self.failures = []

    def say(self, title, *figures, fails=False):
        print(f"{title:34}", *figures, "FAILED" if fails else "", flush=True)
        if fails:
            self.failures.append(title)

    def emofarm(self, *arguments):
        """Runs the program and returns its seconds and peak memory in GiB."""
        start = time.monotonic()
        with open(f"{self.folder}/emofarm.log", "w") as log:
            process = subprocess.Popen([self.program, *arguments], stdout=log, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            with open(f"{self.folder}/emofarm.log") as log:
                sys.exit(f"emofarm {' '.join(arguments)} ended with {process.returncode}:\n{log.read()}")
        return time.monotonic() - start, usage.ru_maxrss / 1024 / 1024

    def render(self, title, model, *options):
        out = f"{self.folder}/pictures"
        seconds, peak = self.emofarm(
            "render", "--model", model, "--text", PROMPT, "--negative", NEGATIVE, "--seed", str(SEED), "--steps",
            str(STEPS), "--guidance", str(GUIDANCE), "--threads", self.threads, "--out", out, "--trace",
            f"{out}/trace.safetensors", *self.size, *options)
        render = Render(out, f"{out}/trace.safetensors")
        shutil.rmtree(out)
        self.say(f"{title}: rendered", f"{seconds:7.1f} s {peak:6.2f} GiB  pixels {render.digest[:16]}")
        return render

    def forms(self, forms):
        """Returns the folder's render after comparing it with those of the other forms."""
        own = digests(forms["folder"])
        self.say("folder: tensors", f"{len(own)}, {summary(own)[:16]}")
        first = None
        for title, path in forms.items():
            out = f"{self.folder}/converted"
            seconds, peak = self.emofarm("models", "convert", path, "--out", out)
            converted = digests(out)
            shutil.rmtree(out)
            self.say(
                f"{title}: converted", f"{seconds:7.1f} s {peak:6.2f} GiB  tensors {summary(converted)[:16]}",
                fails=converted != own)
            render = self.render(title, path)
            first = first or render
            self.say(f"{title}: same picture", "yes" if render == first else "no", fails=render != first)
        return first

    def compare(self, title, render, reference):
        pairs = {"context": render.tensors["context"], "unconditional": render.tensors["uncond_context"],
                 "latents": render.latents}
        for name, value in pairs.items():
            other = reference[name]
            far = distance(value, other) if value.shape == other.shape else float("inf")
            self.say(
                f"{title}: {name}", f"‖Δ‖/‖ref‖ = {far:.2e}, spread of ref {float(other.std()):.2f}",
                fails=not far <= 1e-4)
        worst = int(numpy.abs(render.pixels - reference["picture"]).max())
        self.say(
            f"{title}: picture", f"within {worst} of 255 levels, spread {reference['picture'].std():.0f}",
            fails=worst > 2)
        self.say(f"{title}: diffusers", f"{reference['seconds']:7.1f} s {reference['peak']:6.2f} GiB")

    def merging(self, model, lora):
        """Measures what a LoRA adds to the seconds of a small render of one step."""
        options = ("render", "--model", model, "--text", PROMPT, "--steps", "1", "--guidance", "1", "--size", "64x64",
                   "--threads", self.threads, "--out", f"{self.folder}/pictures")
        runs = {(): [], ("--lora", lora): []}
        for _ in range(5):
            for added, costs in runs.items():
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                seconds, _ = self.emofarm(*options, *added)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                costs.append((seconds, busy))
        shutil.rmtree(f"{self.folder}/pictures")
        without, merged = ([statistics.median(column) for column in zip(*costs)] for costs in runs.values())
        self.say(
            "LoRA: merging", f"{merged[0] - without[0]:.2f} s, {merged[1] - without[1]:.2f} s of processor time "
            f"(a small render takes {without[0]:.2f} s and {without[1]:.2f} s)")


def pipeline(folder):
    pipe = StableDiffusionPipeline.from_pretrained(
        folder, dtype=torch.float32, safety_checker=None, feature_extractor=None)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@torch.no_grad()
def reference(folder, lora=None, size=None):
    """What diffusers renders, with a LoRA or without."""
    width, height = map(int, size.split("x")) if size else (None, None)
    pipe = pipeline(folder)
    if lora:
        pipe.load_lora_weights(lora, adapter_name="lora")
        pipe.set_adapters(["lora"], [WEIGHT])
    steps = []

    def keep(pipe, step, moment, tensors):
        steps.append(tensors["latents"].clone())
        return tensors

    start = time.monotonic()
    context, without = pipe.encode_prompt(PROMPT, "cpu", 1, True, NEGATIVE)
    picture = pipe(
        PROMPT, negative_prompt=NEGATIVE, num_inference_steps=STEPS, guidance_scale=GUIDANCE, output_type="np",
        width=width, height=height, generator=torch.Generator().manual_seed(SEED), callback_on_step_end=keep).images[0]
    return {
        "context": context, "unconditional": without, "latents": torch.stack(steps),
        "picture": (picture * 255).round(), "seconds": time.monotonic() - start,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024}


def adapter(network):
    """Adds random factors to every layer; each product has a third of the weight's spread."""
    layers = [
        name for name, module in network.named_modules() if isinstance(module, (torch.nn.Linear, torch.nn.Conv2d))]
    config = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=layers)
    network.add_adapter(config, "default")
    for layer in layers:
        module = network.get_submodule(layer)
        down, up = module.lora_A["default"].weight, module.lora_B["default"].weight
        spread = float(module.base_layer.weight.std()) / 3 / (ALPHA / RANK) / RANK**0.5
        down.data = torch.randn(down.shape) * spread**0.5
        up.data = torch.randn(up.shape) * spread**0.5
        down.data, up.data = down.data.half(), up.data.half()
    return get_peft_model_state_dict(network, adapter_name="default"), config.to_dict()


@torch.no_grad()
def make_lora(model, out):
    """Writes one LoRA with the names of PEFT and with those of kohya's trainers."""
    torch.manual_seed(1)
    pipe = pipeline(model)
    unet, unet_config = adapter(pipe.unet)
    text, text_config = adapter(pipe.text_encoder)
    for config in (unet_config, text_config):
        config["base_model_name_or_path"] = None
    StableDiffusionPipeline.save_lora_weights(
        out, unet_lora_layers=unet, text_encoder_lora_layers=text, weight_name="peft.safetensors",
        unet_lora_adapter_metadata=unet_config, text_encoder_lora_adapter_metadata=text_config)
    renamed = {}
    for name, value in load_file(f"{out}/peft.safetensors").items():
        layer, factor = name.removesuffix(".weight").rsplit(".", 1)
        part, layer = layer.split(".", 1)
        if part == "text_encoder" and not layer.startswith("text_model."):
            layer = f"text_model.{layer}"
        key = {"unet": "lora_unet_", "text_encoder": "lora_te_"}[part] + layer.replace(".", "_")
        renamed[f"{key}.{ {'lora_A': 'lora_down', 'lora_B': 'lora_up'}[factor] }.weight"] = value
        renamed[f"{key}.alpha"] = torch.tensor(float(ALPHA)).half()
    save_file(renamed, f"{out}/kohya.safetensors")


def apart(function, *arguments):
    """Calls a function in a process of its own, so that its memory is not counted as that of a later process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def main():
    arguments = parse(__doc__, size=dict(help="of the pictures; by default, the model's own"))
    folder = arguments.folder
    check = Check(folder, arguments.emofarm, arguments.size, arguments.threads)
    model = f"{folder}/model"
    apart(make, arguments.configurations, arguments.tokenizer, model)
    make_checkpoints(model, folder)
    plain = check.forms(
        {"folder": model, ".safetensors": f"{folder}/model.safetensors", ".ckpt": f"{folder}/ckpt/model.ckpt"})
    check.compare("folder", plain, apart(reference, model, None, arguments.size))

    apart(make_lora, model, folder)
    peft, kohya = f"{folder}/peft.safetensors", f"{folder}/kohya.safetensors"
    adapted = check.render("PEFT", model, "--lora", f"{peft}:{WEIGHT}")
    same = check.render("kohya", model, "--lora", f"{kohya}:{WEIGHT}") == adapted
    check.say("kohya: same picture", "yes" if same else "no", fails=not same)
    moved = distance(adapted.latents, plain.latents)
    check.say("LoRA: moves the latents", f"by {moved:.2f}", fails=moved < 0.01)
    check.merging(model, peft)
    check.compare("LoRA", adapted, apart(reference, model, peft, arguments.size))
    if check.failures:
        sys.exit(f"failed: {', '.join(check.failures)}; see {folder}")


if __name__ == "__main__":
    main()
