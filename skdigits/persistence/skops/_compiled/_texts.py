"""Checks of transformers that count words."""

from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer


def _words_are_sound(vectorizer: CountVectorizer | DictVectorizer) -> bool:
    """Tell whether each word has a column: sparse products follow these."""
    columns = getattr(vectorizer, "vocabulary_", {}).values()
    return sorted(columns) == list(range(len(columns)))


CHECKS = {(CountVectorizer, DictVectorizer): _words_are_sound}
