"""Pages of studies, programmes, ledgers and batches."""
