"""A page on which people decide what images show; for the command `skdigits review`."""

from skdigits.app.review._create import create_review_app
from skdigits.app.review._items import Item, Review
from skdigits.app.review._journal import Journal, Labels, open_journal

__all__ = ["Item", "Journal", "Labels", "Review", "create_review_app", "open_journal"]
