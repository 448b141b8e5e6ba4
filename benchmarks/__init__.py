"""Reference models, planted defects and the suites that time them."""
