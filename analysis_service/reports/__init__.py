"""Medical reports: drafts of their authors, versions that they signed, and what patients may read of them."""
