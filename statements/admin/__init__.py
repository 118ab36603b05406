"""The staff's side: where statements are written, looked through and made public."""

from statements.admin.names import IssuerAdmin, StatementTypeAdmin, TopicAdmin, TopicCategoryAdmin
from statements.admin.release import ReleaseAdmin
from statements.admin.statement import StatementAdmin

__all__ = ["IssuerAdmin", "ReleaseAdmin", "StatementAdmin", "StatementTypeAdmin", "TopicAdmin", "TopicCategoryAdmin"]
