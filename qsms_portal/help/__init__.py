"""The help in the portal: pages of docs/ that are for whoever uses it, with a search over them."""
