"""The arguments of scripts that run EmoFarm at full size in a new folder."""

import argparse
import os

ROOT = os.path.abspath(f"{os.path.dirname(__file__)}/../..")


def parse(description, **further):
    """Parses the common arguments and `further` ones, each with its settings, and makes the folder."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="a new folder")
    parser.add_argument("--configurations", required=True, help="a Stable Diffusion folder; weights are not read")
    parser.add_argument("--tokenizer", required=True, help="CLIP's tokenizer: vocab.json and merges.txt")
    parser.add_argument("--emofarm", default=f"{ROOT}/.build/release/emofarm")
    parser.add_argument("--threads", default="0")
    for name, settings in further.items():
        parser.add_argument(f"--{name}", **settings)
    arguments = parser.parse_args()
    arguments.folder = os.path.abspath(arguments.folder)
    if os.path.exists(arguments.folder):
        parser.error(f"{arguments.folder} exists: name a new folder")
    os.makedirs(arguments.folder)
    return arguments
