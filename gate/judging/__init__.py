"""Pure judgement: measurements and limits in, an outcome for each metric and one verdict out."""
