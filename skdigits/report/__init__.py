"""One self-contained HTML report of a fitted classifier."""

from skdigits.report._checksums import checksum
from skdigits.report._write import write_report

__all__ = ["checksum", "write_report"]
