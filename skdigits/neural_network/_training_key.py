"""The key under which a traced training is kept."""

from dataclasses import dataclass

from skdigits.neural_network._built_network import AnyNetwork


@dataclass(frozen=True)
class TrainingKey:
    """All that a traced training depends on.

    Parameters
    ----------
    network : Network or BuiltNetwork
        The layers.

    image_dtype : {"uint8", "float32"}
        Type of the pixels.

    precision : {"float32", "bfloat16"}
        Type that layers compute in; weights are float32.

    optimizer : {"adam", "rmsprop", "sgd"}
        The update rule.

    weight_decay : float
        Decoupled decay of the kernels.

    label_smoothing : float
        Share of the probability that is spread over all classes.
    """

    network: AnyNetwork
    image_dtype: str
    precision: str
    optimizer: str
    weight_decay: float
    label_smoothing: float
