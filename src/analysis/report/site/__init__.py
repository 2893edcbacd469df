"""The report as a static site: pages that open from a folder, load nothing from elsewhere and need no script."""
