"""Makes samplers.safetensors: every sampler of diffusers with the configurations in this folder.

A case is named CONFIGURATION/SAMPLER/PREDICTION/STEPS, or CONFIGURATION/SAMPLER/PREDICTION/STEPS/ETA. Its tensor has 1 + calls rows of 17 numbers: first the scale of
the initial noise and the scaled noise, then for each network call its timestep and the sample after it. The network is
0.3 x / (1 + |x|) + 0.0005 t, which rounds identically on all machines. The initial noise comes from
torch.Generator("cpu") seeded with the number of steps, and a stochastic sampler's noise from the same generator.
refused.json lists the cases where diffusers fails or yields NaN.
"""
import inspect
import json
import pathlib
import sys
import warnings

import scipy  # without it, diffusers refuses lms and beta spacing
import torch
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from samplers import SAMPLERS

FIRST = ["ddim", "pndm", "euler", "euler-ancestral", "dpmpp-2m", "dpmpp-2m-karras", "unipc"]
LATER = [name for name in SAMPLERS if name not in FIRST]
ALL = ["epsilon", "v_prediction"]
# Predictions, numbers of steps, samplers.
CASES = [
    ("sd-1.5", ["epsilon"], [1, 2, 5, 8, 20, 50], FIRST),
    ("sd-2.1", ["v_prediction"], [1, 2, 5, 8, 20], FIRST),
    ("empty", ALL + ["sample"], [1, 2, 5, 8, 20], FIRST),
    ("trailing", ALL, [1, 2, 5, 8, 20], FIRST),
    ("zero-snr", ALL, [1, 2, 5, 8, 20], FIRST),
    ("cosine-karras", ALL, [2, 8, 20], FIRST),
    ("sigma-min", ALL, [1, 2, 8, 20], FIRST),
    ("third-order", ["epsilon"], [1, 2, 3, 8, 20], ["unipc", "deis"]),
    ("first-order", ["epsilon"], [1, 8, 20], FIRST),
    ("trained-betas", ALL, [1, 4, 7, 12], FIRST),
    ("sd-1.5", ["epsilon"], [1, 2, 4, 20], LATER),
    ("sd-2.1", ["v_prediction"], [1, 5, 16], LATER),
    ("empty", ALL + ["sample"], [1, 2, 4, 20], LATER),
    ("trailing", ALL, [1, 2, 4], LATER),
    ("zero-snr", ALL, [1, 4], LATER),
    ("cosine-karras", ALL, [2, 8], LATER),
    ("sigma-min", ALL, [1, 4, 16], LATER),
    ("first-order", ["epsilon"], [1, 8], LATER),
    ("trained-betas", ALL, [1, 4, 7], LATER),
    ("lcm-dreamshaper", ["epsilon"], [1, 2, 4, 8, 50], ["lcm", "tcd"]),
    ("lcm-clipped", ALL, [1, 3, 9], ["lcm", "tcd"]),
    ("sd-turbo", ["epsilon"], [1, 2, 4], ["euler", "euler-ancestral", "lcm", "dpmpp-sde", "heun"]),
    ("fixed-large", ALL, [1, 4], ["ddpm"]),
    ("fixed-small-log", ALL, [1, 4], ["ddpm"]),
    ("karras", ["epsilon"], [1, 4, 20], ["heun", "lms", "deis", "dpmpp-2m-sde", "dpmpp-sde", "unipc"]),
    ("exponential", ALL, [1, 6], ["euler", "heun", "lms", "deis", "dpmpp-2m", "dpmpp-2m-sde", "dpmpp-sde", "unipc"]),
    ("beta", ALL, [1, 6], ["euler", "heun", "lms", "deis", "dpmpp-2m", "dpmpp-2m-sde", "dpmpp-sde", "unipc"]),
    ("karras-sigma-min", ["epsilon"], [4, 20], ["euler", "deis", "dpmpp-2m", "dpmpp-2m-karras", "unipc"]),
    ("sd-2.1", ["v_prediction"], [2, 4, 20], LATER),
    ("counterfeit", ["epsilon"], [1, 2, 4, 20], LATER),
    ("dpm-solver", ["epsilon"], [1, 2, 4, 20], LATER),
    ("lcm-dreamshaper", ["epsilon"], [20], ["lcm", "tcd"]),
    ("sd-turbo", ["epsilon"], [1, 2, 4], ["ddim", "tcd", "dpmpp-2m-sde"]),
    ("third-order", ALL, [1, 2, 3, 4, 8, 20], ["dpmpp-2m", "dpmpp-2m-karras", "dpmpp-2m-sde"]),
    ("third-order-sigma-min", ALL, [1, 2, 3, 4, 8, 20], ["dpmpp-2m", "dpmpp-2m-sde"]),
    ("first-form", ALL + ["sample"], [1, 2, 3, 20], ["unipc"]),
    ("first-form-third", ALL, [1, 2, 3, 20], ["unipc"]),
    ("predict-noise", ALL, [1, 2, 3, 20], ["unipc"]),
    ("karras-kept-order", ALL, [1, 2, 3, 20], ["unipc"]),
    ("log-linear", ALL + ["sample"], [1, 2, 20], ["euler", "heun"]),
    ("log-linear-karras", ALL, [1, 2, 20], ["euler"]),
    ("continuous", ALL, [1, 2, 20], ["euler"]),
]
# Predictions, numbers of steps, values of eta, samplers.
ETAS = [
    ("sd-1.5", ["epsilon"], [1, 4, 20], [0.0, 0.5, 1.0], ["ddim", "tcd"]),
    ("lcm-dreamshaper", ["epsilon"], [2, 8], [0.0, 0.01, 1.0], ["tcd"]),
    ("trailing", ALL, [1, 4], [0.7], ["ddim", "tcd"]),
    ("zero-snr", ["v_prediction"], [1, 4], [1.0], ["ddim"]),
    ("cosine-karras", ["epsilon"], [2, 8], [0.3], ["ddim"]),
    ("empty", ["sample"], [5], [1.0], ["ddim", "tcd"]),
]


def run(scheduler, steps, **options):
    scheduler.set_timesteps(steps)
    generator = torch.Generator("cpu").manual_seed(steps)
    x = torch.randn(1, 4, 2, 2, generator=generator) * scheduler.init_noise_sigma
    rows = [torch.cat([torch.as_tensor(scheduler.init_noise_sigma).float().reshape(1), x.flatten()])]
    for t in scheduler.timesteps:
        scaled = scheduler.scale_model_input(x, t)
        output = 0.3 * (scaled / (1 + scaled.abs())) + 0.0005 * float(t)
        stochastic = "generator" in inspect.signature(scheduler.step).parameters
        extra = {"generator": generator} if stochastic else {}
        x = scheduler.step(output, t, x, **extra, **options).prev_sample
        rows.append(torch.cat([t.float().reshape(1), x.flatten()]))
    return torch.stack(rows)


cases, refused = {}, []


def add(name, sampler, prediction, steps, **options):
    configuration = json.loads((HERE / "configurations" / f"{name}.json").read_text())
    kind, extra = SAMPLERS[sampler]
    case = "/".join(map(str, (name, sampler, prediction, steps, *options.values())))
    try:
        scheduler = kind.from_config({**configuration, "prediction_type": prediction}, **extra)
        rows = run(scheduler, steps, **options)
    except Exception as error:
        print(case, type(error).__name__, str(error)[:80])
        refused.append(case)
        return
    if rows.isfinite().all():
        cases[case] = rows
    else:
        print(case, "not finite")
        refused.append(case)


for name, predictions, counts, samplers in CASES:
    for sampler in samplers:
        for prediction in predictions:
            for steps in counts:
                add(name, sampler, prediction, steps)
for name, predictions, counts, etas, samplers in ETAS:
    for sampler in samplers:
        for prediction in predictions:
            for steps in counts:
                for eta in etas:
                    add(name, sampler, prediction, steps, eta=eta)
save_file(cases, HERE / "samplers.safetensors")
(HERE / "refused.json").write_text(json.dumps(refused, indent=1) + "\n")
print(len(cases), "cases,", len(refused), "refused")
