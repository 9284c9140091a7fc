"""Ten steps of stage 2 on a model folder: the paper's loss, temperature 1, pooling at the first EOS, AdamW."""

import torch
from diffusers import DDPMScheduler
from torch.nn import functional as F

from emogen import Mapper

SEED, STEPS, BATCH, RATE, DECAY = 20, 10, 4, 1e-3, 1e-2


def draw_steps(model, pixels):
    """The inputs of each step: vectors and latents of images, and random noise, timesteps and attributes.

    A sample's emotion is drawn with its attribute's confidences as probabilities, like that of a labelled image.
    """
    generator = torch.Generator("cpu").manual_seed(SEED)
    with torch.no_grad():
        vectors = model.emotions.embed(pixels)
        latents = model.moments(pixels)[0] * model.vae.config.scaling_factor
    confidence = model.space.confidence
    steps = []
    for _ in range(STEPS):
        pictures = torch.randint(len(pixels), (BATCH,), generator=generator)
        attributes = torch.randint(len(confidence), (BATCH,), generator=generator)
        emotions = torch.multinomial(confidence[attributes], 1, generator=generator)[:, 0]
        steps.append(
            {
                "emotion_vector": vectors[pictures],
                "latents": latents[pictures],
                "noise": torch.randn(latents[pictures].shape, generator=generator),
                "timestep": torch.randint(model.scheduler["num_train_timesteps"], (BATCH,), generator=generator),
                "attribute": attributes,
                "alpha": confidence[attributes, emotions],
            }
        )
    return steps


def new_mapper(model):
    """A mapper with the model's architecture and PyTorch's random initial weights."""
    torch.manual_seed(SEED)
    return Mapper(model.folder / "mapper").train()


def train(model, mapper, steps):
    """Trains the mapper in place. Returns inputs, losses per sample, the first gradients and the weights by name."""
    process = DDPMScheduler.from_config(model.scheduler)
    optimizer = torch.optim.AdamW(mapper.parameters(), lr=RATE, weight_decay=DECAY)
    with torch.no_grad():
        names = F.normalize(model.text_features(model.attribute_ids()), dim=-1)
    tensors = {f"mapper_init.{name}": value.detach().clone() for name, value in mapper.named_parameters()}
    for number, step in enumerate(steps):
        context = model.text.emotional(mapper(step["emotion_vector"])[:, None])
        noisy = process.add_noise(step["latents"], step["noise"], step["timestep"])
        prediction = model.unet(noisy, step["timestep"], context).sample
        denoising = ((prediction - step["noise"]) ** 2).mean((1, 2, 3))
        # The first EOS follows BOS and the emotion's token.
        features = F.normalize(model.clip.text_projection(context[:, 2]), dim=-1)
        attribute = F.cross_entropy(features @ names.T, step["attribute"], reduction="none")
        loss = ((1 - step["alpha"]) * denoising + step["alpha"] * attribute).mean()
        optimizer.zero_grad()
        loss.backward()
        made = {"loss": loss[None], "loss_ldm": denoising, "loss_attr": attribute}
        tensors |= {f"step{number:02d}.{name}": value.detach() for name, value in (step | made).items()}
        if number == 0:
            tensors |= {f"step00.grad.{name}": value.grad.clone() for name, value in mapper.named_parameters()}
        optimizer.step()
    tensors |= {f"mapper_final.{name}": value.detach().clone() for name, value in mapper.named_parameters()}
    return tensors
