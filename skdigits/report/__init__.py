"""One self-contained HTML report of a fitted classifier."""

from skdigits.report._write import write_report

__all__ = ["write_report"]
