"""The report: a self-contained page from findings, one of measures, one for each course, and a summary. Computes nothing."""

from therapyarc.report.checklist import checklist_page
from therapyarc.report.course import course_pages
from therapyarc.report.exports import exports
from therapyarc.report.measures import render_measures
from therapyarc.report.page import render
from therapyarc.report.summary import summary
from therapyarc.report.tables import tables

__all__ = ["checklist_page", "course_pages", "exports", "render", "render_measures", "summary", "tables"]
