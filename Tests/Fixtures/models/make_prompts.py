"""Makes prompts.json and prompts.safetensors: python make_prompts.py, in this folder.

clip_skip is that of diffusers' StableDiffusionPipeline, for both prompts. Chunks and weights follow the published rules of
AUTOMATIC1111's stable-diffusion-webui (README, "Attention/emphasis"; the option comma_padding_backtrack).
"""

import json
import random
import re
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import save_file

torch.set_num_threads(1)
here = Path(__file__).parent
pipe = StableDiffusionPipeline.from_pretrained(
    here.parents[2] / "config/models/tiny", safety_checker=None, feature_extractor=None, torch_dtype=torch.float32
).to(torch.float32)
tokenizer, encoder = pipe.tokenizer, pipe.text_encoder.eval()
# diffusers expects the tower under this name, which transformers 5 no longer has.
object.__setattr__(encoder, "text_model", encoder)
begin, end, room = tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.model_max_length - 2
comma = tokenizer.convert_tokens_to_ids(",</w>")


def weighted(text):
    """[text, weight] pairs and None for a break, by a stack of open brackets."""
    parts, stack = [], []
    lexer = re.compile(r"\\[()\[\]\\]|\\|[(\[\])]|:\s*([+-]?[.0-9]+)\s*\)|[^\\()\[\]:]+|:")

    def close(kind, factor):
        place = max(index for index, bracket in enumerate(stack) if bracket[0] == kind)
        start = stack.pop(place)[1]
        for part in parts[start:]:
            part[1] *= factor

    for match in lexer.finditer(text):
        piece = match.group(0)
        kinds = [bracket[0] for bracket in stack]
        if piece[0] == "\\":
            parts.append([piece[1:], 1.0])
        elif piece in "([":
            stack.append((piece, len(parts)))
        elif match.group(1) and "(" in kinds:
            close("(", float(match.group(1)))
        elif piece == ")" and "(" in kinds:
            close("(", 1.1)
        elif piece == "]" and "[" in kinds:
            close("[", 1 / 1.1)
        else:
            for number, words in enumerate(re.split(r"\s*\bBREAK\b\s*", piece)):
                if number:
                    parts.append(["BREAK", -1.0])
                parts.append([words, 1.0])
    for kind, factor in (("(", 1.1), ("[", 1 / 1.1)):
        while any(bracket[0] == kind for bracket in stack):
            close(kind, factor)
    merged = []
    for words, weight in parts or [["", 1.0]]:
        if merged and merged[-1][1] == weight:
            merged[-1][0] += words
        else:
            merged.append([words, weight])
    return [None if part == ["BREAK", -1.0] else part for part in merged]


def encode(text):
    return tokenizer(text, add_special_tokens=False).input_ids


def chunks(parts, backtracks, first=room):
    """Lists of (token, weight); the first chunk may have less room."""
    done, current = [], []
    for part in parts:
        if part is None:
            done.append(current)
            current = []
            continue
        for token in encode(part[0]):
            space = room if done else first
            if len(current) == space:
                places = [index for index, (other, _) in enumerate(current) if other == comma]
                cut = places[-1] + 1 if backtracks and token != comma and places and space - places[-1] <= 20 else space
                done.append(current[:cut])
                current = current[cut:]
            current.append((token, part[1]))
    return done + [current] if current or not done else done


def context(rows):
    states = []
    for row in rows:
        ids = [begin] + [token for token, _ in row] + [end] * (room + 1 - len(row))
        scale = [1.0] + [weight for _, weight in row] + [1.0] * (room + 1 - len(row))
        hidden = encoder(torch.tensor([ids]))[0]
        if any(weight != 1 for weight in scale):
            mean = hidden.mean()
            hidden = hidden * torch.tensor(scale)[None, :, None]
            hidden = hidden * (mean / hidden.mean())
        states.append(hidden)
    return torch.cat(states, 1)


words = ["awe", "a photo of a dog", "amusement", "sea", "red house", "excitement", "sky", "anger,", "fear", "mountain"]
long = " ".join(words * 3)
commas = ", ".join(words * 2)
syntax = [
    "", "cat", "(cat)", "[cat]", "((cat))", "(cat:1.3)", "a (red (big:1.5) cat:0.5) dog", "[[a] b", "(a", "a)", "b]", r"\(a\) \[b\] \\ \c",
    "(a:1.2 b)", "a:1.2)", "(a: -0.5 )", "(a:+.5)", "a BREAK b", "aBREAK b", "a  BREAK\nBREAK b BREAK", "(a BREAK b)", "([a)]", "(a]b)", "x:y", "(:1.3)",
    "()", "(a:)", "(a:1.)", "(a) (b) c", "日本 (猫:1.2)", "(a)(b)", "\\", "a\\",
]
generator = random.Random(5)
alphabet = ["a", "b ", "(", ")", "[", "]", ":", "1.5", "0.3", "\\", " ", "BREAK", ",", "é"]
alternates = re.compile(r":\s*[+-]?[.0-9]+\s*\]")
while len(syntax) < 400:
    text = "".join(generator.choice(alphabet) for _ in range(generator.randint(3, 14)))
    # Such texts are refused: a schedule, and numbers with several points.
    if not alternates.search(text) and not re.search(r"\d+(\.\d+){2,}|\d\d", text) and "[" not in text[text.find(":") + 1 if ":" in text else len(text):]:
        syntax.append(text)

texts = {"long": long, "commas": commas, "weighted": f"(red house:1.4), {commas}, [sea] BREAK (sky)", "short": "(awe:1.5) [sea]"}
tensors, lists = {}, {}
for name, text in texts.items():
    for kind, parts in (("long", [[text, 1.0]]), ("a1111", weighted(text))):
        rows = chunks(parts, kind == "a1111")
        lists[f"{kind}.{name}"] = [[token for token, _ in row] for row in rows]
        with torch.no_grad():
            tensors[f"{kind}.{name}"] = context(rows)[..., ::16].contiguous()
    lists[f"emotion.{name}"] = [[token for token, _ in row] for row in chunks(weighted(text), True, room - 2)]
for skip in (None, 1, 2, 3):
    # The web UIs skip layers of the negative prompt too; diffusers skips those of the prompt alone.
    for name, text in ((f"skip.{(skip or 0) + 1}", "a photo of a dog"), (f"skip.{(skip or 0) + 1}.negative", "")):
        with torch.no_grad():
            tensors[name] = pipe.encode_prompt(text, "cpu", 1, False, clip_skip=skip)[0][..., ::16].contiguous()

save_file(tensors, here / "prompts.safetensors")
(here / "prompts.json").write_text(
    json.dumps(
        {
            "syntax": [{"text": text, "parts": [{"text": p[0], "weight": p[1]} if p else None for p in weighted(text)]} for text in syntax],
            "texts": texts,
            "chunks": lists,
        },
        separators=(",", ":"),
    )
    + "\n"
)
