"""Several rows in one: what would be a query for each row of another, or one more."""

from typing import Any

from django.db.models import JSONField, Subquery


class Gathered(Subquery):
    """The column `value` of a subquery's rows as one JSON list; None if it has no rows."""

    template = "(SELECT JSONB_AGG(value) FROM (%(subquery)s) AS gathered)"
    output_field = JSONField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template=self.template.replace("JSONB_AGG", "JSON_GROUP_ARRAY"))
