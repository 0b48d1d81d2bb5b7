"""The rooms that hold the checks of an object: modules beside this one.

They are found by what the object is, whatever the file calls it: by the module of each
of its class's bases. A module of scikit-learn that is not listed here, such as a new
one, leads to all rooms, so that no check is left out where scikit-learn moves a class.
"""

# For all objects: these need no private name.
GENERAL = "general"

# Modules of scikit-learn, without "sklearn.".
ROOMS = {
    "_loss": "losses",
    "cluster": "clusters",
    "decomposition": "factors",
    "dummy": "dummies",
    "ensemble._bagging": "bagging",
    "ensemble._forest": "forests",
    "ensemble._gb": "gradient_boosting",
    "ensemble._hist_gradient_boosting": "histogram_boosting",
    "ensemble._iforest": "bagging",
    "ensemble._stacking": "stacks",
    "ensemble._voting": "votes",
    "feature_extraction": "texts",
    "kernel_approximation": "expansions",
    "linear_model._coordinate_descent": "linear",
    "linear_model._stochastic_gradient": "linear",
    "manifold._locally_linear": "expansions",
    "neighbors": "neighbors",
    "preprocessing._encoders": "expansions",
    "preprocessing._polynomial": "expansions",
    "svm": "support_vectors",
    "tree": "trees",
}
# No compiled code follows indices that their objects hold themselves.
WITHOUT_ROOM = frozenset(
    [
        "base",
        "calibration",
        "callback",
        "compose",
        "covariance",
        "cross_decomposition",
        "discriminant_analysis",
        "ensemble._base",
        "ensemble._weight_boosting",
        "feature_selection",
        "frozen",
        "gaussian_process",
        "impute",
        "isotonic",
        "kernel_ridge",
        "linear_model",
        "manifold",
        "metrics",
        "mixture",
        "model_selection",
        "multiclass",
        "multioutput",
        "naive_bayes",
        "neural_network",
        "pipeline",
        "preprocessing",
        "random_projection",
        "semi_supervised",
        "utils",
    ]
)


def rooms_of(kind: type) -> list[str]:
    """Find the rooms of a class.

    Parameters
    ----------
    kind : type
        Of an object.

    Returns
    -------
    rooms : list of str
        Names of modules beside this one, without the underscore.
    """
    modules = [base.__module__ for base in kind.__mro__]
    rooms = {room for module in modules for room in _rooms_of_module(module)}
    return [GENERAL, *sorted(rooms)]


def _rooms_of_module(module: str) -> set[str]:
    top, *inner = module.split(".")
    if top != "sklearn":
        return set()
    # "ensemble._forest" or "tree": the first of the two that is listed.
    names = ".".join(inner[:2]), ".".join(inner[:1])
    if room := next((ROOMS[name] for name in names if name in ROOMS), None):
        return {room}
    return set() if WITHOUT_ROOM.intersection(names) else set(ROOMS.values())
