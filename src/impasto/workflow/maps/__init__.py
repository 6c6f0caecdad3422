"""Maps of a case: what there is to map, the steps that map it, and what is said of them."""
