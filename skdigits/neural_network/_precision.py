"""Which number format the layers compute in while training."""

from functools import cache
from pathlib import Path

BFLOAT16_INSTRUCTIONS = {"avx512_bf16", "amx_bf16"}


def resolve_precision(precision: str) -> str:
    """Turn "auto" into what this machine is quickest with.

    Parameters
    ----------
    precision : {"auto", "float32", "bfloat16"}
        What the user asked for.

    Returns
    -------
    precision : {"float32", "bfloat16"}
        "bfloat16" for "auto" where the processor multiplies in that format.
    """
    if precision != "auto":
        return precision
    return "bfloat16" if _has_bfloat16_instructions() else "float32"


@cache
def _has_bfloat16_instructions() -> bool:
    # Only Linux has the file. Elsewhere bfloat16 can be asked for by name.
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return False
    return bool(BFLOAT16_INSTRUCTIONS.intersection(cpuinfo.read_text().split()))
