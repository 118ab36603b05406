"""Statements out of files: Markdown with front matter, one file for each language.

    ---
    statement: spring-floods-2026        its slug, the same in every language
    language: ar
    title: بيان حول فيضانات الربيع
    summary: …                           optional
    department: وزارة الأنهار
    office: مكتب المتحدث الرسمي           optional
    release: للنشر الفوري                optional
    kind: بيان وقائع                     or its slug, fact-sheet
    date: 2026-02-06
    date_as_printed: 6 شباط/فبراير، 2026  optional; a warning if the page will write it otherwise
    original_language: en
    source_url: https://…                optional
    translation_notice: …                optional
    topics: [floods]                     optional
    ---
    The text, in Markdown.

All files are read and looked through first; whatever is wrong with any of them is said at once, and nothing is
imported. Then everything is written in one transaction. An import tells nobody anything unless it is asked to.
"""

from statements.importing.problems import ImportProblems, Problem
from statements.importing.running import Result, import_files

__all__ = ["ImportProblems", "Problem", "Result", "import_files"]
