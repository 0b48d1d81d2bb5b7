"""Benchmarks: what skdigits claims to be quick at, beside named peers.

Run one from the root of the project, with ``skdigits[bench]`` installed::

    python -m benchmarks                     # all, about five hours
    python -m benchmarks --quick --only cnn datasets.mnist_memory
    python -m benchmarks.bench_cnn --quick
    python -m benchmarks.bench_cnn --only one_image

A full run writes its figures into ``benchmarks/results``; a quick one only prints.
MNIST is read from the folder ``mnist`` in ``$SKDIGITS_DATA``, or downloaded. The real
pages of ``bench_wild`` are read from ``$SKDIGITS_WILD``, or from the folder ``wild``
beside that of ``$SKDIGITS_DATA``; without them, its sections are skipped.
"""
