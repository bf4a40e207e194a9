"""The version of motifkit, in a module that imports nothing: results and files of every part carry it."""

__version__ = "0.1.0"
