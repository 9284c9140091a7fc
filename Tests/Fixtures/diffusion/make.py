"""Makes samplers.safetensors: every sampler of diffusers with the configurations in this folder.

A case is named CONFIGURATION/SAMPLER/PREDICTION/STEPS. Its tensor has 1 + calls rows of 17 numbers: first the scale of
the initial noise and the scaled noise, then for each network call its timestep and the sample after it. The network is
0.3 x / (1 + |x|) + 0.0005 t, which rounds identically on all machines. The initial noise comes from
torch.Generator("cpu") seeded with the number of steps, and an ancestral sampler's noise from the same generator.
refused.json lists the cases where diffusers fails or yields NaN.
"""
import json
import pathlib
import warnings

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    PNDMScheduler,
    UniPCMultistepScheduler,
)
from safetensors.torch import save_file

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent
SAMPLERS = {
    "ddim": (DDIMScheduler, {}),
    "pndm": (PNDMScheduler, {}),
    "euler": (EulerDiscreteScheduler, {}),
    "euler-ancestral": (EulerAncestralDiscreteScheduler, {}),
    "dpmpp-2m": (DPMSolverMultistepScheduler, {}),
    "dpmpp-2m-karras": (DPMSolverMultistepScheduler, {"use_karras_sigmas": True}),
    "unipc": (UniPCMultistepScheduler, {}),
}
ALL = ["epsilon", "v_prediction"]
CASES = {
    "sd-1.5": (["epsilon"], [1, 2, 5, 8, 20, 50]),
    "sd-2.1": (["v_prediction"], [1, 2, 5, 8, 20]),
    "empty": (ALL + ["sample"], [1, 2, 5, 8, 20]),
    "trailing": (ALL, [1, 2, 5, 8, 20]),
    "zero-snr": (ALL, [1, 2, 5, 8, 20]),
    "cosine-karras": (ALL, [2, 8, 20]),
    "sigma-min": (ALL, [1, 2, 8, 20]),
    "third-order": (["epsilon"], [1, 2, 3, 8, 20], ["unipc"]),
    "first-order": (["epsilon"], [1, 8, 20]),
    "trained-betas": (ALL, [1, 4, 7, 12]),
}


def run(scheduler, ancestral, steps):
    scheduler.set_timesteps(steps)
    generator = torch.Generator("cpu").manual_seed(steps)
    x = torch.randn(1, 4, 2, 2, generator=generator) * scheduler.init_noise_sigma
    rows = [torch.cat([torch.as_tensor(scheduler.init_noise_sigma).float().reshape(1), x.flatten()])]
    for t in scheduler.timesteps:
        scaled = scheduler.scale_model_input(x, t)
        output = 0.3 * (scaled / (1 + scaled.abs())) + 0.0005 * float(t)
        extra = {"generator": generator} if ancestral else {}
        x = scheduler.step(output, t, x, **extra).prev_sample
        rows.append(torch.cat([t.float().reshape(1), x.flatten()]))
    return torch.stack(rows)


cases, refused = {}, []
for name, (predictions, counts, *only) in CASES.items():
    configuration = json.loads((HERE / "configurations" / f"{name}.json").read_text())
    for sampler in only[0] if only else SAMPLERS:
        kind, extra = SAMPLERS[sampler]
        for prediction in predictions:
            for steps in counts:
                case = f"{name}/{sampler}/{prediction}/{steps}"
                try:
                    scheduler = kind.from_config({**configuration, "prediction_type": prediction}, **extra)
                    rows = run(scheduler, kind is EulerAncestralDiscreteScheduler, steps)
                except Exception as error:
                    print(case, type(error).__name__, str(error)[:80])
                    refused.append(case)
                    continue
                if rows.isfinite().all():
                    cases[case] = rows
                else:
                    print(case, "not finite")
                    refused.append(case)
save_file(cases, HERE / "samplers.safetensors")
(HERE / "refused.json").write_text(json.dumps(refused, indent=1) + "\n")
print(len(cases), "cases,", len(refused), "refused")
