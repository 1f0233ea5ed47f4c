"""All chapters together: bodies of evidence, their certainty, overlap, doses, what is missing."""
