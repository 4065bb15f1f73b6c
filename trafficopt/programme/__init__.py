"""A city's programme: every site diagnosed, treated, tested, and closed in a ledger."""
