"""Models whose numbers would crash, hang or fill the process that uses them."""

import numpy as np
import pytest
from sklearn.cluster import FeatureAgglomeration, KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits
from sklearn.decomposition import NMF
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.kernel_approximation import (
    AdditiveChi2Sampler,
    PolynomialCountSketch,
    RBFSampler,
)
from sklearn.linear_model import (
    Lasso,
    LogisticRegression,
    Perceptron,
    SGDClassifier,
    SGDOneClassSVM,
    SGDRegressor,
)
from sklearn.manifold import LocallyLinearEmbedding
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.pipeline import FeatureUnion
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
)
from sklearn.semi_supervised import LabelSpreading
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skdigits.persistence import load_model, save_model
from skdigits.persistence.skops._compiled._nodes import depths_of
from skdigits.preprocessing import DigitNormalizer

X, y = load_digits(return_X_y=True)
X, y = X[:100].astype(np.float32), y[:100] % 3
HUGE = 10**9
PREDICT = "model.predict(X)"
PROBABILITIES = "model.predict_proba(X)"
TRANSFORM = "model.transform(X)"


def normalizer(**attributes):
    return altered(DigitNormalizer().fit(X), **attributes)


def altered(model, **attributes):
    vars(model).update(attributes)
    return model


def with_nodes(model, change, **attributes):
    """Change the nodes of a tree of decisions, which only a state can do."""
    constructor, arguments, state = model.tree_.__reduce__()
    nodes = state["nodes"].copy()
    change(nodes)
    model.tree_ = constructor(*arguments)
    model.tree_.__setstate__({**state, "nodes": nodes, **attributes})
    return model


def same_children(nodes):
    """A ladder: there are 2**60 ways from the root to the last of its nodes."""
    inner = np.arange(60)
    nodes["left_child"], nodes["right_child"] = -1, -1
    nodes["left_child"][inner] = nodes["right_child"][inner] = inner + 1
    nodes["feature"][inner] = 0


def boosted(**attributes):
    model = HistGradientBoostingClassifier(max_iter=1, max_leaf_nodes=3).fit(X, y)
    return altered(model, **attributes)


def boosted_with_preprocessor():
    model = boosted(_preprocessor=FunctionTransformer(), n_features_in_=2**40)
    model._predictors[0][0].nodes["feature_idx"][0] = 2**40 - 1
    return model


def boosted_ladder():
    model = HistGradientBoostingClassifier(
        max_iter=1, max_leaf_nodes=61, min_samples_leaf=1
    ).fit(np.random.RandomState(0).rand(500, 3), np.arange(500) % 2)
    nodes = model._predictors[0][0].nodes
    inner = np.arange(60)
    nodes["is_leaf"] = 1
    nodes["is_leaf"][inner] = 0
    nodes["left"][inner] = nodes["right"][inner] = inner + 1
    nodes["feature_idx"] = 0
    return model


def neighbors(kind=KNeighborsClassifier, n_rows=100, **attributes):
    model = kind(algorithm="brute").fit(X, y)
    model._fit_X = model._fit_X[:n_rows]
    if n_rows < 100 and hasattr(model, "_y"):
        model._y = model._y[:n_rows]
        model.n_samples_fit_ = n_rows
    return altered(model, **attributes)


def spreading():
    model = LabelSpreading(kernel="knn").fit(X, y)
    model.nn_fit._fit_X = model.nn_fit._fit_X[:0]
    return model


def one_hot():
    model = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(X[:, :1])
    return altered(model, _n_features_outs=[HUGE])


def voting():
    model = VotingClassifier([("a", GaussianNB(var_smoothing=1))]).fit(X, y)
    model.estimators_[0].classes_ = model.estimators_[0].classes_ + HUGE
    return model


def words():
    model = CountVectorizer(analyzer=np.negative).fit(X[:, :3])
    return altered(model, vocabulary_={0.0: HUGE})


def bagging():
    return BaggingClassifier(LogisticRegression(max_iter=9, tol=1), 2).fit(X, y)


def regressors(**attributes):
    model = RandomForestRegressor(2, max_depth=1).fit(X, y)
    return altered(model, estimators_=[], **attributes)


def descent(kind=SGDClassifier, **attributes):
    """A linear model that goes on from coefficients that it does not have."""
    return altered(kind().fit(X, y > 0), **attributes)


def stack():
    model = StackingClassifier([("a", GaussianNB(var_smoothing=1))], cv=2).fit(X, y)
    return altered(
        model, estimators_=[PolynomialFeatures(9)], stack_method_=["fit_transform"]
    )


def columns():
    form = "{feature_name:>900000000}"
    return ColumnTransformer(
        [("a", MinMaxScaler(), [0, 1])], verbose_feature_names_out=form
    ).fit(X)


GO_ON = "model.partial_fit(X, np.array([0, 1, 0, 1, 0]))"
START_WARM = "model.fit(X.astype(np.float64), np.array([0.0, 1, 2, 1, 0]))"
# How to make each, and what to do with it if it is not refused. Without the checks most
# end in SIGABRT, SIGSEGV or SIGFPE, or do not end, or take gigabytes.
CASES = {
    "a box larger than its frame": (lambda: normalizer(box_size_=10**6), TRANSFORM),
    "a box of no size": (lambda: normalizer(box_size_=1e-320), TRANSFORM),
    "a box below zero": (lambda: normalizer(box_size_=-20), TRANSFORM),
    "a frame of megapixels": (
        lambda: normalizer(output_shape_=(3000, 3000)),
        TRANSFORM,
    ),
    "a frame below zero": (lambda: normalizer(output_shape_=(-28, -28)), TRANSFORM),
    "a tree without depth": (
        lambda: with_nodes(
            DecisionTreeClassifier().fit(X, y), lambda nodes: None, max_depth=0
        ),
        "model.decision_path(np.tile(X, (1000, 1)))",
    ),
    "a tree of huge depth": (
        lambda: with_nodes(
            DecisionTreeClassifier().fit(X, y), lambda nodes: None, max_depth=HUGE
        ),
        "model.decision_path(X)",
    ),
    "a ladder": (
        lambda: with_nodes(
            DecisionTreeRegressor().fit(X, np.arange(100)), same_children
        ),
        "from sklearn.inspection import partial_dependence as p\n"
        "p(model, X, [1], method='recursion')",
    ),
    "a boosted ladder": (
        boosted_ladder,
        "from sklearn.inspection import partial_dependence as p\n"
        "p(model, X[:, :3], [1], method='recursion')",
    ),
    "features behind a preprocessor": (
        boosted_with_preprocessor,
        "model.predict(X.astype(np.float64))",
    ),
    "boosted outputs": (lambda: boosted(n_trees_per_iteration_=HUGE), PREDICT),
    "outputs of a forest": (lambda: regressors(n_outputs_=25_000_000), PREDICT),
    "outputs of a dummy": (
        lambda: altered(DummyRegressor().fit(X, y), n_outputs_=25_000_000),
        PREDICT,
    ),
    "no rows": (lambda: neighbors(n_rows=0, n_samples_fit_=HUGE), PREDICT),
    "no rows to search": (
        lambda: neighbors(NearestNeighbors, n_rows=0),
        "model.kneighbors(X, 1)",
    ),
    "no rows to spread": (spreading, PREDICT),
    "many neighbors": (lambda: neighbors(n_neighbors=10**8), PREDICT),
    "many rows": (
        lambda: neighbors(NearestNeighbors, n_samples_fit_=HUGE),
        "model.kneighbors(X, 10**8)",
    ),
    "products": (
        lambda: altered(PolynomialFeatures(2).fit(X), _n_out_full=HUGE),
        TRANSFORM,
    ),
    "many products": (
        lambda: altered(PolynomialFeatures(1).fit(X), _max_degree=10**7),
        TRANSFORM,
    ),
    "categories": (one_hot, "model.transform(X[:, :1])"),
    "sketches": (
        lambda: altered(PolynomialCountSketch().fit(X), n_components=HUGE),
        TRANSFORM,
    ),
    "degrees of sketches": (
        lambda: altered(PolynomialCountSketch().fit(X), degree=HUGE),
        TRANSFORM,
    ),
    "names": (
        lambda: altered(RBFSampler().fit(X), _n_features_out=HUGE),
        "model.get_feature_names_out()",
    ),
    "samples": (
        lambda: altered(AdditiveChi2Sampler().fit(X), sample_steps=10**8),
        TRANSFORM,
    ),
    "words": (words, "model.transform(np.zeros((5, 3))) @ np.ones((1, 2))"),
    "embeddings": (
        lambda: altered(LocallyLinearEmbedding().fit(X), n_components=HUGE),
        TRANSFORM,
    ),
    "labels of features": (
        lambda: altered(
            FeatureAgglomeration().fit(X), labels_=np.full(64, 10**10), n_clusters_=2
        ),
        TRANSFORM,
    ),
    "labels of votes": (voting, PREDICT),
    "classes of bagging": (
        lambda: altered(bagging(), n_classes_=25_000_000),
        PROBABILITIES,
    ),
    "no coefficients": (lambda: descent(coef_=np.zeros((0, 64))), GO_ON),
    "averages of one coefficient": (
        lambda: descent(
            lambda: SGDClassifier(average=True),
            _average_coef=np.zeros((1, 1), np.float32),
        ),
        GO_ON,
    ),
    "coefficients of a regressor": (
        lambda: descent(
            lambda: SGDRegressor(average=True, eta0=1e-6, tol=None, max_iter=5),
            _average_coef=np.zeros(1, np.float32),
        ),
        GO_ON,
    ),
    "one coefficient": (
        lambda: descent(lambda: Lasso(warm_start=True), coef_=np.zeros(1)),
        START_WARM,
    ),
    "a method that does not predict": (stack, PREDICT),
    "weights of a union": (
        lambda: FeatureUnion(
            [("a", MinMaxScaler())],
            transformer_weights={"a": np.ones((500_000, 1, 1), np.int8)},
        ).fit(X),
        TRANSFORM,
    ),
    "a width of names": (columns, "model.get_feature_names_out()"),
    "steps of factors": (
        lambda: altered(NMF(2, tol=1).fit(X), max_iter=HUGE, tol=0),
        TRANSFORM,
    ),
    "no clusters": (
        lambda: altered(KMeans(2).fit(X), cluster_centers_=np.empty((0, 64), "f4")),
        PREDICT,
    ),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory, write_unchecked, use_each):
    folder = tmp_path_factory.mktemp("hostile")
    files = {
        name: (write_unchecked(make(), folder / f"{name}.skops"), how)
        for name, (make, how) in CASES.items()
    }
    told = use_each(dict(files.values()))
    return {name: told[str(path)] for name, (path, _) in files.items()}


@pytest.mark.parametrize("name", CASES)
def test_numbers_that_lead_out_of_arrays_or_fill_the_memory(name, outcomes):
    outcome, seconds, megabytes = outcomes[name]
    assert "cannot be loaded: model" in outcome
    assert len(outcome) < 2000
    assert seconds < 2
    assert megabytes < 200


SOUND = [
    PolynomialFeatures(2),
    PolynomialFeatures((2, 3)),
    PolynomialFeatures((0, 2), include_bias=False),
    PolynomialFeatures((2, 3), interaction_only=True),
    PolynomialFeatures((3, 3), interaction_only=True, include_bias=False),
    DecisionTreeClassifier(ccp_alpha=0.02),
    DecisionTreeClassifier(max_leaf_nodes=5),
    DecisionTreeClassifier(min_samples_leaf=99),
    OneHotEncoder(drop="if_binary", max_categories=3),
    IsolationForest(n_estimators=2),
    IsolationForest(n_estimators=2, max_features=0.3),
    VotingClassifier([("a", GaussianNB(var_smoothing=1)), ("b", "drop")]),
    StackingClassifier([("a", GaussianNB(var_smoothing=1)), ("b", "drop")], cv=2),
    FeatureUnion([("a", MinMaxScaler())], transformer_weights={"a": np.float32(2)}),
    ColumnTransformer(
        [("a", MinMaxScaler(), [0])],
        verbose_feature_names_out="{transformer_name}: {feature_name}",
    ),
    SGDClassifier(average=True),
    SGDClassifier(),
    SGDRegressor(average=3),
    Perceptron(),
    SGDOneClassSVM(average=True),
    Lasso(warm_start=True),
    NMF(2, tol=1),
    FeatureAgglomeration(2),
    AdditiveChi2Sampler(sample_steps=3),
    CountVectorizer(analyzer=np.negative),
    DummyRegressor(strategy="quantile", quantile=0.3),
]


@pytest.mark.parametrize("model", SOUND, ids=repr)
def test_sound_models_are_loaded(model, tmp_path):
    model.fit(X[:, 20:24], y)
    loaded = load_model(save_model(model, tmp_path / "model.skops"))
    method = "predict" if hasattr(model, "predict") else "transform"
    expected, found = (getattr(m, method)(X[:, 20:24]) for m in (model, loaded))
    if hasattr(expected, "toarray"):
        expected, found = expected.toarray(), found.toarray()
    np.testing.assert_array_equal(found, expected)


def test_several_outputs(tmp_path):
    both = np.stack([y, y > 0], axis=1)
    for model in (
        DecisionTreeClassifier(max_depth=2),
        KNeighborsClassifier(),
        DummyRegressor(),
    ):
        model.fit(X, both)
        loaded = load_model(save_model(model, tmp_path / f"{model}.skops"))
        np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


@pytest.mark.parametrize("random_state", range(3))
def test_depths_of_trees(random_state):
    tree = DecisionTreeRegressor(random_state=random_state).fit(X, X[:, 20])
    path = tree.decision_path(X).toarray()
    depths = depths_of(tree.tree_.children_left, tree.tree_.children_right)
    assert depths.max() == tree.get_depth()
    np.testing.assert_array_equal(depths[tree.apply(X)], path.sum(axis=1) - 1)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([1, -1], [1, -1]),  # one node twice
        ([0, -1, -1], [1, -1, -1]),  # a circle
        ([1, -1, -1, -1], [2, -1, -1, -1]),  # a node that nothing leads to
        ([1, -1, -1], [7, -1, -1]),
        ([2, -1, 1, -1], [3, -1, 2, -1]),
    ],
)
def test_what_is_no_tree(left, right):
    assert depths_of(np.array(left), np.array(right)) is None


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (
            KNeighborsClassifier(200).fit(X, y),
            "n_neighbors=200, but only 100 training images, so it cannot predict. Fit "
            "it with fewer neighbors",
        ),
        (
            PolynomialFeatures(5).fit(X),
            "more than 10,000,000 features of each image. Use a lower degree, or fewer "
            "features: PCAFeatures before it",
        ),
    ],
    ids=["neighbors", "polynomials"],
)
def test_sizes_that_a_user_may_choose_are_told_as_such(
    model, sentence, tmp_path, write_unchecked
):
    path = write_unchecked(model, tmp_path / "model.skops")
    with pytest.raises(ValueError, match=sentence) as error:
        load_model(path)
    assert "damaged" not in str(error.value)
