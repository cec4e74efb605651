"""Reports: what came of a campaign, as data and as text."""

from harness.report.model import SCHEMA_VERSION, CampaignReport, build_report
from harness.report.text import finding_lines

__all__ = ["SCHEMA_VERSION", "CampaignReport", "build_report", "finding_lines"]
