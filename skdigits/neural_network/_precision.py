"""The number format in which the layers compute while training."""

import os
from functools import cache
from pathlib import Path

BFLOAT16_INSTRUCTIONS = {"avx512_bf16", "amx_bf16"}

# Values of ONEDNN_MAX_CPU_ISA, by which a user keeps TensorFlow's kernels from newer
# instructions: https://oneapi-src.github.io/oneDNN/dev_guide_cpu_dispatcher_control.html
# Those below AVX-512 have no kernels of bfloat16, the others here compute it slowly.
BELOW_AVX512 = {"SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2"}
WITHOUT_BFLOAT16 = BELOW_AVX512 | {"AVX512_CORE", "AVX512_CORE_VNNI"}


def resolve_precision(precision: str) -> str:
    """Turn "auto" into what this machine is quickest with.

    Parameters
    ----------
    precision : {"auto", "float32", "bfloat16"}
        What the user asked for.

    Returns
    -------
    precision : {"float32", "bfloat16"}
        "bfloat16" for "auto" where the processor multiplies in that format, and
        ONEDNN_MAX_CPU_ISA leaves it the instructions.

    Raises
    ------
    ValueError
        If bfloat16 is asked for where it would end the process.
    """
    flags = _processor_flags()
    most = _most_instructions()
    if precision == "bfloat16" and most in BELOW_AVX512 and "avx512f" in flags:
        raise ValueError(
            'precision="bfloat16" cannot be used while the environment variable '
            f"ONEDNN_MAX_CPU_ISA is {most}: TensorFlow would abort. Unset the "
            'variable, or use precision="auto" or "float32".'
        )
    if precision != "auto":
        return precision
    if most in WITHOUT_BFLOAT16 or not BFLOAT16_INSTRUCTIONS & flags:
        return "float32"
    return "bfloat16"


def _most_instructions() -> str:
    # oneDNN looks at the second name where the first is not set, and ignores the case.
    names = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
    return next((os.environ[name] for name in names if name in os.environ), "").upper()


@cache
def _processor_flags() -> frozenset[str]:
    # Only Linux has the file. Elsewhere bfloat16 can be asked for by name.
    cpuinfo = Path("/proc/cpuinfo")
    return frozenset(cpuinfo.read_text().split() if cpuinfo.exists() else ())
