"""Runs the networks of an EmoGen model folder with PyTorch, diffusers and transformers, in fp32 on the CPU."""

import json
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    PNDMScheduler,
    UNet2DConditionModel,
    UniPCMultistepScheduler,
)
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F
from transformers import CLIPModel, CLIPTextModel, CLIPTokenizer

EMOTIONS = ["amusement", "awe", "contentment", "excitement", "anger", "disgust", "fear", "sadness"]
SEED_MASK = 0x454D4F47
"""XORed into an image's seed for its emotion vector."""

SAMPLERS = {
    "ddim": (DDIMScheduler, {}),
    "pndm": (PNDMScheduler, {}),
    "euler": (EulerDiscreteScheduler, {}),
    "euler-ancestral": (EulerAncestralDiscreteScheduler, {}),
    "dpmpp-2m": (DPMSolverMultistepScheduler, {}),
    "dpmpp-2m-karras": (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    "unipc": (UniPCMultistepScheduler, {}),
}


def read_json(path):
    return json.loads(Path(path).read_text())


def load_weights(module, folder):
    """Loads a module from model.safetensors; both must have exactly the same tensors."""
    weights = {name: value.float() for name, value in load_file(folder / "model.safetensors").items()}
    found = module.load_state_dict(weights, strict=False)
    missing = [name for name in found.missing_keys if not name.endswith("num_batches_tracked")]
    if missing or found.unexpected_keys:
        raise SystemExit(f"{folder}: lacks {missing}, has no place for {found.unexpected_keys}")
    return module.eval().requires_grad_(False)


class Bottleneck(nn.Module):
    """torchvision's residual block: 1×1, 3×3 (with the stride), 1×1 to four times the width."""

    def __init__(self, inputs, width, stride, projects):
        super().__init__()
        outputs = 4 * width
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample = None
        if projects:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        h = F.relu(self.bn2(self.conv2(h)))
        return F.relu(self.bn3(self.conv3(h)) + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """A ResNet of bottleneck blocks up to the average over all positions."""

    def __init__(self, width, layers):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width)
        self.stages = [f"layer{number + 1}" for number in range(len(layers))]
        self.outputs = width
        for number, (name, count) in enumerate(zip(self.stages, layers)):
            blocks = []
            for block in range(count):
                stride = 2 if number > 0 and block == 0 else 1
                blocks.append(Bottleneck(self.outputs, width << number, stride, projects=block == 0))
                self.outputs = 4 * (width << number)
            self.add_module(name, nn.Sequential(*blocks))

    def forward(self, pixels):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(pixels))), 3, 2, 1)
        for name in self.stages:
            x = self.get_submodule(name)(x)
        return x.mean((2, 3))


class ResNetClassifier(nn.Module):
    """The emotion encoder and the attribute classifier: an image's vector, and the vector's logits."""

    def __init__(self, folder):
        super().__init__()
        config = read_json(folder / "config.json")
        self.cnn = ResNet(config["width"], config["layers"])
        self.fc_1 = nn.Linear(self.cnn.outputs, config["embedding"])
        self.fc_2 = nn.Sequential(nn.ReLU(), nn.Dropout(0.5), nn.Linear(config["embedding"], len(config["classes"])))

    def embed(self, pixels):
        return self.fc_1(self.cnn(pixels))


class Mapper(nn.Module):
    """Maps emotion vectors to input embeddings of the text transformer; its parts are numbered by config.json."""

    ACTIVATIONS = {"relu": nn.ReLU, "silu": nn.SiLU, "gelu": nn.GELU}

    def __init__(self, folder):
        super().__init__()
        config = read_json(folder / "config.json")
        width, parts = config["input"], []
        for hidden in config["hidden"]:
            parts.append(nn.Linear(width, hidden))
            if config.get("layer_norm"):
                parts.append(nn.LayerNorm(hidden))
            parts.append(self.ACTIVATIONS[config.get("activation", "relu")]())
            if config.get("dropout"):
                parts.append(nn.Dropout(config["dropout"]))
            width = hidden
        self.mlp = nn.Sequential(*parts, nn.Linear(width, config["output"]))

    def forward(self, vectors):
        return self.mlp(vectors)


class EmotionSpace:
    """A Gaussian of emotion vectors for each emotion, with deviations or with a triangular factor of its covariance."""

    def __init__(self, folder):
        self.tensors = {name: value.float() for name, value in load_file(folder / "gaussians.safetensors").items()}
        confidence = read_json(folder / "confidence.json")
        self.attributes = list(confidence)
        """Names of the attributes in the spelling and order of the file."""
        self.confidence = torch.tensor([[confidence[name][emotion] for emotion in EMOTIONS] for name in confidence])
        """The confidence of each attribute for each emotion: [attributes, emotions]."""

    def draw(self, emotion, seed):
        """[1, D]."""
        mean = self.tensors[f"{emotion}.mean"]
        noise = torch.randn(len(mean), generator=torch.Generator("cpu").manual_seed(seed ^ SEED_MASK))
        factor = self.tensors.get(f"{emotion}.cholesky")
        spread = self.tensors[f"{emotion}.std"] * noise if factor is None else factor @ noise
        return (mean + spread)[None]


class TextEncoder:
    """A CLIP text transformer whose contexts may have emotion tokens after BOS."""

    def __init__(self, tokenizer, model):
        self.tokenizer, self.model = tokenizer, model
        self.length = model.config.max_position_embeddings
        self.tokens = None
        model.embeddings.token_embedding.register_forward_hook(self.replace)

    def replace(self, module, inputs, embeddings):
        if self.tokens is None:
            return embeddings
        count = self.tokens.shape[1]
        return torch.cat([embeddings[:, :1], self.tokens, embeddings[:, 1 + count :]], 1)

    def ids(self, text):
        """BOS, words, EOS and padding: [1, L]."""
        return self.tokenizer(
            text, padding="max_length", truncation=True, max_length=self.length, return_tensors="pt"
        ).input_ids

    def plain(self, text):
        """The context of a text: [1, L, width]."""
        return self.model(self.ids(text)).last_hidden_state

    def emotional(self, tokens, text=""):
        """The contexts of emotion tokens [N, T, width], the words of a text and EOS padding: [N, L, width]."""
        batch, count, _ = tokens.shape
        begin, end = self.tokenizer.bos_token_id, self.tokenizer.eos_token_id
        words = self.tokenizer(text, add_special_tokens=False).input_ids[: self.length - 2 - count]
        ids = [begin] + [end] * count + words
        ids += [end] * (self.length - len(ids))
        self.tokens = tokens
        try:
            return self.model(torch.tensor([ids] * batch)).last_hidden_state
        finally:
            self.tokens = None


class Model:
    """All networks of a model folder."""

    def __init__(self, folder):
        self.folder = folder = Path(folder)
        self.tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
        text = CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=torch.float32)
        self.text = TextEncoder(self.tokenizer, text.eval().requires_grad_(False))
        self.clip = CLIPModel.from_pretrained(folder / "clip", dtype=torch.float32).eval().requires_grad_(False)
        self.unet, self.vae = (
            kind.from_pretrained(folder / part, torch_dtype=torch.float32, low_cpu_mem_usage=False)
            .eval()
            .requires_grad_(False)
            for kind, part in ((UNet2DConditionModel, "unet"), (AutoencoderKL, "vae"))
        )
        self.scheduler = read_json(folder / "scheduler" / "scheduler_config.json")
        self.space = EmotionSpace(folder / "emotion_space")
        self.mapper = load_weights(Mapper(folder / "mapper"), folder / "mapper")
        self.emotions, self.attributes = (
            load_weights(ResNetClassifier(folder / part), folder / part)
            for part in ("emotion_encoder", "attribute_classifier")
        )

    def text_features(self, ids):
        """Projected states at the first EOS, before normalisation: [N, projection]."""
        return self.clip.text_projection(self.clip.text_model(ids).pooler_output)

    def image_features(self, pixels):
        """Before normalisation: [N, projection]."""
        return self.clip.visual_projection(self.clip.vision_model(pixels).pooler_output)

    def moments(self, pixels):
        """The network's mean and logarithm of the variance of the latents' posterior."""
        return self.vae.encode(pixels).latent_dist.parameters.chunk(2, 1)

    def attribute_ids(self):
        """The contexts of the attributes' names: [attributes, L]."""
        return torch.cat([self.text.ids(name.replace("_", " ")) for name in self.space.attributes])

    def render(self, context, unconditional, *, sampler, seed, steps, guidance, size):
        """The tensors of a render, from the first latents to the image."""
        kind, options = SAMPLERS[sampler]
        scheduler = kind.from_config(self.scheduler, **options)
        scheduler.set_timesteps(steps)
        generator = torch.Generator("cpu").manual_seed(seed)
        # An ancestral sampler continues with the generator of the initial latents.
        noise = {"generator": generator} if sampler == "euler-ancestral" else {}
        side = size // 2 ** (len(self.vae.config.block_out_channels) - 1)
        latents = torch.randn((1, self.vae.config.latent_channels, side, side), generator=generator)
        tensors = {
            "latents_init": latents,
            "context": context,
            "uncond_context": unconditional,
            "timesteps": scheduler.timesteps.float(),
        }
        contexts = torch.cat([unconditional, context])
        latents = latents * scheduler.init_noise_sigma
        for call, timestep in enumerate(scheduler.timesteps):
            both = scheduler.scale_model_input(torch.cat([latents, latents]), timestep)
            without, led = self.unet(both, timestep, contexts).sample.chunk(2)
            output = without + guidance * (led - without)
            if call == 0:
                tensors["eps.000"] = output
            latents = scheduler.step(output, timestep, latents, **noise).prev_sample
            tensors[f"latents.{call + 1:03d}"] = latents
        pixels = self.vae.decode(latents / self.vae.config.scaling_factor).sample
        tensors["image"] = (pixels / 2 + 0.5).clamp(0, 1)
        return tensors
