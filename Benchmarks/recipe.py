"""Runs README's recipe for EmoGen's own files from end to end at full size with random weights.

    python Benchmarks/recipe.py FOLDER --release EMOGEN --configurations SD15 --tokenizer TOKENIZER
      [--emofarm PROGRAM] [--threads N]

It makes FOLDER/model from the configurations of a published Stable Diffusion 1.5 folder (fp16, with CLIP ViT-L/14),
imports EmoGen's released files, draws a small dataset in EmoSet's layout, trains an emotion encoder if the release has
none (its weights are a Git LFS pointer in most copies) and the mapper for three steps with the released code's loss,
renders a picture and evaluates it with the released classifier on CLIP's features. FOLDER must be new. The first command
that fails ends the script with its output. Each line shows a command's seconds and peak memory.

Because the weights are random, the pictures and the evaluation's figures mean nothing.
"""

import json
import os
import subprocess
import sys
import time

sys.path.insert(0, f"{os.path.dirname(os.path.abspath(__file__))}/peers")
from arguments import ROOT, parse

RELEASED = (
    "emo_space", "weights", "dataset_balance/attr_coefficient_emotion_scene.pkl",
    "dataset_balance/attr_coefficient_emotion_object.pkl")


class Recipe:
    def __init__(self, folder):
        self.folder = folder
        self.start = time.monotonic()

    def step(self, title, *command):
        """Runs a command and prints its seconds and peak memory; its output goes to a log."""
        log = f"{self.folder}/{title.replace(' ', '-')}.log"
        start = time.monotonic()
        with open(log, "wb") as file:
            process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        print(f"{title:18} {time.monotonic() - start:8.1f} s {usage.ru_maxrss / 1024 / 1024:7.2f} GiB", flush=True)
        if process.returncode != 0:
            with open(log, errors="replace") as file:
                print(file.read()[-4000:], file=sys.stderr)
            sys.exit(f"{title} ended with {process.returncode}: {' '.join(command)}")
        return log

    def need(self, condition, problem):
        if not condition:
            sys.exit(f"{problem}; see {self.folder}")


def keep_one_of_each_emotion(split):
    """Shortens a split, because encoding every picture would be most of the work before three steps of training."""
    with open(split) as file:
        records = json.load(file)
    chosen = {record[0]: record for record in records}
    with open(split, "w") as file:
        json.dump(list(chosen.values()), file)


def main():
    arguments = parse(__doc__, release=dict(required=True, help="EmoGen's repository or its released files"))
    folder = arguments.folder
    model, data, pictures = f"{folder}/model", f"{folder}/dataset", f"{folder}/pictures"
    recipe, farm, threads = Recipe(folder), arguments.emofarm, ("--threads", arguments.threads)

    recipe.step(
        "base model", sys.executable, f"{ROOT}/Benchmarks/peers/full_size.py", "make", model, "--half", "--clip",
        "--configurations", arguments.configurations, "--tokenizer", arguments.tokenizer)
    recipe.step(
        "models import", farm, "models", "import", *[f"{arguments.release}/{part}" for part in RELEASED], "--out",
        model)
    recipe.step("dataset synth", farm, "dataset", "synth", "--out", data, "--per-attribute", "1", "--size", "512")
    keep_one_of_each_emotion(f"{data}/train.json")
    recipe.step("dataset check", farm, "dataset", "check", data)
    if not os.path.isdir(f"{model}/emotion_encoder"):
        recipe.step(
            "train encoder", farm, "train", "encoder", "--out", f"{model}/emotion_encoder", "--run",
            f"{folder}/encoder-run", "--data", data, "--width", "64", "--layers", "3,4,6,3", "--embedding", "768",
            "--image-size", "224", "--size", "224", "--steps", "1", "--batch", "8", *threads)
    recipe.step(
        "train mapper", farm, "train", "mapper", "--model", model, "--preset", "official-code", "--hidden", "1024",
        "--data", data, "--size", "512", "--steps", "3", "--batch", "1", *threads)
    recipe.need(os.path.exists(f"{model}/mapper/config.json"), "the training wrote no mapper")
    recipe.step(
        "render", farm, "render", "--model", model, "--emotion", "awe", "--seed", "7", "--count", "1", "--steps", "2",
        "--size", "512x512", "--out", f"{pictures}/awe", *threads)
    names = [name for name in os.listdir(f"{pictures}/awe") if name.endswith(".png")]
    recipe.need(len(names) == 1, f"render wrote {len(names)} pictures instead of one")
    recipe.step("inspect", farm, "inspect", f"{pictures}/awe/{names[0]}")
    recipe.step(
        "evaluate", farm, "evaluate", "--folder", f"EmoGen={pictures}", "--classifiers", model, "--emotions", "awe",
        "--out", f"{folder}/evaluation.json", *threads)
    with open(f"{folder}/evaluation.json") as file:
        recipe.need(json.load(file), "the evaluation is empty")
    print(f"{'in all':18} {time.monotonic() - recipe.start:8.1f} s")


if __name__ == "__main__":
    main()
