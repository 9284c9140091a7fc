"""Makes every fixture that depends on the shipped model's weights, with PyTorch, diffusers and transformers.

    python Tests/Fixtures/reference/make.py [--model DIR] [--out DIR]

The script needs torch, diffusers 0.42, transformers 5.23 and safetensors, no network, and less than a minute on one
core. Run it when the weights or the vocabulary of config/models/tiny change; then also run
Tests/Fixtures/models/make_tokenizer.py, whose tokenizer-cases.json depends on the vocabulary. Without --out the script
replaces the files in Tests/Fixtures:

reference/render-K-SAMPLER.safetensors
    renders from emotions with seed, sampler and settings in the metadata: emotion_vector, emotion_token, latents_init,
    context, uncond_context, timesteps, eps.000 (the first call's guided output), latents.001 … (one per call; pndm has
    one more call), image
reference/render-text.safetensors
    plain text with a negative prompt: the same tensors without those of an emotion
reference/image-networks.safetensors
    encoder, classifier, CLIP and autoencoder on 16 images, which the file contains
reference/text-networks.safetensors
    text encoder and CLIP on the names of the model's attributes
reference/tokenizer.json
    500 texts and their ids including BOS and EOS, truncated to the model's length
training/stage2.safetensors, training/attributes.json
    ten steps of stage 2 (stage2.py) and the attributes that the indices refer to

Axes are N, C, H, W. The generator of the latents has the image's seed, that of the emotion vector this seed XOR
0x454D4F47. reference/randn.safetensors (torch.randn by seed and count) does not depend on a model and is kept.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from fixture_file import save

import stage2
from emogen import Model

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SIZE, STEPS, GUIDANCE = 64, 8, 5.0

# Sampler, seed, emotion and prompt.
EMOTION_RENDERS = [
    ("ddim", 0, "amusement", ""),
    ("pndm", 1, "awe", ""),
    ("euler", 2, "contentment", ""),
    ("dpmpp-2m", 3, "excitement", ""),
    ("dpmpp-2m-karras", 4, "anger", ""),
    ("unipc", 5, "fear", ""),
    ("ddim", 2147483655, "sadness", "house on a hill"),
    ("euler-ancestral", 6, "disgust", ""),
]
TEXT_RENDER = {"sampler": "ddim", "seed": 11, "text": "a picture of a ferris wheel", "negative": "a dark forest"}


def render(model, context, unconditional, sampler, seed):
    return model.render(
        context, unconditional, sampler=sampler, seed=seed, steps=STEPS, guidance=GUIDANCE, size=SIZE
    )


def settings(**specific):
    """A render's metadata, from which the test repeats the render."""
    common = {"steps": STEPS, "guidance": GUIDANCE, "size": f"{SIZE}x{SIZE}"}
    return {key: str(value) for key, value in (specific | common).items()}


def renders(model):
    """Each render's name, tensors and metadata."""
    unconditional = model.text.plain("")
    for number, (sampler, seed, emotion, prompt) in enumerate(EMOTION_RENDERS):
        vector = model.space.draw(emotion, seed)
        token = model.mapper(vector)
        tensors = render(model, model.text.emotional(token[None], prompt), unconditional, sampler, seed)
        tensors |= {"emotion_vector": vector, "emotion_token": token}
        yield f"{number}-{sampler}", tensors, settings(sampler=sampler, seed=seed, emotion=emotion, prompt=prompt)
    contexts = [model.text.plain(TEXT_RENDER[key]) for key in ("text", "negative")]
    yield "text", render(model, *contexts, TEXT_RENDER["sampler"], TEXT_RENDER["seed"]), settings(**TEXT_RENDER)


def image_networks(model, pixels):
    vectors = model.emotions.embed(pixels)
    mean, logvar = model.moments(pixels)
    return {
        "pixels": pixels,
        "emotion_vector": vectors,
        "emotion_logits": model.emotions.fc_2(vectors),
        "attribute_logits": model.attributes.fc_2(model.attributes.embed(pixels)),
        "clip_image_features": model.image_features(pixels),
        "vae_mean": mean,
        "vae_logvar": logvar,
        "vae_reconstruction": model.vae.decode(mean).sample,
    }


def text_networks(model):
    ids = model.attribute_ids()
    states = model.text.model(ids)
    return {
        "ids": ids,
        "last_hidden_state": states.last_hidden_state,
        "pooled": states.pooler_output,
        "text_features": model.text_features(ids),
    }


def tokens(model, texts):
    """One line per text."""
    rows = [
        {"text": text, "ids": model.tokenizer(text, truncation=True, max_length=model.text.length).input_ids}
        for text in texts
    ]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return f"[\n{lines}\n]\n"


def write(path, tensors, metadata=None):
    save({name: value.contiguous() for name, value in tensors.items()}, path, metadata)
    print(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=ROOT / "config/models/tiny", help="the model's folder")
    parser.add_argument("--out", type=Path, default=HERE.parent, help="gets the folders reference and training")
    arguments = parser.parse_args()
    # With one thread, the order of sums is fixed, so that all runs write the same files.
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    texts = [row["text"] for row in json.loads((HERE / "tokenizer.json").read_text())]
    pixels = load_file(HERE / "image-networks.safetensors")["pixels"]
    model = Model(arguments.model)
    reference, training = arguments.out / "reference", arguments.out / "training"
    for folder in (reference, training):
        folder.mkdir(parents=True, exist_ok=True)

    with torch.no_grad():
        for name, tensors, metadata in renders(model):
            write(reference / f"render-{name}.safetensors", tensors, metadata)
        pictures = image_networks(model, pixels)
        write(reference / "image-networks.safetensors", pictures, {"pixels": "[-1,1], N C H W"})
        write(reference / "text-networks.safetensors", text_networks(model))
    (reference / "tokenizer.json").write_text(tokens(model, texts))
    steps = stage2.draw_steps(model, pixels)
    write(training / "stage2.safetensors", stage2.train(model, stage2.new_mapper(model), steps))
    (training / "attributes.json").write_text(json.dumps(model.space.attributes) + "\n")


if __name__ == "__main__":
    main()
