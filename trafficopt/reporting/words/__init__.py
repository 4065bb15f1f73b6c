"""Words and numbers of pages and drawings, in two languages."""
