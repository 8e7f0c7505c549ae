"""Templates as XLSForm (xlsform.org/ref-table): what other collectors of forms read and write, as a workbook.

Out: any template, with columns of our own (``westu_…``) for what XLSForm has no word for; other readers pass over them.
In: what we can ask as well. Whatever else a form has is refused by its row and column, and nothing of it is taken.
"""

from backend.checks.xlsform.names import MEDIA_TYPE
from backend.checks.xlsform.reading import MOST_BYTES, read_workbook, template_from
from backend.checks.xlsform.writing import write_workbook

__all__ = ["MEDIA_TYPE", "MOST_BYTES", "read_workbook", "template_from", "write_workbook"]
