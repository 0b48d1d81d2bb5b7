"""The number format of a training, by the processor and by what its user allows."""

import pytest

from skdigits.datasets import load_digits
from skdigits.neural_network import KerasMLPClassifier, _precision
from skdigits.neural_network._precision import resolve_precision

WITH_BFLOAT16 = frozenset({"avx2", "avx512f", "avx512_bf16"})
WITHOUT_BFLOAT16 = frozenset({"avx2", "avx512f"})
WITHOUT_AVX512 = frozenset({"avx2"})


@pytest.fixture
def machine(monkeypatch):
    """Pretend to be on another machine."""

    def pretend(flags, most=None):
        monkeypatch.setattr(_precision, "_processor_flags", lambda: flags)
        for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
            monkeypatch.delenv(name, raising=False)
        if most is not None:
            monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", most)

    return pretend


@pytest.mark.parametrize("flags", [WITHOUT_BFLOAT16, WITHOUT_AVX512, frozenset()])
def test_auto_is_float32_without_the_instructions(machine, flags):
    machine(flags)
    assert resolve_precision("auto") == "float32"
    assert resolve_precision("bfloat16") == "bfloat16"


@pytest.mark.parametrize("most", [None, "ALL", "DEFAULT", "avx512_core_amx"])
def test_auto_is_bfloat16_with_them(machine, most):
    machine(WITH_BFLOAT16, most)
    assert resolve_precision("auto") == "bfloat16"
    assert resolve_precision("float32") == "float32"


@pytest.mark.parametrize("most", ["SSE41", "AVX2", "avx2", "AVX512_CORE"])
def test_auto_is_float32_where_the_user_keeps_them_back(machine, most):
    machine(WITH_BFLOAT16, most)
    assert resolve_precision("auto") == "float32"


def test_the_older_name_of_the_variable_counts_after_the_newer(machine, monkeypatch):
    machine(WITH_BFLOAT16)
    monkeypatch.setenv("DNNL_MAX_CPU_ISA", "AVX2")
    assert resolve_precision("auto") == "float32"
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "ALL")
    assert resolve_precision("auto") == "bfloat16"


def test_what_would_end_the_process_is_refused(machine):
    machine(WITH_BFLOAT16, "AVX2")
    X, y = load_digits(return_X_y=True)
    mlp = KerasMLPClassifier(precision="bfloat16")
    with pytest.raises(ValueError, match="ONEDNN_MAX_CPU_ISA is AVX2"):
        mlp.fit(X, y)
    # Computed slowly, or by TensorFlow's other kernels.
    machine(WITH_BFLOAT16, "AVX512_CORE")
    assert resolve_precision("bfloat16") == "bfloat16"
    machine(WITHOUT_AVX512, "AVX2")
    assert resolve_precision("bfloat16") == "bfloat16"
