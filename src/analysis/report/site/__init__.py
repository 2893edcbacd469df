"""The report as a static site: pages that open from a folder, load nothing from elsewhere and need no script."""

from __future__ import annotations

from analysis.report.site.build import write_site

__all__ = ["write_site"]
