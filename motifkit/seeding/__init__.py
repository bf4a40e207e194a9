"""The bridge: motifs that were mined become the rows of a motif bank."""

from motifkit.seeding.bank_file import load_bank, save_bank
from motifkit.seeding.pretrain import PretrainingReport, pretrain_encoder
from motifkit.seeding.seed import seed_motif_bank
from motifkit.seeding.seeding_report import SeedingReport

__all__ = [
    "PretrainingReport",
    "SeedingReport",
    "load_bank",
    "pretrain_encoder",
    "save_bank",
    "seed_motif_bank",
]
