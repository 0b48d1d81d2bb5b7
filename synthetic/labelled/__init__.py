"""Crops of pages whose every pixel is labelled, to train the network of DigitReader.

What is written comes from MNIST's training images, from fonts and from strokes drawn
here; pages are composed (``scenes``), then photographed (``photographs``).
"""
