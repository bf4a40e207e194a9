"""What became of mined motifs in a bank that has learned."""
