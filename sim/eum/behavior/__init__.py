"""How people and shops decide: scalar rules with keyed draws, one short function each."""
