"""From a dataset to motifs: windows, distances, three miners, significance and what followed."""
